"""What the calendar shows: people's time as blocks on a grid, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple
from uuid import UUID

from scheduling import queries, slots
from scheduling.admin.calendar_grid import (
    Axis,
    Mark,
    bounds,
    gaps,
    hours_around,
    lanes,
    pixels_per_minute,
)
from scheduling.models import (
    Availability,
    Booking,
    BookingStatus,
    DayOff,
    Hold,
    Service,
    Specialist,
)
from scheduling.queries import Plan
from scheduling.slots import Span

# A booking and each of its buffers last a day at most.
LONGEST_BOOKING = timedelta(days=1)
LONGEST_BUFFER = timedelta(days=1)


class Asked(NamedTuple):
    """What is to be drawn. `zone` is the viewer's: that of the axis and of the days."""

    days: Sequence[date]
    zone: tzinfo
    service: Service | None
    cancelled: bool
    whole_day: bool


@dataclass(slots=True)
class Shade:
    """Time that is not free, behind the blocks: closed, off, blocked, held, missing or buffer."""

    kind: str
    place: Span
    text: str = ""


@dataclass(slots=True)
class Block:
    """A booking, or a free slot (`booking` is None). `times` are of the specialist's clock."""

    place: Span
    starts_at: datetime
    times: str
    booking: Booking | None = None
    lane: int = 0
    lanes: int = 1


@dataclass(slots=True)
class Column:
    """One day of one specialist."""

    specialist: Specialist
    day: date
    clock: str
    other_clock: bool
    now: int | None = None
    shades: list[Shade] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    @property
    def free(self) -> int:
        return sum(block.booking is None for block in self.blocks)

    @property
    def booked(self) -> int:
        return sum(
            block.booking is not None and block.booking.status != BookingStatus.CANCELLED
            for block in self.blocks
        )


@dataclass(slots=True)
class Board:
    """Columns side by side on one axis, of which `shown` is drawn."""

    marks: list[Mark]
    columns: list[Column]
    shown: Span
    scale: float


class Rows(NamedTuple):
    """What was read, by specialist."""

    plans: Sequence[Plan]
    bookings: Mapping[UUID, list[Booking]]
    off: Mapping[UUID, list[tuple[Span, str]]]
    blocked: Mapping[UUID, list[tuple[Span, str]]]
    held: Mapping[UUID, list[tuple[Span, str]]]


def boards(
    specialists: Sequence[Specialist], asked: Asked, *, now: datetime, apart: bool
) -> list[Board]:
    """One board with a column for everybody's day; or, `apart`, one for each with their days."""
    axis = Axis.of(asked.zone, asked.days)
    rows = _read(specialists, asked, now)
    columns = [[_column(axis, plan, day, rows, now) for day in asked.days] for plan in rows.plans]
    if not apart:
        columns = [[column for days in columns for column in days]] if columns else []
    return [_board(axis, each, asked) for each in columns]


def _board(axis: Axis, columns: list[Column], asked: Asked) -> Board:
    blocks = [block for column in columns for block in column.blocks]
    used = [block.place for block in blocks]
    used += [
        gap
        for column in columns
        for gap in gaps((shade.place for shade in column.shades), Span(0, axis.length))
    ]
    shown = Span(0, axis.length) if asked.whole_day else hours_around(used, axis.length)
    marks = [mark for mark in axis.marks() if shown.start <= mark.at < shown.end]
    scale = pixels_per_minute(block.place.end - block.place.start for block in blocks)
    return Board(marks, columns, shown, scale)


def _column(axis: Axis, plan: Plan, day: date, rows: Rows, now: datetime) -> Column:
    person = plan.specialist
    within, at = bounds(axis.zone, day), int(now.timestamp())
    bookings = rows.bookings[person.pk]
    return Column(
        specialist=person,
        day=day,
        clock=_clock_of(person.time_zone, within),
        other_clock=_differ(person.time_zone, axis.zone, within),
        now=axis.place(day, at) if within.start <= at < within.end else None,
        shades=list(_shades(axis, plan, day, rows)),
        blocks=_side_by_side([*_booked(axis, day, person, bookings), *_free(axis, day, plan)]),
    )


def _side_by_side(blocks: list[Block]) -> list[Block]:
    """In order of time. Only what was cancelled shares its time with anything."""
    blocks.sort(key=lambda block: block.place)
    places = lanes([block.place for block in blocks])
    for block, (lane, count) in zip(blocks, places, strict=True):
        block.lane, block.lanes = lane, count
    return blocks


def _shades(axis: Axis, plan: Plan, day: date, rows: Rows) -> Iterator[Shade]:
    within, key = bounds(axis.zone, day), plan.specialist.pk
    windows = slots.open_windows(plan.hours, within.start, within.end)
    spans: list[tuple[str, Span, str]] = [("closed", gap, "") for gap in gaps(windows, within)]
    spans += [("off", span, reason or "Day off") for span, reason in rows.off[key]]
    spans += [("blocked", span, reason or "Blocked") for span, reason in rows.blocked[key]]
    spans += [("held", span, text) for span, text in rows.held[key]]
    spans += [("buffer", span, "") for span in _buffers(rows.bookings[key])]
    for kind, span, text in spans:
        if place := axis.stretch(day, span):
            yield Shade(kind, place, text)
    yield from (Shade("missing", place, "Clock change") for place in axis.missing(day))


