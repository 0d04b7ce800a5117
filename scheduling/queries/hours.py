"""When specialists work, and what is taken of it: the rows as the engine wants them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from scheduling import slots
from scheduling.models import Availability, Booking, DayOff, Hold, Schedule, Specialist
from scheduling.models.hours import MIDNIGHT
from scheduling.queries.seconds import ceil, floor, instant
from scheduling.slots import DAY, Hours, Span, WeeklyWindow


def hours_of(
    specialist: Specialist, reach: Span, *, now: datetime, aside: Collection[UUID] = ()
) -> Hours:
    """All that the engine must know of `specialist` within `reach`: four queries.

    `aside` are bookings, and holds, whose own time does not count as occupied.
    """
    return hours_by_specialist([specialist], reach, now=now, aside=aside)[specialist.pk]


def hours_by_specialist(
    specialists: Sequence[Specialist],
    reach: Span,
    *,
    now: datetime,
    aside: Collection[UUID] = (),
) -> dict[UUID, Hours]:
    """The same for many at once, in the same four queries."""
    keys = [person.pk for person in specialists]
    occupied = _occupied(keys, reach, now, aside)
    known = open_hours_by_specialist(specialists, reach)
    return {key: replace(hours, occupied=occupied[key]) for key, hours in known.items()}


def open_hours_by_specialist(specialists: Sequence[Specialist], reach: Span) -> dict[UUID, Hours]:
    """When they work, without what is booked: for long stretches, in three queries."""
    keys = [person.pk for person in specialists]
    start, end = instant(reach.start), instant(reach.end)
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
    """Those of `bookings`, with their specialists, that lie in open time: three queries."""
    if not bookings:
        return []
    spans = {each.pk: Span(floor(each.starts_at), ceil(each.ends_at)) for each in bookings}
    reach = Span(
        min(each.start for each in spans.values()), max(each.end for each in spans.values())
    )
    people = {each.specialist_id: each.specialist for each in bookings}
    hours = open_hours_by_specialist(list(people.values()), reach)
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
            opened[key].append(Span(ceil(starts_at), floor(ends_at)))
        else:
            blocked[key].append(Span(floor(starts_at), ceil(ends_at)))
    return opened, blocked


def _occupied(
    keys: Sequence[UUID], reach: Span, now: datetime, aside: Collection[UUID]
) -> Mapping[UUID, list[Span]]:
    """What is booked, and what is held at `now` for those who wait: one query."""
    booked, held = (
        rows.filter(
            specialist__in=keys,
            occupied_ends_at__gt=instant(reach.start),
            occupied_starts_at__lt=instant(reach.end),
        )
        .exclude(pk__in=aside)
        .order_by()
        .values_list("specialist_id", "occupied_starts_at", "occupied_ends_at")
        for rows in (Booking.objects.occupying(), Hold.objects.live(now))
    )
    found = defaultdict(list)
    for key, starts_at, ends_at in booked.union(held, all=True):
        found[key].append(Span(floor(starts_at), ceil(ends_at)))
    return found
