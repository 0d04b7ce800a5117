"""What is free: rules 1 to 8 of docs/domain.md as arithmetic on whole seconds since 1970 (UTC).

Pure: no Django, no database, no clock. The cost grows with the days asked for, the rows given
and the slots found, added and never multiplied. Wall-clock time of a zone is touched only in
`instant` and `local_date`.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

DAY = 86_400
UNIX_DAY = date(1970, 1, 1).toordinal()
HALF_A_DAY = timedelta(hours=12)
# A midnight that occurs twice ends the day before it with the second.
LAST_MOMENT = time(fold=1)

# Rule 6 lays the grid from the start of an open window. One that has stood open longer than this
# has no start that anyone remembers, so from then on the grid begins anew at each local midnight.
LONGEST_GRID = 366 * DAY
# How far before an instant its grid may begin: as long, and the rest of the day until midnight.
LOOK_BACK = LONGEST_GRID + 2 * DAY


class Span(NamedTuple):
    """`[start, end)` in seconds since 1970."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        """Whether they share any time; what is empty shares none."""
        return max(self.start, other.start) < min(self.end, other.end)

    def covers(self, other: "Span") -> bool:
        return self.start <= other.start and other.end <= self.end


class WeeklyWindow(NamedTuple):
    """A Schedule row: `start` and `end` are seconds of the wall clock, 86,400 the day's end."""

    weekday: int
    start: int
    end: int
    valid_from: date = date.min
    valid_until: date = date.max


