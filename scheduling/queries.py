"""Questions across the tables of scheduling. One engine answers what is free, for all callers."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from coachbot.errors import Reason
from scheduling import slots
from scheduling.errors import DurationNotAllowed
from scheduling.models import Availability, Booking, DayOff, Schedule, Service, Specialist
from scheduling.models.hours import MIDNIGHT
from scheduling.models.specialist import LONGEST_MINUTES
from scheduling.slots import DAY, Hours, Refusal, Span, Terms, WeeklyWindow

ALTERNATIVES = 5
# More people than that are not asked whether they could help out.
MOST_OTHERS = 50
ALTERNATIVES_WITHIN = timedelta(days=14)

INACTIVE = Reason("inactive", "The specialist or the service takes no bookings at present.")
NOT_OFFERED = Reason("service_not_offered", "The specialist does not offer this service.")
DETAILS = {
    Refusal.OUTSIDE_OPEN_HOURS: "It is outside the specialist's open hours.",
    Refusal.OFF_GRID: "Bookings do not start at this minute.",
    Refusal.DAY_OFF: "The specialist has this day off.",
    Refusal.BLOCKED: "The specialist is not available at this time.",
    Refusal.TAKEN: "Another booking is there.",
    Refusal.TOO_SOON: "It is too soon: less than the minimum notice from now.",
    Refusal.TOO_FAR: "It is too far ahead to be booked yet.",
}


class Slot(NamedTuple):
    """A start and an end, in UTC, at which a booking can be made."""

    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, span: Span) -> "Slot":
        return cls(_datetime(span.start), _datetime(span.end))


class Plan(NamedTuple):
    """When a specialist works, what is taken of it, and what is free."""

    specialist: Specialist
    hours: Hours
    free: list[Slot]


class Wish(NamedTuple):
    """What somebody wants from a specialist: a service, or plain time of a length."""

    specialist: Specialist
    service: Service | None = None
    duration_minutes: int | None = None


def free_slots(wish: Wish, *, start: datetime, end: datetime, now: datetime) -> list[Slot]:
    """The slots that begin in `[start, end)`, as seen at `now`: all can be booked at that moment.

    Five queries at most, whatever the range. Raises DurationNotAllowed.
    """
    terms = terms_of(wish)
    return [] if standing_refusals(wish) else _free(wish.specialist, terms, start, end, now)


def _free(
    specialist: Specialist,
    terms: Terms,
    start: datetime,
    end: datetime,
    now: datetime,
    *,
    moving: UUID | None = None,
) -> list[Slot]:
    first, last = _ceil(start), _ceil(end)
    hours = hours_of(specialist, slots.reach(terms, start=first, end=last), moving=moving)
    found = slots.free_slots(hours, terms, start=first, end=last, now=_ceil(now))
    return [Slot.of(span) for span in found]


def earliest_slots(
    specialists: Iterable[Specialist],
    service: Service | None,
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    limit: int,
) -> list[tuple[Slot, Specialist]]:
    """The first `limit` slots of all `specialists` that begin in `[start, end)`, by start and
    then by name. Five queries at most, however many specialists there are."""
    found = (
        (slot, person.name, person.pk, person)
        for person, offered in _slots_of_all(specialists, service, start=start, end=end, now=now)
        for slot in islice(offered, limit)
    )
    return [(slot, person) for slot, _, _, person in heapq.nsmallest(limit, found)]


def _slots_of_all(
    specialists: Iterable[Specialist],
    service: Service | None,
    *,
    start: datetime,
    end: datetime,
    now: datetime,
) -> Iterator[tuple[Specialist, Iterator[Slot]]]:
    able = _able(specialists, service)
    if not able:
        return
    first, last = _ceil(start), _ceil(end)
    terms = {person.pk: terms_of(Wish(person, service)) for person in able}
    hours = hours_by_specialist(able, _reach_of_all(terms.values(), first, last))
    for person in able:
        found = slots.each_free(
            hours[person.pk], terms[person.pk], start=first, end=last, now=_ceil(now)
        )
        yield person, map(Slot.of, found)


def plans(
    specialists: Sequence[Specialist],
    service: Service | None,
    *,
    start: datetime,
    end: datetime,
    now: datetime,
) -> list[Plan]:
    """Of each of `specialists` the hours around `[start, end)` and the slots that begin in it;
    no slots of who does not take bookings of `service`. Five queries at most."""
    if not specialists:
        return []
    able = {person.pk for person in _able(specialists, service)}
    first, last = _ceil(start), _ceil(end)
    terms = {person.pk: terms_of(Wish(person, service)) for person in specialists}
    hours = hours_by_specialist(specialists, _reach_of_all(terms.values(), first, last))

    def free(key: UUID) -> list[Slot]:
        found = slots.free_slots(hours[key], terms[key], start=first, end=last, now=_ceil(now))
        return [Slot.of(span) for span in found] if key in able else []

    return [Plan(person, hours[person.pk], free(person.pk)) for person in specialists]


def _reach_of_all(terms: Iterable[Terms], start: int, end: int) -> Span:
    reaches = [slots.reach(each, start=start, end=end) for each in terms]
    return Span(min(each.start for each in reaches), max(each.end for each in reaches))


def why_not(wish: Wish, starts_at: datetime, *, now: datetime) -> list[Reason]:
    """Every rule that refuses a booking from `starts_at` on; none exactly if it is a slot.

    Raises DurationNotAllowed.
    """
    terms = terms_of(wish)
    return [*standing_refusals(wish), *_refusals(wish.specialist, terms, starts_at, now, None)]


def why_not_move(booking: Booking, starts_at: datetime, *, now: datetime) -> list[Reason]:
    """Every rule that refuses to move `booking` to `starts_at`; its own present time is no
    obstacle."""
    terms = terms_of_booking(booking)
    refusals = _refusals(booking.specialist, terms, starts_at, now, booking.pk)
    return [*standing_refusals(Wish(booking.specialist, booking.service)), *refusals]


def why_not_hand_over(booking: Booking, specialist: Specialist, *, now: datetime) -> list[Reason]:
    """Every rule that refuses to have `specialist` see to `booking`, at the time it has."""
    refusals = _refusals(specialist, terms_of_booking(booking), booking.starts_at, now, booking.pk)
    return [*standing_refusals(Wish(specialist, booking.service)), *refusals]


def free_to_take(booking: Booking, *, now: datetime) -> list[Specialist]:
    """Who could see to `booking` instead, at the time it has, by name."""
    others = Specialist.objects.filter(is_active=True).exclude(pk=booking.specialist_id)
    if booking.service:
        others = others.filter(services=booking.service)
    by_name = others.order_by("name", "pk")[:MOST_OTHERS]
    return [other for other in by_name if not why_not_hand_over(booking, other, now=now)]


def _refusals(
    specialist: Specialist, terms: Terms, starts_at: datetime, now: datetime, moving: UUID | None
) -> list[Reason]:
    start, fraction = _floor(starts_at), bool(starts_at.microsecond)
    # What begins within a second touches all of it, and of the one in which it ends.
    terms = replace(terms, duration=terms.duration + fraction)
    hours = hours_of(specialist, slots.reach(terms, start=start, end=start + 1), moving=moving)
    found = set(slots.refusals(hours, terms, start=start, now=_ceil(now)))
    if fraction:
        found.add(Refusal.OFF_GRID)
    return [Reason(refusal.value, DETAILS[refusal]) for refusal in Refusal if refusal in found]


def nearest_slots(wish: Wish, starts_at: datetime, *, now: datetime) -> list[Slot]:
    """Up to five slots closest to `starts_at` within two weeks of it, in order of time."""
    start, end = starts_at - ALTERNATIVES_WITHIN, starts_at + ALTERNATIVES_WITHIN
    return _nearest(free_slots(wish, start=start, end=end, now=now), starts_at)


def nearest_slots_for_move(booking: Booking, starts_at: datetime, *, now: datetime) -> list[Slot]:
    """The same to which `booking` can be moved; the one it has is none of them."""
    start, end = starts_at - ALTERNATIVES_WITHIN, starts_at + ALTERNATIVES_WITHIN
    return _nearest(free_slots_for_move(booking, start=start, end=end, now=now), starts_at)


def free_slots_for_move(
    booking: Booking, *, start: datetime, end: datetime, now: datetime
) -> list[Slot]:
    """The slots that begin in `[start, end)` to which `booking` can be moved; the one it has is
    none of them."""
    if standing_refusals(Wish(booking.specialist, booking.service)):
        return []
    terms = terms_of_booking(booking)
    found = _free(booking.specialist, terms, start, end, now, moving=booking.pk)
    return [slot for slot in found if slot.starts_at != booking.starts_at]


def nearest_slots_of_anyone(service: Service, starts_at: datetime, *, now: datetime) -> list[Slot]:
    """The same, with whoever offers `service`."""
    start, end = starts_at - ALTERNATIVES_WITHIN, starts_at + ALTERNATIVES_WITHIN
    everyone = service.specialists.active()
    found = _slots_of_all(everyone, service, start=start, end=end, now=now)
    return _nearest({slot for _, offered in found for slot in offered}, starts_at)


def _nearest(found: Iterable[Slot], starts_at: datetime) -> list[Slot]:
    nearest = sorted(found, key=lambda slot: (abs(slot.starts_at - starts_at), slot))
    return sorted(nearest[:ALTERNATIVES])


def least_busy(service: Service, starts_at: datetime) -> list[Specialist]:
    """Who offers `service`: those first who have the fewest bookings on the day of `starts_at`
    in their zone; then by name."""
    able = _able(service.specialists.active(), service)
    # A day may have 25 hours.
    around = (starts_at - timedelta(days=2), starts_at + timedelta(days=2))
    rows = Booking.objects.occupying().filter(specialist__in=able, starts_at__range=around)
    zones = {person.pk: person.time_zone for person in able}
    that_day = Counter(
        key
        for key, at in rows.values_list("specialist_id", "starts_at")
        if at.astimezone(zones[key]).date() == starts_at.astimezone(zones[key]).date()
    )
    return sorted(able, key=lambda person: (that_day[person.pk], person.name, person.pk))


def _able(specialists: Iterable[Specialist], service: Service | None) -> list[Specialist]:
    """Those of `specialists` who take bookings of `service` now."""
    taking = [person for person in specialists if person.is_active and not person.is_deleted]
    if service is None:
        return taking
    if not service.is_active or service.is_deleted:
        return []
    offering = set(service.specialists.values_list("pk", flat=True))
    return [person for person in taking if person.pk in offering]


def standing_refusals(wish: Wish) -> list[Reason]:
    """What refuses every time, whatever the hours."""
    specialist, service, _ = wish
    closed = not specialist.is_active or specialist.is_deleted
    reasons = []
    if closed or (service is not None and (not service.is_active or service.is_deleted)):
        reasons.append(INACTIVE)
    if service is not None and not service.specialists.filter(pk=specialist.pk).exists():
        reasons.append(NOT_OFFERED)
    return reasons


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """The first instant of `day` in `zone`, in UTC."""
    return _datetime(slots.instant(zone, day.toordinal(), 0))


def terms_of(wish: Wish) -> Terms:
    """How long, how often and how far ahead. Raises DurationNotAllowed."""
    specialist, service, minutes = wish
    if service is None:
        length = specialist.default_duration_minutes if minutes is None else minutes
        if not 1 <= length <= LONGEST_MINUTES:
            raise DurationNotAllowed(f"A booking lasts from 1 to {LONGEST_MINUTES} minutes.")
        return Terms(
            duration=length * 60,
            step=length * 60,
            min_notice=settings.BOOKING_MIN_NOTICE_MINUTES * 60,
            max_advance=settings.BOOKING_MAX_ADVANCE_DAYS * DAY,
        )
    if minutes is not None:
        raise DurationNotAllowed("A service has its own duration: give one or the other.")
    return Terms(
        duration=service.duration_minutes * 60,
        step=(service.slot_step_minutes or service.duration_minutes) * 60,
        buffer_before=service.buffer_before_minutes * 60,
        buffer_after=service.buffer_after_minutes * 60,
        min_notice=60
        * _own_or_site(service.min_notice_minutes, settings.BOOKING_MIN_NOTICE_MINUTES),
        max_advance=DAY * _own_or_site(service.max_advance_days, settings.BOOKING_MAX_ADVANCE_DAYS),
    )


def terms_of_booking(booking: Booking) -> Terms:
    """On what terms `booking` can be moved: with the length and the buffers it was made with."""
    duration = _floor(booking.ends_at) - _floor(booking.starts_at)
    terms = replace(
        terms_of(Wish(booking.specialist, booking.service)),
        duration=duration,
        buffer_before=_floor(booking.starts_at) - _floor(booking.occupied_starts_at),
        buffer_after=_floor(booking.occupied_ends_at) - _floor(booking.ends_at),
    )
    return terms if booking.service else replace(terms, step=duration)


def cancellation_notice(booking: Booking) -> timedelta:
    """How long before the start a client may still cancel."""
    own = booking.service.cancellation_notice_minutes if booking.service else None
    return timedelta(minutes=_own_or_site(own, settings.BOOKING_CANCELLATION_NOTICE_MINUTES))


def hours_of(specialist: Specialist, reach: Span, *, moving: UUID | None = None) -> Hours:
    """All that the engine must know of `specialist` within `reach`: four queries.

    `moving` is the booking whose own time does not count as occupied.
    """
    return hours_by_specialist([specialist], reach, moving=moving)[specialist.pk]


def hours_by_specialist(
    specialists: Sequence[Specialist], reach: Span, *, moving: UUID | None = None
) -> dict[UUID, Hours]:
    """The same for many at once, in the same four queries."""
    keys = [person.pk for person in specialists]
    occupied = _occupied(keys, _datetime(reach.start), _datetime(reach.end), moving)
    known = open_hours_by_specialist(specialists, reach)
    return {key: replace(hours, occupied=occupied[key]) for key, hours in known.items()}


def open_hours_by_specialist(specialists: Sequence[Specialist], reach: Span) -> dict[UUID, Hours]:
    """When they work, without what is booked: for long stretches, in three queries."""
    keys = [person.pk for person in specialists]
    start, end = _datetime(reach.start), _datetime(reach.end)
    weekly, days_off = _weekly(keys), _days_off(keys, start, end)
    opened, blocked = _one_off(keys, start, end)
    return {
        person.pk: Hours(
            zone=person.time_zone,
            weekly=weekly[person.pk],
            days_off=days_off[person.pk],
            opened=opened[person.pk],
            blocked=blocked[person.pk],
        )
        for person in specialists
    }


def in_open_time(bookings: Collection[Booking]) -> list[Booking]:
    """Those of `bookings`, with their specialists, that lie in open time: four queries."""
    if not bookings:
        return []
    spans = {each.pk: Span(_floor(each.starts_at), _ceil(each.ends_at)) for each in bookings}
    reach = Span(
        min(each.start for each in spans.values()), max(each.end for each in spans.values())
    )
    people = {each.specialist_id: each.specialist for each in bookings}
    hours = hours_by_specialist(list(people.values()), reach)
    return [each for each in bookings if slots.is_open(hours[each.specialist_id], spans[each.pk])]


def _weekly(keys: Sequence[UUID]) -> Mapping[UUID, list[WeeklyWindow]]:
    rows = Schedule.objects.active().filter(specialist__in=keys)
    found = defaultdict(list)
    for key, weekday, start, end, valid_from, valid_until in rows.values_list(
        "specialist_id", "weekday", "start_time", "end_time", "valid_from", "valid_until"
    ):
        window = WeeklyWindow(
            weekday=weekday,
            start=start.hour * 3600 + start.minute * 60 + start.second + bool(start.microsecond),
            end=DAY if end == MIDNIGHT else end.hour * 3600 + end.minute * 60 + end.second,
            valid_from=valid_from or date.min,
            valid_until=valid_until or date.max,
        )
        found[key].append(window)
    return found


def _days_off(keys: Sequence[UUID], start: datetime, end: datetime) -> Mapping[UUID, set[date]]:
    margin = timedelta(days=1)
    days = DayOff.objects.active().filter(
        specialist__in=keys, date__range=((start - margin).date(), (end + margin).date())
    )
    found = defaultdict(set)
    for key, day in days.values_list("specialist_id", "date"):
        found[key].add(day)
    return found


def _one_off(
    keys: Sequence[UUID], start: datetime, end: datetime
) -> tuple[Mapping[UUID, list[Span]], Mapping[UUID, list[Span]]]:
    """What one-off windows open, and what they block.

    Closed time bears on itself alone, open time on the grid of what it touches, far later.
    """
    far = start - timedelta(seconds=slots.LOOK_BACK)
    rows = Availability.objects.filter(
        Q(is_available=True) | Q(ends_at__gt=start),
        specialist__in=keys,
        ends_at__gt=far,
        starts_at__lt=end,
    ).values_list("specialist_id", "is_available", "starts_at", "ends_at")
    opened, blocked = defaultdict(list), defaultdict(list)
    for key, is_available, starts_at, ends_at in rows:
        if is_available:
            opened[key].append(Span(_ceil(starts_at), _floor(ends_at)))
        else:
            blocked[key].append(Span(_floor(starts_at), _ceil(ends_at)))
    return opened, blocked


def _occupied(
    keys: Sequence[UUID], start: datetime, end: datetime, moving: UUID | None
) -> Mapping[UUID, list[Span]]:
    rows = Booking.objects.occupying().filter(
        specialist__in=keys, occupied_ends_at__gt=start, occupied_starts_at__lt=end
    )
    if moving is not None:
        rows = rows.exclude(pk=moving)
    found = defaultdict(list)
    for key, starts_at, ends_at in rows.order_by().values_list(
        "specialist_id", "occupied_starts_at", "occupied_ends_at"
    ):
        found[key].append(Span(_floor(starts_at), _ceil(ends_at)))
    return found


def _own_or_site(own: int | None, site: int) -> int:
    return site if own is None else own


def _floor(at: datetime) -> int:
    return int(at.timestamp())


def _ceil(at: datetime) -> int:
    return int(at.timestamp()) + bool(at.microsecond)


def _datetime(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
