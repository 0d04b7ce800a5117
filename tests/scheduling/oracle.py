"""Rules 1 to 8 of docs/domain.md once more, minute by minute: slow, plain, in whole minutes.

It shares nothing with `scheduling.slots` but the classes that carry its operands.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduling.slots import Hours, Span, Terms, WeeklyWindow

MINUTE = 60
DAY = 24 * 60
LONGEST_GRID = 366 * DAY
# As far as anything before an instant can bear on it: the longest grid, the rest of the day on
# which it ends, and two days in reserve; in days.
PADDING = 369


def free_slots(hours: Hours, terms: Terms, *, start: int, end: int, now: int) -> list[Span]:
    """What `scheduling.slots.free_slots` should say, if every operand is in whole minutes."""
    duration, step = terms.duration // MINUTE, terms.step // MINUTE
    before, after = terms.buffer_before // MINUTE, terms.buffer_after // MINUTE
    days = list(_days(hours.zone, start, end + terms.duration))
    opened = Opened(hours, days)
    blocked, taken = _minutes(hours.blocked), _minutes(hours.occupied)
    closed = blocked | _closed_by_days_off(hours, start, end + terms.duration)
    midnights = [showing(hours.zone, _midnight(day))[0] for day in days[PADDING - 2 :]]
    return [
        Span(minute * MINUTE, (minute + duration) * MINUTE)
        for minute in range(start // MINUTE, end // MINUTE)
        if opened.throughout(minute, minute + duration)
        and (minute - _anchor(opened.since(minute), midnights, minute)) % step == 0
        and closed.isdisjoint(range(minute, minute + duration))
        and taken.isdisjoint(range(minute - before, minute + duration + after))
        and now + terms.min_notice <= minute * MINUTE <= now + terms.max_advance
    ]


class Opened:
    """The minutes of rules 1 to 3 on `days`, a byte for each."""

    def __init__(self, hours: Hours, days: list[date]) -> None:
        self.first, _ = showing(hours.zone, _midnight(days[0]))
        _, end = showing(hours.zone, _midnight(days[-1]))
        self.minutes = bytearray(end - self.first)
        for span in hours.opened:
            self._add(span.start // MINUTE, span.end // MINUTE)
        for day in days[:-1]:
            for window in hours.weekly:
                if day.weekday() == window.weekday and _valid(window, day):
                    first, _ = showing(hours.zone, _midnight(day) + timedelta(seconds=window.start))
                    _, last = showing(hours.zone, _midnight(day) + timedelta(seconds=window.end))
                    self._add(first, last)

    def _add(self, first: int, last: int) -> None:
        known = range(len(self.minutes))[max(first - self.first, 0) : max(last - self.first, 0)]
        self.minutes[known.start : known.stop] = b"\1" * len(known)

    def throughout(self, first: int, last: int) -> bool:
        return all(self.minutes[first - self.first : last - self.first])

    def since(self, minute: int) -> int:
        """The first of the open minutes that lead to `minute` without a gap."""
        return self.minutes.rfind(b"\0", 0, minute - self.first) + 1 + self.first


def wall(zone: ZoneInfo, minute: int) -> datetime:
    """What the clocks of `zone` show at the `minute` since 1970."""
    return datetime.fromtimestamp(minute * MINUTE, zone).replace(tzinfo=None)


@lru_cache(maxsize=100_000)
def showing(zone: ZoneInfo, shown: datetime) -> tuple[int, int]:
    """The first and the last minute at which the clocks show `shown` (rule 2).

    No clock changes twice within three days, so its offset is that of a day and a half before
    or after. If neither fits, the clocks skip `shown`, and the gap ends once they first show
    anything later.
    """
    minute = int(shown.replace(tzinfo=UTC).timestamp()) // MINUTE
    around = (minute - 3 * DAY // 2, minute + 3 * DAY // 2)
    possible = sorted(minute - _offset(zone, each) for each in around)
    found = [minute for minute in possible if wall(zone, minute) == shown]
    if not found:
        minute = possible[0]
        while wall(zone, minute) < shown:
            minute += 1
        return minute, minute
    return found[0], found[-1]


def _offset(zone: ZoneInfo, minute: int) -> int:
    """By how many minutes the clocks of `zone` are ahead of UTC."""
    return (wall(zone, minute) - wall(ZoneInfo("UTC"), minute)) // timedelta(minutes=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 -- what clocks show has no zone


def _days(zone: ZoneInfo, start: int, end: int) -> Iterator[date]:
    day = datetime.fromtimestamp(start, zone).date() - timedelta(days=PADDING)
    last = datetime.fromtimestamp(end, zone).date() + timedelta(days=1)
    while day <= last:
        yield day
        day += timedelta(days=1)


def _minutes(spans: list[Span]) -> set[int]:
    return {minute for span in spans for minute in range(span.start // MINUTE, span.end // MINUTE)}


def _valid(window: WeeklyWindow, day: date) -> bool:
    return window.valid_from <= day <= window.valid_until


def _closed_by_days_off(hours: Hours, start: int, end: int) -> set[int]:
    return {
        minute
        for minute in range(start // MINUTE, end // MINUTE + 1)
        if wall(hours.zone, minute).date() in hours.days_off
    }


def _anchor(began: int, midnights: list[int], minute: int) -> int:
    """The minute from which the grid of an open `minute` is laid (rule 6).

    That is where its window `began`, until the window has been open for 366 days; from the next
    local midnight on it is the latest of the `midnights`.
    """
    renewed = [each for each in midnights if began + LONGEST_GRID <= each <= minute]
    return max(renewed, default=began)