@dataclass(frozen=True, slots=True)
class Hours:
    """When a specialist works, and what is taken of it.

    Every row that reaches into `reach(...)` of the question must be here, and of `opened` also
    those of the LOOK_BACK before it, from which the grid may come; more does no harm.
    """

    zone: tzinfo
    weekly: Sequence[WeeklyWindow] = ()
    days_off: Collection[date] = ()
    opened: Sequence[Span] = ()
    blocked: Sequence[Span] = ()
    occupied: Sequence[Span] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What is to be booked, in seconds."""

    duration: int
    step: int
    buffer_before: int = 0
    buffer_after: int = 0
    min_notice: int = 0
    max_advance: int = 366 * DAY

    def __post_init__(self) -> None:
        if self.duration <= 0 or self.step <= 0:
            raise ValueError("A duration and a step must be longer than nothing.")


class Refusal(StrEnum):
    """Why a start is not a slot."""

    OUTSIDE_OPEN_HOURS = "outside_open_hours"
    OFF_GRID = "off_grid"
    DAY_OFF = "day_off"
    BLOCKED = "blocked"
    TAKEN = "taken"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"


def free_slots(hours: Hours, terms: Terms, *, start: int, end: int, now: int) -> list[Span]:
    """The slots that begin in `[start, end)`, in order, as seen at `now`."""
    return list(each_free(hours, terms, start=start, end=end, now=now))


def each_free(hours: Hours, terms: Terms, *, start: int, end: int, now: int) -> Iterator[Span]:
    """The same one by one, for who needs the first few alone."""
    earliest = max(start, now + terms.min_notice)
    latest = min(end - 1, now + terms.max_advance)
    if earliest > latest:
        return iter(())
    first, last = local_date(hours.zone, earliest), local_date(hours.zone, latest + terms.duration)
    busy = merge([*_days_off(hours, first, last), *hours.blocked, *_kept_apart(hours, terms)])
    return _on_grids(hours, terms, busy, earliest=earliest, latest=latest)


def possible_slots(hours: Hours, terms: Terms, *, start: int, end: int) -> Iterator[Span]:
    """What would be slots in `[start, end)` if nothing were closed, taken, too soon or too far."""
    return _on_grids(hours, terms, [], earliest=start, latest=end - 1)


def refusals(hours: Hours, terms: Terms, *, start: int, now: int) -> list[Refusal]:
    """Every rule that keeps `start` from being a slot; none exactly if `free_slots` offers it."""
    wanted = Span(start, start + terms.duration)
    first, last = local_date(hours.zone, wanted.start), local_date(hours.zone, wanted.end)
    windows = open_windows(hours, wanted.start, wanted.end)
    window = next((window for window in windows if window.covers(wanted)), None)
    checks = {
        Refusal.OUTSIDE_OPEN_HOURS: window is None,
        Refusal.OFF_GRID: window is not None and not _on_grid(window, hours.zone, terms, start),
        Refusal.DAY_OFF: any(day.overlaps(wanted) for day in _days_off(hours, first, last)),
        Refusal.BLOCKED: any(span.overlaps(wanted) for span in hours.blocked),
        Refusal.TAKEN: any(span.overlaps(wanted) for span in _kept_apart(hours, terms)),
        Refusal.TOO_SOON: start < now + terms.min_notice,
        Refusal.TOO_FAR: start > now + terms.max_advance,
    }
    return [refusal for refusal, applies in checks.items() if applies]


def reach(terms: Terms, *, start: int, end: int) -> Span:
    """The time of which rows must be known to find the slots that begin in `[start, end)`."""
    return Span(start - terms.buffer_before, end + terms.duration + terms.buffer_after)


def open_windows(hours: Hours, start: int, end: int) -> list[Span]:
    """Open time, merged (rules 1 to 3), in full wherever it touches `[start, end)`.

    One that began more than LOOK_BACK before `start` may be cut there, which `_grids` allows for.
    """
    first = local_date(hours.zone, start).toordinal() - 1  # yesterday's may end after a midnight
    weekly = _weekly_windows(hours, first, local_date(hours.zone, end).toordinal())
    found, days = merge([*weekly, *hours.opened]) if hours.opened else weekly, 6
    while _goes_back(found, hours.zone, first, start):
        found = merge([*_weekly_windows(hours, first - days, first - 1), *found])
        first, days = first - days, days * 2
    return [window for window in found if window.end > start and window.start < end]


def _goes_back(found: Sequence[Span], zone: tzinfo, first: int, start: int) -> bool:
    """Whether weekly windows of the days before `first` may bear on what is open from `start`.

    They end by the midnight with which `first` begins, so they can touch only what begins by
    then; and what began before the look-back need not be known any better.
    """
    opened = next((window.start for window in found if window.end > start), start)
    return start - LOOK_BACK < opened <= instant(zone, first, 0, last=True)


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same time as `spans`, sorted, in which nothing overlaps or touches or is empty."""
    merged: list[Span] = []
    reached = 0
    for span in sorted(spans):
        start, end = span
        if start >= end:
            continue
        if not merged or start > reached:
            merged.append(span)
            reached = end
        elif end > reached:
            merged[-1] = Span(merged[-1].start, end)
            reached = end
    return merged


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What of `spans` is not in `taken`, sorted and merged."""
    left, busy, passed = [], merge(taken), 0
    for span in merge(spans):
        start = span.start
        while passed < len(busy) and busy[passed].start < span.end:
            left.append(Span(start, busy[passed].start))
            start = max(start, busy[passed].end)
            if start >= span.end:
                break
            passed += 1
        left.append(Span(start, span.end))
    return [span for span in left if span.start < span.end]


@lru_cache(maxsize=16_384)  # specialists and requests share their wall-clock times
def instant(zone: tzinfo, day: int, second: int, *, last: bool = False) -> int:
    """The instant of a wall-clock time: `day` as a date's ordinal, `second` of that day.

    Rule 2: a time that does not exist is the instant at which the gap ends; of a time that
    occurs twice it is the first, or the second if `last`.
    """
    wall = (day - UNIX_DAY) * DAY + second
    clock = datetime.fromtimestamp(wall, UTC).replace(tzinfo=zone)
    offsets = _offset(clock), _offset(clock.replace(fold=1))
    if offsets[0] < offsets[1]:
        return _gap_end(zone, wall - offsets[1], wall - offsets[0])
    return wall - offsets[last]


def local_date(zone: tzinfo, at: int) -> date:
    return datetime.fromtimestamp(at, zone).date()


def _offset(clock: datetime) -> int:
    offset = clock.utcoffset()
    return offset.days * DAY + offset.seconds if offset is not None else 0


def _gap_end(zone: tzinfo, before: int, after: int) -> int:
    """The first instant in `(before, after]` at which the clock has been put forward."""
    old = _offset(datetime.fromtimestamp(before, UTC).astimezone(zone))
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(datetime.fromtimestamp(middle, UTC).astimezone(zone)) == old:
            before = middle
        else:
            after = middle
    return after


def _weekly_windows(hours: Hours, first: int, last: int) -> Sequence[Span]:
    """The windows of rule 1 on the days from `first` to `last`, ordinals of dates; merged."""
    return _weekly_windows_of(hours.zone, tuple(hours.weekly), first, last)


@lru_cache(maxsize=1_024)  # many specialists work the same hours, and all are asked for one range
def _weekly_windows_of(
    zone: tzinfo, weekly: tuple[WeeklyWindow, ...], first: int, last: int
) -> tuple[Span, ...]:
    by_weekday: list[list[tuple[int, int, int, int]]] = [[] for _ in range(7)]
    for each in weekly:
        since, until = each.valid_from.toordinal(), each.valid_until.toordinal()
        by_weekday[each.weekday].append((each.start, each.end, since, until))
    found = []
    for day in range(first, last + 1):
        windows = by_weekday[(day - 1) % 7]
        if not windows:
            continue
        offset, midnight = _steady_offset(zone, day), (day - UNIX_DAY) * DAY
        for start, end, since, until in windows:
            if not since <= day <= until:
                continue
            if offset is None:
                span = Span(instant(zone, day, start), instant(zone, day, end, last=True))
            else:
                span = Span(midnight - offset + start, midnight - offset + end)
            found.append(span)
    return tuple(merge(found))


def _steady_offset(zone: tzinfo, day: int) -> int | None:
    """The zone's offset on a day from midnight to midnight, if no clock is changed meanwhile."""
    begin, end = datetime.fromordinal(day), datetime.combine(date.fromordinal(day + 1), LAST_MOMENT)
    offset = zone.utcoffset(begin)
    noon = zone.utcoffset(begin + HALF_A_DAY)
    if offset is None or offset != noon or offset != zone.utcoffset(end):
        return None
    return offset.days * DAY + offset.seconds


