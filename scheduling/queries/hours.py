"""When specialists work, and what is taken of it: the rows as the engine wants them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from scheduling import slots
from scheduling.models import Booking, Service
from scheduling.queries import rows
from scheduling.queries.rows import Row
from scheduling.queries.seconds import ceil, floor
from scheduling.slots import UNIX_DAY, Hours, Span, WeeklyWindow

# A Row, whoever it is of.
Told = tuple[int, int, int, str | None]


class Person(Protocol):
    """A specialist, as far as hours go."""

    @property
    def pk(self) -> UUID: ...

    @property
    def time_zone(self) -> tzinfo: ...


def hours_of(
    specialist: Person, reach: Span, *, now: datetime, aside: Collection[UUID] = ()
) -> Hours:
    """All that the engine must know of `specialist` within `reach`: one query.

    `aside` are bookings, and holds, whose own time does not count as occupied.
    """
    return hours_by_specialist([specialist], reach, now=now, aside=aside)[specialist.pk]


def hours_and_offer(
    specialist: Person,
    service: Service | None,
    reach: Span,
    *,
    now: datetime,
    aside: Collection[UUID] = (),
) -> tuple[Hours, bool]:
    """The same, and whether `specialist` offers `service`; plain time everybody offers."""
    if service is None:
        return hours_of(specialist, reach, now=now, aside=aside), True
    found = rows.hours_and_taken([specialist.pk], reach, now, aside=aside, service=service.pk)
    about_time = [row for row in found if row[1] != rows.OFFERED]
    return _hours([specialist], about_time)[specialist.pk], len(about_time) < len(found)


def hours_by_specialist(
    specialists: Sequence[Person], reach: Span, *, now: datetime, aside: Collection[UUID] = ()
) -> dict[UUID, Hours]:
    """The same for many at once, in the same query."""
    keys = [person.pk for person in specialists]
    return _hours(specialists, rows.hours_and_taken(keys, reach, now, aside=aside))


def open_hours_by_specialist(specialists: Sequence[Person], reach: Span) -> dict[UUID, Hours]:
    """When they work, without what is booked: for long stretches, in one query."""
    return _hours(specialists, rows.open_hours([person.pk for person in specialists], reach))


def occupied_by_specialist(
    keys: Sequence[UUID], reach: Span, *, now: datetime
) -> dict[UUID, list[Span]]:
    """What of their time is taken, in one query."""
    found: list[list[Span]] = [[] for _ in keys]
    for place, _, start, end, _ in rows.taken(keys, reach, now):
        found[place].append(Span(start, end))
    return dict(zip(keys, found, strict=True))


def in_open_time(bookings: Collection[Booking]) -> list[Booking]:
    """Those of `bookings`, with their specialists, that lie in open time: one query."""
    if not bookings:
        return []
    spans = {each.pk: Span(floor(each.starts_at), ceil(each.ends_at)) for each in bookings}
    reach = Span(
        min(each.start for each in spans.values()), max(each.end for each in spans.values())
    )
    people = {each.specialist_id: each.specialist for each in bookings}
    hours = open_hours_by_specialist(list(people.values()), reach)
    return [each for each in bookings if slots.is_open(hours[each.specialist_id], spans[each.pk])]


def _hours(specialists: Sequence[Person], found: Iterable[Row]) -> dict[UUID, Hours]:
    """Whose rows are the same have the same Hours: one object, made once."""
    theirs: list[list[Told]] = [[] for _ in specialists]
    for row in found:
        theirs[row[0]].append(row[1:])
    made: dict[tuple[object, ...], Hours] = {}
    hours = {}
    for person, own in zip(specialists, theirs, strict=True):
        key = person.time_zone, *own
        if key not in made:
            made[key] = _hours_of_rows(person.time_zone, own)
        hours[person.pk] = made[key]
    return hours


def _hours_of_rows(zone: tzinfo, found: Iterable[Told]) -> Hours:
    weekly: tuple[WeeklyWindow, ...] = ()
    days_off: list[date] = []
    spans: dict[int, list[Span]] = {rows.OPENED: [], rows.BLOCKED: [], rows.OCCUPIED: []}
    for kind, start, end, words in found:
        if words is not None:
            weekly = _windows(words)
        elif kind == rows.DAY_OFF:
            days_off.append(date.fromordinal(UNIX_DAY + start))
        else:
            spans[kind].append(Span(start, end))
    return Hours(
        zone=zone,
        weekly=weekly,
        days_off=frozenset(days_off),
        opened=spans[rows.OPENED],
        blocked=spans[rows.BLOCKED],
        occupied=spans[rows.OCCUPIED],
    )


@lru_cache(maxsize=4_096)  # many specialists work the same hours
def _windows(words: str) -> tuple[WeeklyWindow, ...]:
    return tuple(_window(*window.split(" ")) for window in words.split(","))


def _window(weekday: str, start: str, end: str, since: str, until: str) -> WeeklyWindow:
    return WeeklyWindow(
        weekday=int(weekday),
        start=int(start),
        end=int(end),
        valid_from=date.min if since == "-" else date.fromisoformat(since),
        valid_until=date.max if until == "-" else date.fromisoformat(until),
    )
