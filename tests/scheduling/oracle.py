"""Rules 1 to 8 of docs/domain.md once more, minute by minute: slow, plain, in whole minutes.

It shares nothing with `scheduling.slots` but the classes that carry its operands.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from scheduling.slots import Hours, Span, Terms, WeeklyWindow

MINUTE = 60
QUARTER_HOUR = timedelta(minutes=15)
FORTNIGHT = 14 * 24 * 60
# As far as anything before an instant can bear on it: a fortnight, the rest of the day on which
# it ends, and a day in reserve; in days.
PADDING = 17


def free_slots(hours: Hours, terms: Terms, *, start: int, end: int, now: int) -> list[Span]:
    """What `scheduling.slots.free_slots` should say, if every operand is in whole minutes."""
    duration, step = terms.duration // MINUTE, terms.step // MINUTE
    before, after = terms.buffer_before // MINUTE, terms.buffer_after // MINUTE
    days = list(_days(hours.zone, start, end + terms.duration))
    opened, blocked, taken = _open(hours, days), _minutes(hours.blocked), _minutes(hours.occupied)
    closed = blocked | _closed_by_days_off(hours, start, end + terms.duration)
    anchors = _anchors(opened, {showing(hours.zone, _midnight(day))[0] for day in days})
    return [
        Span(minute * MINUTE, (minute + duration) * MINUTE)
        for minute in range(start // MINUTE, end // MINUTE)
        if minute in opened
        and (minute - anchors[minute]) % step == 0
        and opened.issuperset(range(minute, minute + duration))
        and closed.isdisjoint(range(minute, minute + duration))
        and taken.isdisjoint(range(minute - before, minute + duration + after))
        and now + terms.min_notice <= minute * MINUTE <= now + terms.max_advance
    ]


@cache
def wall(zone: ZoneInfo, minute: int) -> datetime:
    """What the clocks of `zone` show at the `minute` since 1970."""
    return datetime.fromtimestamp(minute * MINUTE, zone).replace(tzinfo=None)


@cache
def showing(zone: ZoneInfo, shown: datetime) -> tuple[int, int]:
    """The first and the last minute at which the clocks show `shown` (rule 2).

    Clocks differ from UTC by whole quarters of an hour, so every difference can be tried. If
    none fits, the clocks skip `shown`, and the gap ends once they first show anything later.
    """
    minute = int(shown.replace(tzinfo=UTC).timestamp()) // MINUTE
    possible = range(minute - 15 * 60, minute + 13 * 60, 15)
    found = [minute for minute in possible if wall(zone, minute) == shown]
    if not found:
        minute = possible.start
        while wall(zone, minute) < shown:
            minute += 1
        return minute, minute
    return found[0], found[-1]


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


def _open(hours: Hours, days: list[date]) -> set[int]:
    """The minutes of rules 1 to 3."""
    opened = _minutes(hours.opened)
    for day in days:
        for window in hours.weekly:
            if day.weekday() == window.weekday and _valid(window, day):
                first, _ = showing(hours.zone, _midnight(day) + timedelta(seconds=window.start))
                _, last = showing(hours.zone, _midnight(day) + timedelta(seconds=window.end))
                opened.update(range(first, last))
    return opened


def _valid(window: WeeklyWindow, day: date) -> bool:
    return window.valid_from <= day <= window.valid_until


def _closed_by_days_off(hours: Hours, start: int, end: int) -> set[int]:
    return {
        minute
        for minute in range(start // MINUTE, end // MINUTE + 1)
        if wall(hours.zone, minute).date() in hours.days_off
    }


def _anchors(opened: set[int], midnights: set[int]) -> dict[int, int]:
    """For every open minute the one from which its grid is laid (rule 6).

    That is where its window begins, until the window has been open for a fortnight; from the
    next local midnight on it is the latest local midnight.
    """
    began: dict[int, int] = {}
    anchors: dict[int, int] = {}
    for minute in sorted(opened):
        goes_on = minute - 1 in opened
        began[minute] = began[minute - 1] if goes_on else minute
        renewed = minute in midnights and minute >= began[minute] + FORTNIGHT
        anchors[minute] = anchors[minute - 1] if goes_on and not renewed else minute
    return anchors