def _days_off(hours: Hours, first: date, last: date) -> Iterator[Span]:
    for day in hours.days_off:
        if first <= day <= last:
            ordinal = day.toordinal()
            yield Span(instant(hours.zone, ordinal, 0), instant(hours.zone, ordinal + 1, 0))


def _kept_apart(hours: Hours, terms: Terms) -> Sequence[Span]:
    """Occupied time, widened by the buffers that a new booking would bring (rule 7)."""
    before, after = terms.buffer_before, terms.buffer_after
    if not before and not after:
        return hours.occupied
    return [Span(start - after, end + before) for start, end in hours.occupied]


def _on_grids(
    hours: Hours, terms: Terms, busy: list[Span], *, earliest: int, latest: int
) -> Iterator[Span]:
    ends = [span.end for span in busy]
    for window in open_windows(hours, earliest, latest + terms.duration):
        for grid in _grids(window, hours.zone, earliest, latest):
            final = min(latest, grid.end - 1, window.end - terms.duration)
            at = grid.start + _steps(earliest - grid.start, terms.step)
            coming = range(bisect_right(ends, at), len(busy))
            yield from _cut(at, map(busy.__getitem__, coming), terms, latest=final)


def _grids(window: Span, zone: tzinfo, start: int, end: int) -> Iterator[Span]:
    """The first stretch of `window` and all that touch `[start, end]`, each with its own grid."""
    renewed = window.start + LONGEST_GRID
    if window.end <= renewed:
        yield window
        return
    day = local_date(zone, renewed).toordinal()
    midnight = instant(zone, day, 0)
    if midnight < renewed:
        day, midnight = day + 1, instant(zone, day + 1, 0)
    yield Span(window.start, min(midnight, window.end))
    day = max(day, local_date(zone, start).toordinal())
    while (midnight := instant(zone, day, 0)) < min(window.end, end + 1):
        yield Span(midnight, min(instant(zone, day + 1, 0), window.end))
        day += 1


def _on_grid(window: Span, zone: tzinfo, terms: Terms, start: int) -> bool:
    return any(
        grid.start <= start < grid.end and (start - grid.start) % terms.step == 0
        for grid in _grids(window, zone, start, start)
    )


def _cut(at: int, busy: Iterable[Span], terms: Terms, *, latest: int) -> Iterator[Span]:
    """The slots on the grid from `at` that touch nothing `busy`, which is in order, and over which
    it jumps."""
    duration, step = terms.duration, terms.step
    for start, end in busy:
        final = min(latest, start - duration)
        while at <= final:
            yield Span(at, at + duration)
            at += step
        if at > latest:
            return
        if end > at:
            at += _steps(end - at, step)
    while at <= latest:
        yield Span(at, at + duration)
        at += step


def _steps(length: int, step: int) -> int:
    """`length` rounded up to whole steps; nothing if it is negative."""
    return -(-max(length, 0) // step) * step


def is_open(hours: Hours, span: Span) -> bool:
    """Whether all of `span` is inside one open window and none of it is closed (rules 1 to 4)."""
    first, last = local_date(hours.zone, span.start), local_date(hours.zone, span.end)
    closed = [*_days_off(hours, first, last), *hours.blocked]
    if any(each.overlaps(span) for each in closed):
        return False
    return any(window.covers(span) for window in open_windows(hours, span.start, span.end))


def open_time(hours: Hours, within: Span) -> list[Span]:
    """What of `within` is open and not closed (rules 1 to 4), sorted."""
    first, last = local_date(hours.zone, within.start), local_date(hours.zone, within.end)
    windows = (
        Span(max(window.start, within.start), min(window.end, within.end))
        for window in open_windows(hours, within.start, within.end)
    )
    return without(windows, [*_days_off(hours, first, last), *hours.blocked])


def free_time(hours: Hours, within: Span) -> list[Span]:
    """What of it nothing is booked in, buffers included."""
    return without(open_time(hours, within), hours.occupied)
