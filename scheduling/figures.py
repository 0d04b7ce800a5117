"""What the front desk looks at: a day, what waits, and the weeks behind it.

A constant number of queries, none of which reads more than the days it is about.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from django.db.models import Case, Count, F, Func, IntegerField, Prefetch, Q, Sum, Value, When

from scheduling import slots
from scheduling.models import Booking, BookingStatus, Service, Specialist
from scheduling.models.booking import BookingQuerySet
from scheduling.queries import hours_by_specialist, open_hours_by_specialist, start_of_day
from scheduling.slots import Hours, Span

DAY, WEEK = timedelta(days=1), timedelta(days=7)
# Of hundreds of rows only what is shown.
PERSON = ("name", "time_zone")


class Days(NamedTuple):
    """Calendar days of a zone, the last one included."""

    first: date
    last: date
    zone: tzinfo

    @property
    def start(self) -> datetime:
        return start_of_day(self.first, self.zone)

    @property
    def end(self) -> datetime:
        return start_of_day(self.last + DAY, self.zone)


class Week(NamedTuple):
    """Bookings that begin in a week, by status; and how much of the open time they take.

    Seconds are those of the specialists who take bookings now, and of what was not cancelled.
    """

    days: Days
    numbers: Mapping[str, int]
    booked_seconds: int
    open_seconds: int


class Free(NamedTuple):
    specialist: Specialist
    spans: list[Span]

    @property
    def seconds(self) -> int:
        return sum(span.end - span.start for span in self.spans)


class Waiting(NamedTuple):
    """The first of those that wait, and how many there are in all."""

    first: list[Booking]
    number: int


def day_at(now: datetime, zone: tzinfo) -> Days:
    today = now.astimezone(zone).date()
    return Days(today, today, zone)


def weeks_until(now: datetime, zone: tzinfo, *, number: int) -> list[Days]:
    """The last `number` weeks, Monday to Sunday, up to the one in which `now` is."""
    today = now.astimezone(zone).date()
    monday = today - today.weekday() * DAY
    return [
        Days(first, first + 6 * DAY, zone)
        for first in (monday - back * WEEK for back in reversed(range(number)))
    ]


def bookings_of(day: Days) -> list[Booking]:
    """All that begin on it, in order of time, with their specialists and services."""
    return list(_with_names(Booking.objects.starting_in(day.start, day.end)))


def waiting_from(start: datetime, *, limit: int) -> Waiting:
    """Bookings from `start` on that nobody has confirmed yet, soonest first."""
    rows = Booking.objects.filter(status=BookingStatus.PENDING, starts_at__gte=start)
    return Waiting(list(_with_names(rows)[:limit]), rows.count())


def _with_names(rows: BookingQuerySet) -> BookingQuerySet:
    # Not select_related: joined, SQLite sorts all bookings before it shows the first.
    people = Prefetch("specialist", Specialist.everything.only(*PERSON))
    offers = Prefetch("service", Service.everything.only("name"))
    columns = ("specialist", "service", "client_name", "starts_at", "ends_at", "status")
    shown = rows.only(*columns).order_by("starts_at", "id")
    return shown.prefetch_related(people).prefetch_related(offers)


def specialists_at_work() -> list[Specialist]:
    """Who takes bookings now."""
    return list(Specialist.objects.active().only(*PERSON))


def free_until(end: datetime, specialists: Sequence[Specialist], *, now: datetime) -> list[Free]:
    """Open time of each of them that nobody has booked, from `now` on; those who have any."""
    left = Span(int(now.timestamp()), int(end.timestamp()))
    hours = hours_by_specialist(specialists, left, now=now)
    found = (Free(each, slots.free_time(hours[each.pk], left)) for each in specialists)
    return [each for each in found if each.spans]


def figures_of(weeks: Sequence[Days], specialists: Sequence[Specialist]) -> list[Week]:
    """The figures of adjacent `weeks`; `specialists` are those at work. Two queries."""
    numbers: dict[int, Counter[str]] = defaultdict(Counter)
    booked: Counter[int] = Counter()
    for week, status, number, seconds in _booked(weeks):
        numbers[week][status] += number
        if status != BookingStatus.CANCELLED:
            booked[week] += seconds
    opened = _open_seconds(weeks, specialists)
    return [
        Week(days, numbers[week], booked[week], opened[week]) for week, days in enumerate(weeks)
    ]


def _booked(weeks: Sequence[Days]) -> Iterable[tuple[int, str, int, int]]:
    """By week and status: how many bookings, and how many seconds of who is at work now."""
    ends = (When(starts_at__lt=days.end, then=Value(week)) for week, days in enumerate(weeks))
    rows = Booking.objects.starting_in(weeks[0].start, weeks[-1].end).order_by()
    groups = rows.annotate(week=Case(*ends, output_field=IntegerField())).values("week", "status")
    at_work = Q(specialist__in=Specialist.objects.active())
    return groups.annotate(
        number=Count("pk"),
        seconds=Sum(Epoch(F("ends_at")) - Epoch(F("starts_at")), filter=at_work, default=0),
    ).values_list("week", "status", "number", "seconds")


def _open_seconds(weeks: Sequence[Days], specialists: Sequence[Specialist]) -> Counter[int]:
    starts = [int(days.start.timestamp()) for days in weeks]
    bounds = [*starts, int(weeks[-1].end.timestamp())]
    within = Span(bounds[0], bounds[-1])
    found: Counter[int] = Counter()
    for hours, number in _numbers_of_equal(open_hours_by_specialist(specialists, within)):
        for span in slots.open_time(hours, within):
            cuts = bounds[bisect_right(bounds, span.start) : bisect_right(bounds, span.end - 1)]
            for start, end in pairwise([span.start, *cuts, span.end]):
                found[bisect_right(bounds, start) - 1] += number * (end - start)
    return found


def _numbers_of_equal(hours: Mapping[UUID, Hours]) -> Iterable[tuple[Hours, int]]:
    """Whoever has the same hours shares one object."""
    numbers = Counter(map(id, hours.values()))
    return [
        (each, numbers[key]) for key, each in {id(each): each for each in hours.values()}.items()
    ]


class Epoch(Func):
    """An instant as whole seconds since 1970. SQLite would call Python to subtract two."""

    output_field = IntegerField()
    arity = 1

    def as_sqlite(self, compiler, connection, **context):  # type: ignore[no-untyped-def] # hook
        template = "CAST(STRFTIME('%%%%s', %(expressions)s) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler, connection, **context):  # type: ignore[no-untyped-def] # hook
        template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint"
        return self.as_sql(compiler, connection, template=template, **context)
