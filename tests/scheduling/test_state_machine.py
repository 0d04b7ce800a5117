"""Anything in any order: random lives of bookings, hours and offers of the waiting list, beside a
model too plain to be wrong.

The model knows one week in UTC, in cells of half an hour, and shares no rule with the code. Before
every call it says what must come of it, the reasons of a refusal included; after every call the
database must tell the same story.
"""

from copy import deepcopy
from datetime import UTC, datetime, time, timedelta
from itertools import combinations, pairwise

from django.db import transaction
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from coachbot.errors import DomainError
from coachbot.ids import uuid7
from scheduling import queries, services
from scheduling.models import (
    Availability,
    Booking,
    BookingEvent,
    DayOff,
    Hold,
    Schedule,
    Specialist,
    WaitingListEntry,
)
from scheduling.queries import Slot, Wish
from tests.factories import (
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
    WaitingListEntryFactory,
)

MONDAY = datetime(2026, 12, 7, tzinfo=UTC)
DAY = 48
WEEK = range(7 * DAY)
# A client changes a booking until a day before it, and has so many before them.
NOTICE = DAY
MOST_ACTIVE = 2
# Time is held for two hours, and never longer than until it begins.
HOLD = 4
# In cells. Without a service the grid is an hour's and nothing is kept free around a booking.
PLAIN = {"name": "plain", "length": 2, "step": 2, "after": 0}
MASSAGE = {"name": "massage", "length": 2, "step": 1, "after": 1}
ACTIVE, FINAL = {"pending", "confirmed"}, {"cancelled", "completed", "no_show"}
STAFF_OVERRULE = {"outside_open_hours", "off_grid", "day_off", "blocked", "too_soon"}
TABLES = {"weekly": Schedule, "day_off": DayOff, "window": Availability}


def at(cell):
    return MONDAY + cell * timedelta(minutes=30)


