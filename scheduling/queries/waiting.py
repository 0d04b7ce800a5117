"""What of specialists' free time suits those who wait."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.conf import settings

from scheduling import slots
from scheduling.models import Hold, Specialist, WaitingListEntry
from scheduling.queries.free import ALTERNATIVES, Slot
from scheduling.queries.hours import hours_by_specialist
from scheduling.queries.seconds import ceil, floor
from scheduling.queries.wishes import Wish, able_to_take, terms_of
from scheduling.slots import Hours, Span, Terms

# Nobody can answer an offer in less.
SHORTEST_OFFER = timedelta(minutes=10)

What = tuple[UUID | None, int | None]


@dataclass
class FreeTime:
    """What of `hours`, known for all that anyone of `entries` wants, is free at `now`.

    The slots of a service are cut once, however many wait for it.
    """

    specialist: Specialist
    hours: Hours
    within: Span
    now: datetime
    _found: dict[What, list[Slot]] = field(default_factory=dict)

    def slots_for(self, entry: WaitingListEntry) -> Iterator[Slot]:
        """The slots that suit `entry`, the earliest first."""
        zone = self.specialist.time_zone
        return (slot for slot in self._slots(entry) if entry.suits(slot.starts_at, zone))

    def take(self, slot: Slot, terms: Terms) -> None:
        """From now on the time of `slot`, with its buffers, is occupied."""
        span = Span(
            floor(slot.starts_at) - terms.buffer_before, ceil(slot.ends_at) + terms.buffer_after
        )
        self.hours = replace(self.hours, occupied=[*self.hours.occupied, span])
        self._found.clear()

    def _slots(self, entry: WaitingListEntry) -> list[Slot]:
        what = (entry.service_id, entry.duration_minutes)
        if what not in self._found:
            found = slots.free_slots(
                self.hours,
                terms_for(entry, self.specialist),
                start=self.within.start,
                end=self.within.end,
                now=ceil(self.now),
            )
            self._found[what] = [Slot.of(span) for span in found]
        return self._found[what]


def free_time(
    specialists: Sequence[Specialist], entries: Sequence[WaitingListEntry], *, now: datetime
) -> list[FreeTime]:
    """The free time of each of `specialists` in which any of `entries` could be seen: four
    queries, however many there are."""
    if not specialists or not entries:
        return []
    first = max(min(each.earliest for each in entries), now)
    within = Span(ceil(first), floor(max(each.latest for each in entries)) + 1)
    reaches = [
        slots.reach(terms_for(entry, person), start=within.start, end=within.end)
        for entry in entries
        for person in specialists
    ]
    reach = Span(min(each.start for each in reaches), max(each.end for each in reaches))
    hours = hours_by_specialist(specialists, reach, now=now)
    return [FreeTime(person, hours[person.pk], within, now) for person in specialists]


def free_for(entry: WaitingListEntry, *, now: datetime) -> list[tuple[Slot, Specialist]]:
    """Up to five slots that suit `entry` and can be booked now, the earliest first."""
    found = (
        (slot, each.specialist.name, each.specialist.pk, each.specialist)
        for each in free_time(who_could_see(entry), [entry], now=now)
        for slot in islice(each.slots_for(entry), ALTERNATIVES)
    )
    return [(slot, person) for slot, _, _, person in heapq.nsmallest(ALTERNATIVES, found)]


def who_could_see(entry: WaitingListEntry) -> list[Specialist]:
    """Who takes bookings of what `entry` waits for."""
    if entry.specialist is not None:
        return able_to_take([entry.specialist], entry.service)
    return able_to_take(entry.service.specialists.active(), entry.service) if entry.service else []


def terms_for(entry: WaitingListEntry, specialist: Specialist) -> Terms:
    """On what terms `specialist` would be booked for `entry`."""
    return terms_of(Wish(specialist, entry.service, entry.duration_minutes))


def offer_until(slot: Slot, terms: Terms, *, now: datetime) -> datetime | None:
    """When an offer of `slot` ends: early enough to be booked then. None if there is no time to
    answer it."""
    longest = now + timedelta(minutes=settings.WAITING_LIST_HOLD_MINUTES)
    until = min(longest, slot.starts_at - timedelta(seconds=terms.min_notice))
    return until if until - now >= min(SHORTEST_OFFER, longest - now) else None


def let_pass_by(
    entries: Sequence[WaitingListEntry], specialist: Specialist
) -> set[tuple[UUID, datetime]]:
    """Which starts with `specialist` each of `entries` was offered and did not take."""
    rows = Hold.objects.let_pass().filter(entry__in=entries, specialist=specialist)
    return set(rows.values_list("entry_id", "starts_at"))
