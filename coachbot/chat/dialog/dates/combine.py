"""Puts days and times of day together: one When, with what is odd about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from coachbot.chat.dialog.dates.clocks import HALF_DAY, HOUR, WHOLE_DAY, as_time, in_part
from coachbot.chat.dialog.dates.days import narrowed
from coachbot.chat.dialog.dates.readings import Clock, Days, Kind, Window
from coachbot.chat.dialog.when import DAY, MIDNIGHT, Problem, When, exists, instant, occurs_twice

# Without "am" or "pm", hours before that are meant after noon: people book by day.
FIRST_HOUR = 7
AROUND = 60


@dataclass(frozen=True, slots=True)
class Times:
    """Minutes after midnight; `end` is that of the day unless said otherwise."""

    start: int = 0
    end: int = WHOLE_DAY
    exact: bool = False
    guessed: bool = False


def when(
    days: Sequence[Days],
    windows: Sequence[Window],
    *,
    now: datetime,
    zone: tzinfo,
    base: date | None = None,
) -> When | None:
    """None if nothing was said. `base` is the day that is talked about, where none is named; else
    it is today, or tomorrow when it is too late today."""
    if not days and not windows:
        return None
    times = _times(windows)
    chosen = narrowed(days) if days else _default(times, now.astimezone(zone), base)
    made = _built(_not_over(chosen, times, now, zone), times)
    return checked(replace(made, day_assumed=not days), now=now, zone=zone)


def resolved(said: Clock) -> tuple[int, bool]:
    """Minutes after midnight, and whether that was guessed."""
    if said.sure or said.minutes >= FIRST_HOUR * HOUR:
        return said.minutes, False
    # 12 without more is noon, and nobody would say it otherwise.
    return said.minutes + HALF_DAY, said.minutes >= HOUR


def _times(windows: Sequence[Window]) -> Times:
    part = next((window.part for window in windows if window.part), None)
    said = [window for window in windows if window.first]
    kinds = {window.kind: window for window in said}
    if Kind.AFTER in kinds and Kind.BEFORE in kinds:
        after, before = kinds[Kind.AFTER].first, kinds[Kind.BEFORE].first
        return _time(Window(Kind.BETWEEN, after, before), part)
    if said:
        return _time(said[0], part)
    if part:
        return Times(_minutes(part[0]), _minutes(part[1]) or WHOLE_DAY)
    return Times()


def _time(window: Window, part: tuple[time, time] | None) -> Times:
    first = window.first or Clock(0)
    if part:
        first = in_part(first, part) or first
    if window.kind is Kind.BETWEEN and window.second:
        return _between(first, window.second)
    minutes, guessed = resolved(first)
    if window.kind is Kind.AFTER:
        return Times(start=minutes, end=_part_end(minutes, part), guessed=guessed)
    if window.kind is Kind.BEFORE:
        return Times(start=_part_start(minutes, part), end=minutes, guessed=guessed)
    if window.kind is Kind.AROUND:
        return Times(max(minutes - AROUND, 0), min(minutes + AROUND, WHOLE_DAY), guessed=guessed)
    return Times(start=minutes, exact=True, guessed=guessed)


def _between(first: Clock, second: Clock) -> Times:
    """ "5-7pm" is said of both; "9 to 5" ends after it began."""
    if second.sure and not first.sure:
        fitting = [m for m in _readings(first) if m < second.minutes]
        start, guessed = (max(fitting), False) if fitting else resolved(first)
    else:
        start, guessed = resolved(first)
    end = next((m for m in _readings(second) if m > start), WHOLE_DAY)
    return Times(start=start, end=end, guessed=guessed)


def _readings(said: Clock) -> list[int]:
    return [said.minutes] if said.sure else [said.minutes, said.minutes + HALF_DAY]


def _part_end(start: int, part: tuple[time, time] | None) -> int:
    end = (_minutes(part[1]) or WHOLE_DAY) if part else WHOLE_DAY
    return end if end > start else WHOLE_DAY


def _part_start(end: int, part: tuple[time, time] | None) -> int:
    start = _minutes(part[0]) if part else 0
    return start if start < end else 0


def _default(times: Times, local: datetime, base: date | None) -> Days:
    if base:
        return Days.one(base)
    passed = local.hour * HOUR + local.minute
    over = (times.start if times.exact else times.end) <= passed
    return Days.one(local.date() + DAY * over)


def _not_over(days: Days, times: Times, now: datetime, zone: tzinfo) -> Days:
    """A weekday whose time is over today is the one in a week."""
    local = now.astimezone(zone)
    passed = local.hour * HOUR + local.minute
    over = (times.start if times.exact else times.end) <= passed
    if days.weekday and days.is_one and days.first == local.date() and over:
        return replace(Days.one(days.first + timedelta(days=7)), weekday=True)
    return days


def _built(days: Days, times: Times) -> When:
    # Midnight ends a day: "tomorrow at midnight" is the first minute of the day after.
    shift = DAY * (times.exact and times.start == WHOLE_DAY)
    return When(
        first_on=days.first + shift,
        last_on=days.last + shift,
        from_time=as_time(times.start % WHOLE_DAY),
        until_time=MIDNIGHT if times.exact else as_time(times.end),
        exact=times.exact,
        weekdays=days.weekdays,
        problem=days.problem,
        other_on=days.other,
        guessed=times.guessed,
    )


def checked(made: When, *, now: datetime, zone: tzinfo) -> When:
    """`made` with what is odd about it."""
    problem = made.problem or _problem(made, now, zone)
    return replace(made, problem=problem) if problem else made


def _problem(made: When, now: datetime, zone: tzinfo) -> Problem | None:
    on, at = made.first_on, made.from_time
    if made.exact and made.first_on == made.last_on:
        if not exists(on, at, zone):
            return Problem.TIME_DOES_NOT_EXIST
        if instant(on, at, zone) <= now:
            return Problem.IN_THE_PAST
        return Problem.TIME_OCCURS_TWICE if occurs_twice(on, at, zone) else None
    over = instant(made.last_on + DAY, MIDNIGHT, zone)
    if made.until_time != MIDNIGHT:
        over = instant(made.last_on, made.until_time, zone)
    return Problem.IN_THE_PAST if over <= now else None


def _minutes(at: time) -> int:
    return at.hour * HOUR + at.minute
