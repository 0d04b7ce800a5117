"""Where the calendar draws what: minutes down the page, and lanes side by side.

Pure, as `slots` is: spans are seconds since 1970, places are minutes from the top.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from scheduling.slots import DAY, UNIX_DAY, Span, instant, merge

HOUR = 60
# What is shown of a day on which nothing is open and nothing booked.
OFFICE_HOURS = Span(8 * HOUR, 18 * HOUR)


class Mark(NamedTuple):
    """A line across the grid: the wall clock says `label` there."""

    at: int
    label: str


class Repeat(NamedTuple):
    """The minutes of the wall clock that `day` has twice, as its clock is put back."""

    day: date
    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Axis:
    """The wall clock of `zone` down a page that shows one day or several beside each other.

    A time is at the same height on every day. What one of them has twice is there twice, and
    what a day does not have is empty on that day.
    """

    zone: tzinfo
    repeats: tuple[Repeat, ...] = ()

    @classmethod
    def of(cls, zone: tzinfo, days: Iterable[date]) -> "Axis":
        changes = ((day, clock_change(zone, day)) for day in days)
        back = (Repeat(day, to, at) for day, (at, to) in changes if to < at)
        return cls(zone, tuple(back))

    @property
    def length(self) -> int:
        return 24 * HOUR + sum(repeat.length for repeat in self.repeats)

    def place(self, day: date, at: int) -> int:
        """How far down the instant `at` is; before and after `day` are its ends."""
        start, end = bounds(self.zone, day)
        if at >= end:
            return self.length
        clock = datetime.fromtimestamp(max(at, start), self.zone)
        minute = clock.hour * HOUR + clock.minute
        return minute + sum(
            repeat.length
            for repeat in self.repeats
            if minute >= repeat.end or (clock.fold and repeat.day == day)
        )

    def stretch(self, day: date, span: Span) -> Span | None:
        """What `day` shows of `span`: at least a minute, or None."""
        shown = bounds(self.zone, day)
        if not shown.overlaps(span):
            return None
        top = self.place(day, span.start)
        return Span(top, max(self.place(day, span.end), top + 1))

    def missing(self, day: date) -> list[Span]:
        """The stretches of the page that `day` has no time for."""
        at, to = clock_change(self.zone, day)
        skipped = [Span(0, self.place(day, bounds(self.zone, day).start))]
        if to > at:
            skipped.append(Span(self._first(at), self._first(to)))
        others = [repeat for repeat in self.repeats if repeat.day != day]
        skipped += [Span(each.end, each.end + each.length) for each in others]
        return merge(skipped)

    def marks(self) -> list[Mark]:
        hours = range(0, 24 * HOUR, HOUR)
        once = [Mark(self._first(minute), _clock(minute)) for minute in hours]
        again = [
            Mark(minute + repeat.length, f"{_clock(minute)} again")
            for repeat in self.repeats
            for minute in hours
            if repeat.start <= minute < repeat.end
        ]
        return sorted([*once, *again])

    def _first(self, minute: int) -> int:
        return minute + sum(each.length for each in self.repeats if minute >= each.end)


def bounds(zone: tzinfo, day: date) -> Span:
    """`day` in `zone`: 23, 24 or 25 hours, as a rule."""
    return Span(instant(zone, day.toordinal(), 0), instant(zone, day.toordinal() + 1, 0))


def clock_change(zone: tzinfo, day: date) -> tuple[int, int]:
    """From which minute of the wall clock to which the clock is put on `day`; mostly (0, 0)."""
    before, after = bounds(zone, day)
    after -= 1
    old, new = _offset(zone, before), _offset(zone, after)
    if old == new:
        return 0, 0
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    midnight = (day.toordinal() - UNIX_DAY) * DAY
    return (after + old - midnight) // 60, (after + new - midnight) // 60


def gaps(spans: Iterable[Span], within: Span) -> list[Span]:
    """What of `within` none of `spans` covers."""
    found, at = [], within.start
    for span in merge(spans):
        if at < span.start:
            found.append(Span(at, min(span.start, within.end)))
        at = max(at, span.end)
    if at < within.end:
        found.append(Span(at, within.end))
    return [span for span in found if span.start < span.end]


def lanes(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """For each of `spans`, sorted, its lane and how many lanes there are where it is.

    Those that overlap, one another or through others, share the width evenly.
    """
    found: list[tuple[int, int]] = []
    ends: list[int] = []
    group: list[int] = []
    for span in spans:
        if ends and span.start >= max(ends):
            found += [(lane, len(ends)) for lane in group]
            ends, group = [], []
        lane = next((n for n, end in enumerate(ends) if end <= span.start), len(ends))
        ends[lane : lane + 1] = [span.end]
        group.append(lane)
    return found + [(lane, len(ends)) for lane in group]


def hours_around(stretches: Iterable[Span], length: int) -> Span:
    """The whole hours of the page that hold all `stretches`."""
    shown = list(stretches) or [OFFICE_HOURS]
    first = min(each.start for each in shown) // HOUR * HOUR
    last = -(-max(each.end for each in shown) // HOUR) * HOUR
    return Span(first, min(last, length))


def pixels_per_minute(lengths: Iterable[int]) -> float:
    """Tall enough that the shortest of `lengths` can be read and hit."""
    shortest = min((length for length in lengths if length > 0), default=HOUR)
    return min(max(round(24 / shortest, 2), 1.1), 2.4)


def week_of(day: date) -> list[date]:
    """The seven days from its Monday on."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=n) for n in range(7)]


def _offset(zone: tzinfo, at: int) -> int:
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _clock(minute: int) -> str:
    return f"{minute // HOUR:02}:{minute % HOUR:02}"