def _buffers(bookings: Iterable[Booking]) -> Iterator[Span]:
    for booking in bookings:
        if booking.status != BookingStatus.CANCELLED:
            before = _span(booking.occupied_starts_at, booking.starts_at)
            after = _span(booking.ends_at, booking.occupied_ends_at)
            yield from (span for span in (before, after) if span.start < span.end)


def _booked(
    axis: Axis, day: date, person: Specialist, bookings: Sequence[Booking]
) -> Iterator[Block]:
    for booking in bookings:
        if place := axis.stretch(day, _span(booking.starts_at, booking.ends_at)):
            times = _times(booking.starts_at, booking.ends_at, person.time_zone)
            yield Block(place, booking.starts_at, times, booking)


def _free(axis: Axis, day: date, plan: Plan) -> Iterator[Block]:
    """Slots may overlap: each is drawn until the next begins."""
    within = bounds(axis.zone, day)
    today = [slot for slot in plan.free if within.start <= slot.starts_at.timestamp() < within.end]
    for number, slot in enumerate(today):
        following = today[number + 1].starts_at if number + 1 < len(today) else slot.ends_at
        place = axis.stretch(day, _span(slot.starts_at, min(slot.ends_at, following)))
        if place:
            times = _times(slot.starts_at, slot.ends_at, plan.specialist.time_zone)
            yield Block(place, slot.starts_at, times)


def _read(specialists: Sequence[Specialist], asked: Asked, now: datetime) -> Rows:
    first, last = (bounds(asked.zone, asked.days[n]) for n in (0, -1))
    start, end = (datetime.fromtimestamp(at, UTC) for at in (first.start, last.end))
    zones = {person.pk: person.time_zone for person in specialists}
    return Rows(
        plans=queries.plans(specialists, asked.service, start=start, end=end, now=now),
        bookings=_bookings(zones, start, end, cancelled=asked.cancelled),
        off=_days_off(zones, start, end),
        blocked=_blocked(zones, start, end),
        held=_held(zones, start, end, now),
    )


def _bookings(
    zones: Mapping[UUID, tzinfo], start: datetime, end: datetime, *, cancelled: bool
) -> Mapping[UUID, list[Booking]]:
    """Those whose time or buffers reach into `[start, end)`: read along the specialists' index,
    of which the margins keep the past out."""
    rows = Booking.objects.filter(
        specialist__in=list(zones),
        starts_at__gt=start - LONGEST_BOOKING - LONGEST_BUFFER,
        starts_at__lt=end + LONGEST_BUFFER,
    )
    if not cancelled:
        rows = rows.occupying()
    found = defaultdict(list)
    for booking in rows.order_by().select_related("service"):
        if booking.occupied_ends_at > start and booking.occupied_starts_at < end:
            found[booking.specialist_id].append(booking)
    return found


def _days_off(
    zones: Mapping[UUID, tzinfo], start: datetime, end: datetime
) -> Mapping[UUID, list[tuple[Span, str]]]:
    margin = timedelta(days=1)
    days = ((start - margin).date(), (end + margin).date())
    rows = DayOff.objects.active().filter(specialist__in=list(zones), date__range=days)
    found = defaultdict(list)
    for key, day, reason in rows.values_list("specialist_id", "date", "reason"):
        found[key].append((bounds(zones[key], day), reason))
    return found


def _blocked(
    zones: Mapping[UUID, tzinfo], start: datetime, end: datetime
) -> Mapping[UUID, list[tuple[Span, str]]]:
    rows = Availability.objects.filter(
        specialist__in=list(zones), is_available=False, ends_at__gt=start, starts_at__lt=end
    )
    found = defaultdict(list)
    for key, *ends, reason in rows.values_list("specialist_id", "starts_at", "ends_at", "reason"):
        found[key].append((_span(*ends), reason))
    return found


def _held(
    zones: Mapping[UUID, tzinfo], start: datetime, end: datetime, now: datetime
) -> Mapping[UUID, list[tuple[Span, str]]]:
    rows = Hold.objects.live(now).filter(
        specialist__in=list(zones), occupied_ends_at__gt=start, occupied_starts_at__lt=end
    )
    found = defaultdict(list)
    for key, *ends, expires_at, name in rows.values_list(
        "specialist_id", "starts_at", "ends_at", "expires_at", "entry__client_name"
    ):
        until = expires_at.astimezone(zones[key])
        text = f"Held for {name} until {until:%d %b, %H:%M}"
        found[key].append((_span(*ends), text))
    return found


def _span(start: datetime, end: datetime) -> Span:
    return Span(int(start.timestamp()), int(end.timestamp()))


def _times(start: datetime, end: datetime, zone: tzinfo) -> str:
    return f"{start.astimezone(zone):%H:%M}–{end.astimezone(zone):%H:%M}"


def _clock_of(zone: tzinfo, within: Span) -> str:
    """The zone's name and its offset, both of them on a day on which it changes."""
    return f"{zone} {' / '.join(dict.fromkeys(_offsets(zone, within)))}"


def _differ(one: tzinfo, two: tzinfo, within: Span) -> bool:
    return _offsets(one, within) != _offsets(two, within)


def _offsets(zone: tzinfo, within: Span) -> list[str]:
    ends = (within.start, within.end - 1)
    return [datetime.fromtimestamp(at, zone).isoformat()[-6:] for at in ends]