def clock(cell):
    return time(cell % DAY // 2, cell % 2 * 30)


def cells(row):
    return set(range(row["start"], row["start"] + row["length"]))


def columns(row):
    """A row of hours as its table has it. A window that is not `on` blocks."""
    start, end = row["start"], row["start"] + row["length"]
    if row["kind"] == "weekly":
        weekday, opens, closes = start // DAY, clock(start), clock(end)
        times = {"weekday": weekday, "start_time": opens, "end_time": closes}
        return {**times, "is_active": row["on"]}
    if row["kind"] == "day_off":
        return {"date": at(start).date(), "is_active": row["on"]}
    return {"starts_at": at(start), "ends_at": at(end), "is_available": row["on"]}


def kept_apart(start, terms):
    return set(range(start, start + terms["length"] + terms["after"]))


class Person:
    """A specialist, and what their hours leave open, cell by cell."""

    def __init__(self, name):
        self.row = SpecialistFactory(name=name, time_zone="UTC", user=UserFactory())
        self.deleted = False
        self.hours = []

    def covered(self, kind, on):
        rows = [row for row in self.hours if (row["kind"], row["on"]) == (kind, on)]
        return {cell for row in rows for cell in cells(row)}

    def opened(self):
        """What is open, whatever closes it again: the grid begins where this does."""
        return self.covered("weekly", True) | self.covered("window", True)

    def workable(self):
        return self.opened() - self.covered("window", False) - self.covered("day_off", True)

    def clash(self, kind):
        rows = [row for row in self.hours if (row["kind"], row["on"]) == (kind, True)]
        return any(cells(one) & cells(other) for one, other in combinations(rows, 2))


class Model:
    """People, bookings, holds and a clock. Answers what is free and what must be refused."""

    def __init__(self, people):
        self.people, self.bookings, self.holds = people, [], []
        self.now = -4 * DAY

    def of(self, person):
        return [booking for booking in self.bookings if booking["person"] is person]

    def refusals(self, person, terms, start, moving=None):
        """Every reason why `start` cannot be booked, in the order in which they are told."""
        opened = person.opened()
        wanted = set(range(start, start + terms["length"]))
        anchor = start
        while anchor - 1 in opened:
            anchor -= 1
        reasons = {
            "inactive": person.deleted,
            "outside_open_hours": not wanted <= opened,
            "off_grid": wanted <= opened and (start - anchor) % terms["step"] != 0,
            "day_off": bool(wanted & person.covered("day_off", True)),
            "blocked": bool(wanted & person.covered("window", False)),
            "taken": bool(kept_apart(start, terms) & self.taken(person, moving)),
            "too_soon": start < self.now,
        }
        return [reason for reason, applies in reasons.items() if applies]

    def taken(self, person, moving):
        """By what is booked, and by what is held; but for what is `moving`, or its holder's."""
        booked = [each for each in self.of(person) if each["status"] != "cancelled"]
        return {
            cell
            for each in (*booked, *self.held(person))
            if each is not moving
            for cell in kept_apart(each["start"], each["terms"])
        }

    def held(self, person):
        """What others are kept out of now."""
        return [
            hold for hold in self.holds if hold["person"] is person and hold["until"] > self.now
        ]

    def refusals_to_staff(self, person, terms, start):
        """As `refusals`; what is merely held is told apart, once for each hold."""
        wanted = kept_apart(start, terms)
        in_the_way = [
            hold for hold in self.held(person) if wanted & kept_apart(hold["start"], hold["terms"])
        ]
        reasons = self.refusals(person, terms, start)
        others = [hold for hold in self.holds if hold not in in_the_way]
        kept, self.holds = self.holds, others
        left = self.refusals(person, terms, start)
        self.holds = kept
        return reasons if "taken" in left else left + ["held"] * len(in_the_way)

    def free(self, person, terms):
        return [
            start for start in sorted(person.workable()) if not self.refusals(person, terms, start)
        ]

    def at_limit(self, client, email):
        before_them = [
            booking
            for booking in self.bookings
            if (booking["client"], booking["email"]) == (client, email)
            and booking["status"] in ACTIVE
            and booking["start"] > self.now
        ]
        return len(before_them) >= MOST_ACTIVE

    def too_late(self, booking, role):
        return role in {"client", "guest"} and self.now > booking["start"] - NOTICE

    def least_busy(self, day):
        """Who works, those with the fewest bookings on `day` first."""

        def busy(person):
            booked = [each for each in self.of(person) if each["status"] != "cancelled"]
            days = [each["start"] // DAY for each in (*booked, *self.held(person))]
            return days.count(day)

        present = [person for person in self.people if not person.deleted]
        return sorted(present, key=lambda person: (busy(person), person.row.name))

    def unfinished(self, person):
        return [
            booking
            for booking in self.of(person)
            if booking["status"] in ACTIVE and booking["start"] + 2 > self.now
        ]

    def in_open_time(self, person):
        """The active bookings to come that lie in time when `person` works."""
        return [
            booking
            for booking in self.unfinished(person)
            if booking["start"] > self.now
            and {booking["start"], booking["start"] + 1} <= person.workable()
        ]


def refusal(reasons, overruled=frozenset()):
    """How a service says no for `reasons`: its code, and the further reasons that it tells."""
    standing = [reason for reason in reasons if reason not in overruled]
    if "taken" in standing:
        return "slot_taken", [reason for reason in standing if reason != "taken"]
    return ("slot_unavailable", standing) if standing else None


def because(code, applies=True):
    return (code, []) if applies else None


numbers = st.integers(0, 1)
picks = st.integers(0, 100)
lengths = st.integers(1, 6)
# Few places, so that things meet: the mornings of four days.
starts = st.builds(lambda day, cell: day * DAY + cell, st.integers(0, 3), st.integers(18, 25))
terms = st.sampled_from([PLAIN, MASSAGE])
clients = st.integers(0, 3)
roles = st.sampled_from(["owner", "specialist", "staff"])
rarely = st.sampled_from([False, False, False, True])


def weekly(start, length):
    return {"kind": "weekly", "start": start, "length": length, "on": True}


def day_off(day):
    return {"kind": "day_off", "start": day * DAY, "length": DAY, "on": True}


def window(start, length, opens):
    return {"kind": "window", "start": start, "length": length, "on": opens}


new_hours = st.one_of(
    st.builds(weekly, starts, lengths),
    st.builds(day_off, st.integers(0, 3)),
    st.builds(window, starts, lengths, st.booleans()),
)


class Lives(RuleBasedStateMachine):
    """The rules. Each asks the model first, then a service, and sees them agree."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize()
    def begin(self):
        self.staff, self.users = StaffFactory(), [UserFactory(), UserFactory()]
        self.people = [Person("Anna"), Person("Bea")]
        self.model = Model(self.people)
        self.massage = ServiceFactory(
            specialists=[person.row for person in self.people],
            duration_minutes=60,
            slot_step_minutes=30,
            buffer_after_minutes=30,
            requires_confirmation=True,
        )
        for number in range(2):
            for day in range(4):
                self.add(number, weekly(day * DAY + 18, 6), forced=False)
            self.book(self.people[number], PLAIN, 20, number)
            self.book(self.people[number], MASSAGE, 3 * DAY + 20, number + 2)

    def agree(self, expected, call, **arguments):
        """What `call` returns; None if it refuses, which it must exactly as `expected`."""
        try:
            result, found = call(**arguments), None
        except DomainError as error:
            result, found = None, (error.code, [reason.code for reason in error.reasons])
        assert found == expected
        return result

    @property
    def now(self):
        return at(self.model.now)

    @rule(some=st.integers(1, 30))
    def time_passes(self, some):
        self.model.now += some

    # --- new bookings

    def somebody(self, who):
        """A client or a guest: their user, their address if a guest, the arguments naming them."""
        if who < len(self.users):
            return self.users[who], "", {"client": self.users[who]}
        email = f"guest{who}@example.com"
        return None, email, {"client": None, "contact": services.Contact("Guest", email)}

    def wish(self, person, terms):
        return Wish(person.row, self.massage if terms is MASSAGE else None)

    def enter(self, booked, person, terms, start, client, email, role):
        if booked is None:
            return
        assert booked.booking.specialist == person.row
        assert bool(booked.manage_token) == (client is None)
        booking = {
            "pk": booked.booking.pk,
            "person": person,
            "terms": terms,
            "start": start,
            "client": client,
            "email": email,
            "status": "pending" if terms is MASSAGE else "confirmed",
            "version": 1,
            "events": [],
        }
        self.model.bookings.append(booking)
        self.happened(booking, "", None, role)

    @staticmethod
    def happened(booking, from_status, from_starts_at, role):
        booking["events"].append(
            (
                booking["version"],
                (from_status, from_starts_at),
                (booking["status"], at(booking["start"])),
                role,
            )
        )

    def book(self, person, terms, start, who):
        client, email, named = self.somebody(who)
        expected = refusal(self.model.refusals(person, terms, start))
        if self.model.at_limit(client, email):
            expected = because("limit_reached")
        wish = self.wish(person, terms)
        named |= {"starts_at": at(start), "now": self.now}
        booked = self.agree(expected, services.book, wish=wish, **named)
        self.enter(booked, person, terms, start, client, email, "client" if client else "guest")

    @rule(number=numbers, terms=terms, start=starts, who=clients)
    def book_any_time(self, number, terms, start, who):
        self.book(self.people[number], terms, start, who)

    @rule(number=numbers, terms=terms, pick=picks, who=clients)
    def book_a_slot(self, number, terms, pick, who):
        if found := self.model.free(self.people[number], terms):
            self.book(self.people[number], terms, found[pick % len(found)], who)

    @rule(number=numbers, terms=terms, start=starts, who=clients)
    def book_outside_hours(self, number, terms, start, who):
        person = self.people[number]
        client, email, named = self.somebody(who)
        expected = refusal(self.model.refusals_to_staff(person, terms, start), STAFF_OVERRULE)
        named |= {"starts_at": at(start), "now": self.now, "actor": self.staff, "reason": "Ill"}
        wish = self.wish(person, terms)
        booked = self.agree(expected, services.book_outside_hours, wish=wish, **named)
        self.enter(booked, person, terms, start, client, email, "staff")

    @rule(start=starts, who=clients)
    def book_anyone(self, start, who):
        client, email, named = self.somebody(who)
        asked = self.model.least_busy(start // DAY)
        reasons = [self.model.refusals(person, MASSAGE, start) for person in asked]
        expected = self.nobody(reasons)
        if asked and self.model.at_limit(client, email):
            expected = because("limit_reached")
        named |= {"starts_at": at(start), "now": self.now}
        booked = self.agree(expected, services.book_anyone, service=self.massage, **named)
        if booked:
            person = asked[reasons.index([])]
            self.enter(
                booked, person, MASSAGE, start, client, email, "client" if client else "guest"
            )

    @staticmethod
    def nobody(reasons):
        if [] in reasons:
            return None
        if ["taken"] in reasons:
            return because("slot_taken")
        told = list(dict.fromkeys(r for why in reasons for r in why if r != "taken"))
        return "slot_unavailable", told or ["service_not_offered"]

    # --- a booking's life

    def picked(self, pick):
        bookings = self.model.bookings
        return bookings[pick % len(bookings)] if bookings else None

    def actor(self, booking, who):
        """A user, and what they are to `booking`."""
        if who == "owner":
            return booking["client"], "client" if booking["client"] else "guest"
        return self.staff if who == "staff" else booking["person"].row.user, who

    def change(self, booking, expected, call, *, stale, **arguments):
        """Call a service on `booking` with its version, or with an old one."""
        if stale and expected != because("required"):
            expected = because("version_mismatch")
        row = Booking.objects.get(pk=booking["pk"])
        version = booking["version"] - stale
        return self.agree(expected, call, booking=row, version=version, **arguments)

    def becomes(self, booking, role, **new):
        before = booking["status"], at(booking["start"])
        booking.update(new, version=booking["version"] + 1)
        self.happened(booking, *before, role)

    @rule(pick=picks, stale=rarely)
    def confirm(self, pick, stale):
        if booking := self.picked(pick):
            expected = because("state_conflict", booking["status"] != "pending")
            by = {"stale": stale, "actor": self.staff, "now": self.now}
            if self.change(booking, expected, services.confirm, **by):
                self.becomes(booking, "staff", status="confirmed")

    @rule(pick=picks, to=st.sampled_from(["completed", "no_show"]), stale=rarely)
    def close(self, pick, to, stale):
        if booking := self.picked(pick):
            possible = booking["status"] == "confirmed" and booking["start"] <= self.model.now
            expected = because("state_conflict", not possible)
            call = services.complete if to == "completed" else services.mark_no_show
            by = {"stale": stale, "actor": self.staff, "now": self.now}
            if self.change(booking, expected, call, **by):
                self.becomes(booking, "staff", status=to)

    @rule(pick=picks, who=roles, reason=st.sampled_from(["", "Ill"]), stale=rarely)
    def cancel(self, pick, who, reason, stale):
        if booking := self.picked(pick):
            actor, role = self.actor(booking, who)
            expected = because("too_late_to_change", self.model.too_late(booking, role))
            if who != "owner" and not reason:
                expected = because("required")
            elif booking["status"] in FINAL:
                expected = because("state_conflict")
            by = {"stale": stale, "actor": actor, "reason": reason, "now": self.now}
            if self.change(booking, expected, services.cancel, **by):
                self.becomes(booking, role, status="cancelled")

    @rule(pick=picks, start=starts, who=roles, stale=rarely)
    def reschedule_to_any_time(self, pick, start, who, stale):
        if booking := self.picked(pick):
            self.reschedule(booking, start, who, stale)

    @rule(pick=picks, shift=st.integers(-2, 2), who=roles)
    def reschedule_a_little(self, pick, shift, who):
        """Often into its own present time."""
        if booking := self.picked(pick):
            self.reschedule(booking, booking["start"] + shift, who, False)

    @rule(pick=picks, to=picks, who=roles)
    def reschedule_to_a_slot(self, pick, to, who):
        if (booking := self.picked(pick)) and (
            found := self.model.free(booking["person"], booking["terms"])
        ):
            self.reschedule(booking, found[to % len(found)], who, False)

    def reschedule(self, booking, start, who, stale):
        actor, role = self.actor(booking, who)
        expected = self.why_not_move(booking, start, role)
        by = {"stale": stale, "actor": actor, "reason": "Ill", "now": self.now}
        done = self.change(booking, expected, services.reschedule, starts_at=at(start), **by)
        if done and start != booking["start"]:
            self.becomes(booking, role, start=start)

    def why_not_move(self, booking, start, role):
        if booking["status"] in FINAL:
            return because("state_conflict")
        if start == booking["start"]:
            return None
        if self.model.too_late(booking, role):
            return because("too_late_to_change")
        reasons = self.model.refusals(booking["person"], booking["terms"], start, moving=booking)
        return refusal(reasons, STAFF_OVERRULE if role == "staff" else frozenset())

    @rule(pick=picks, stale=rarely)
    def change_details(self, pick, stale):
        if booking := self.picked(pick):
            details = {"actor": self.staff, "notes": "Left knee"}
            if self.change(booking, None, services.change_details, stale=stale, **details):
                booking["version"] += 1

    # --- the waiting list

    @rule(number=numbers, terms=terms, pick=picks)
    def offer(self, number, terms, pick):
        """Somebody waits for one slot, and is offered it if there is time to answer."""
        person = self.people[number]
        if not (found := self.model.free(person, terms)):
            return
        start = found[pick % len(found)]
        entry = WaitingListEntryFactory(
            specialist=person.row,
            service=self.massage if terms is MASSAGE else None,
            client=None,
            client_email=f"{uuid7()}@example.com",
            earliest=at(start),
            latest=at(start),
        )
        offered = services.offer_time_of(specialist_id=person.row.pk, now=self.now)
        hold = {"person": person, "terms": terms, "start": start, "entry": entry.pk}
        hold["until"] = min(self.model.now + HOLD, start)
        self.forget_what_is_none_any_more(person)
        assert [each.entry_id for each in offered] == [entry.pk] * (start > self.model.now)
        if offered:
            self.model.holds.append(hold)
        # Nobody is left in line, who might be offered more when something comes free.
        WaitingListEntry.objects.waiting().update(status="left")

    def forget_what_is_none_any_more(self, person):
        """It was let expire, or is no slot now, which is noticed when others are offered time."""
        self.model.holds = [
            hold
            for hold in self.model.holds
            if hold["person"] is not person
            or (hold["until"] > self.model.now and not self.why_not_accept(hold))
        ]

    def why_not_accept(self, hold):
        return self.model.refusals(hold["person"], hold["terms"], hold["start"], moving=hold)

    @rule(pick=picks)
    def accept(self, pick):
        if not self.model.holds:
            return
        hold = self.model.holds[pick % len(self.model.holds)]
        expected = refusal(self.why_not_accept(hold))
        if hold["until"] <= self.model.now:
            expected = because("offer_expired")
        entry = WaitingListEntry.objects.get(pk=hold["entry"])
        by = {"entry": entry, "actor": None, "now": self.now}
        booked = self.agree(expected, services.accept_offer, **by)
        if booked:
            self.model.holds.remove(hold)
            whose = None, entry.client_email, "guest"
            self.enter(booked, hold["person"], hold["terms"], hold["start"], *whose)

    # --- hours

    def change_hours(self, person, *, save=(), remove=(), forced, stale=False):
        """Write rows of hours, here and there. A refusal leaves both as they were."""
        kept, before = self.model.in_open_time(person), deepcopy(person.hours)
        rows = {
            "save": [self.row(person, each, stale) for each in save],
            "remove": [self.row(person, each, False) for each in remove],
        }
        gone = {each["pk"] for each in (*save, *remove)}
        person.hours = [each for each in person.hours if each["pk"] not in gone] + list(save)
        still_kept = self.model.in_open_time(person)
        lost = [booking["pk"] for booking in kept if booking not in still_kept]
        expected = self.why_not_write(person, stale) or because(
            "affects_bookings", lost and not forced
        )
        if forced:
            self.agree(expected, services.change_hours_anyway, now=self.now, **rows)
        else:
            self.agree(expected, services.change_hours, now=self.now, **rows)
        if expected:
            person.hours = before

    @staticmethod
    def row(person, each, stale):
        """What is to be written, as somebody read it; before the last change, if `stale`."""
        table = TABLES[each["kind"]]
        found = table.objects.filter(pk=each["pk"]).first()
        row = found or table(pk=each["pk"], specialist=person.row)
        for name, value in columns(each).items():
            setattr(row, name, value)
        if stale:
            row.updated_at -= timedelta(seconds=1)
        return row

    @staticmethod
    def why_not_write(person, stale):
        if person.deleted:
            return because("specialist_deleted")
        if stale:
            return because("hours_changed")
        if person.clash("weekly"):
            return because("overlapping_schedule")
        return because("duplicate_day_off", person.clash("day_off"))

    @rule(number=numbers, new=new_hours, forced=rarely)
    def add(self, number, new, forced):
        self.change_hours(self.people[number], save=[{**new, "pk": uuid7()}], forced=forced)

    @rule(number=numbers, pick=picks, forced=rarely, stale=rarely)
    def switch(self, number, pick, forced, stale):
        if hours := self.people[number].hours:
            row = hours[pick % len(hours)]
            new = {**row, "on": not row["on"]}
            self.change_hours(self.people[number], save=[new], forced=forced, stale=stale)

    @rule(number=numbers, pick=picks, forced=rarely)
    def remove(self, number, pick, forced):
        person = self.people[number]
        if person.hours:
            gone = person.hours[pick % len(person.hours)]
            self.change_hours(person, remove=[gone], forced=forced)

    @rule(number=numbers, pick=picks, new=new_hours, forced=rarely)
    def replace(self, number, pick, new, forced):
        """One row goes and one comes at once: what counts is the end."""
        person = self.people[number]
        if person.hours:
            gone = person.hours[pick % len(person.hours)]
            self.change_hours(person, save=[{**new, "pk": uuid7()}], remove=[gone], forced=forced)

    # --- a specialist goes and comes

    @rule(number=numbers, go=st.booleans(), really=rarely)
    def delete_or_restore(self, number, go, really):
        person = self.people[number]
        if person.deleted or really:
            (self.delete if go else self.restore)(person)

    def delete(self, person):
        expected = because("has_future_bookings", self.model.unfinished(person))
        if person.deleted:
            expected = because("specialist_deleted")
        row = self.stored(person)
        self.agree(expected, services.delete_specialist, specialist=row, now=self.now)
        if expected is None:
            person.deleted = True
            self.model.holds = [each for each in self.model.holds if each["person"] is not person]

    def restore(self, person):
        expected = because("not_deleted", not person.deleted)
        self.agree(expected, services.restore, row=self.stored(person))
        person.deleted = False

    @staticmethod
    def stored(person):
        return Specialist.everything.get(pk=person.row.pk)

    # --- what is true after every step

    @invariant()
    def nobody_is_booked_twice(self):
        rows = Booking.objects.exclude(status="cancelled").order_by("specialist", "starts_at")
        for one, other in pairwise(rows):
            apart = one.occupied_ends_at <= other.occupied_starts_at
            assert one.specialist_id != other.specialist_id or apart

    @invariant()
    def nothing_is_booked_that_is_held(self):
        for hold in Hold.objects.live(self.now):
            there = Booking.objects.occupying().filter(specialist=hold.specialist)
            assert not there.filter(
                occupied_ends_at__gt=hold.occupied_starts_at,
                occupied_starts_at__lt=hold.occupied_ends_at,
            )

    @invariant()
    def bookings_are_those_of_the_model(self):
        names = ("pk", "specialist", "status", "version", "starts_at", "ends_at")
        names += ("occupied_starts_at", "occupied_ends_at")
        assert set(Booking.objects.values_list(*names)) == {
            (
                booking["pk"],
                booking["person"].row.pk,
                booking["status"],
                booking["version"],
                at(booking["start"]),
                at(booking["start"] + booking["terms"]["length"]),
                at(booking["start"]),
                at(max(kept_apart(booking["start"], booking["terms"])) + 1),
            )
            for booking in self.model.bookings
        }

    @invariant()
    def every_event_begins_where_the_former_ended(self):
        lives = {booking["pk"]: [] for booking in self.model.bookings}
        for event in BookingEvent.objects.order_by("booking", "version"):
            came_from = event.from_status, event.from_starts_at
            came_to = event.to_status, event.to_starts_at
            lives[event.booking_id].append((event.version, came_from, came_to, event.by))
        for life in lives.values():
            assert life[0][1] == ("", None)
            assert [former[2] for former in life[:-1]] == [later[1] for later in life[1:]]
        assert lives == {booking["pk"]: booking["events"] for booking in self.model.bookings}

    @invariant()
    def what_is_offered_is_what_is_free(self):
        for person in self.people:
            row = self.stored(person)
            for terms in (PLAIN, MASSAGE):
                wish = Wish(row, self.massage if terms is MASSAGE else None)
                week = {"start": at(WEEK.start), "end": at(WEEK.stop)}
                offered = queries.free_slots(wish, **week, now=self.now)
                assert offered == [
                    Slot(at(start), at(start + terms["length"]))
                    for start in self.model.free(person, terms)
                ]

    @invariant()
    def hours_are_those_of_the_model(self):
        stored = {
            pk for table in TABLES.values() for pk in table.objects.values_list("pk", flat=True)
        }
        assert stored == {row["pk"] for person in self.people for row in person.hours}


def test_services_and_a_plain_model_agree_whatever_happens(db, settings):
    settings.BOOKING_MAX_ACTIVE_PER_CLIENT = MOST_ACTIVE

    run_state_machine_as_test(
        Lives, settings=hypothesis_settings(max_examples=15, stateful_step_count=30, deadline=None)
    )
