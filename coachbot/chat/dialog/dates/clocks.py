"""How each rule about times of day and durations is read."""

import re
from collections.abc import Callable
from datetime import time
from re import Match

from coachbot.chat.dialog.dates.days import number
from coachbot.chat.dialog.dates.readings import Clock, Found, Kind, Window
from coachbot.chat.vocabulary.language import Rule

HOUR = 60
HALF_DAY = 12 * HOUR
WHOLE_DAY = 24 * HOUR
LONGEST = WHOLE_DAY
MINUTES_OF = {
    "minute": 1,
    "hour": HOUR,
    "day": WHOLE_DAY,
    "week": 7 * WHOLE_DAY,
    "fortnight": 14 * WHOLE_DAY,
    "month": 28 * WHOLE_DAY,
}
NOON = Clock(HALF_DAY)
MIDNIGHT = Clock(WHOLE_DAY)
# "early" and "late" leave this much of a part of the day.
EDGE_MINUTES = 180
RAW = re.compile(r"(\d{1,2})(?::(\d{2}))? ?(\D*)")


def clock(match: Match[str], found: Found) -> Clock | None:
    groups = match.groupdict()
    hour = number(match["hour"], found)
    minute = number(groups.get("minute") or "0", found)
    return _clock(match["hour"], hour, minute or 0, _half(groups, found))


def clock_past(match: Match[str], found: Found) -> Clock | None:
    return _beside(match, found, sign=1)


def clock_to(match: Match[str], found: Found) -> Clock | None:
    """Not "move it from 10 to 2"."""
    if found.moving and match["minute"].isdecimal():
        return None
    return _beside(match, found, sign=-1)


def clock_by_part(match: Match[str], found: Found) -> Clock | None:
    """ "7 in the evening" is 19:00."""
    said = of(match["clock"], found)
    return said and in_part(said, found.vocabulary.parts[match["part"]])


def noon(_match: Match[str], _found: Found) -> Clock:
    return NOON


def midnight(_match: Match[str], _found: Found) -> Clock:
    return MIDNIGHT


def between(match: Match[str], found: Found) -> Window | None:
    first, second = of(match["start"], found), of(match["end"], found)
    if first is None or second is None or found.moving:
        return None
    return Window(Kind.BETWEEN, first, second)


def _window(kind: Kind) -> Callable[[Match[str], Found], Window | None]:
    def read(match: Match[str], found: Found) -> Window | None:
        said = of(match["clock"], found)
        return Window(kind, said) if said else None

    return read


def after_part(match: Match[str], found: Found) -> Window:
    """After lunch: from its end on."""
    end = found.vocabulary.parts[match["part"]][1]
    return Window(Kind.AFTER, Clock(_minutes(end) or WHOLE_DAY - HOUR))


def before_part(match: Match[str], found: Found) -> Window:
    return Window(Kind.BEFORE, Clock(_minutes(found.vocabulary.parts[match["part"]][0])))


def part(match: Match[str], found: Found) -> Window:
    start, end = found.vocabulary.parts[match["part"]]
    which = found.vocabulary.edges.get(match["edge"] or "")
    return Window(Kind.PART, part=_edge(start, end, which))


def duration(match: Match[str], found: Found) -> int | None:
    vocabulary = found.vocabulary
    whole = vocabulary.unit_minutes.get(match["count"])
    if whole:
        return whole
    unit = vocabulary.units[match.groupdict().get("unit") or ""]
    count = _count(match["count"], found)
    minutes = int(count * MINUTES_OF[unit])
    return minutes if 0 < minutes <= LONGEST else None


def shift(match: Match[str], found: Found) -> int:
    """Minutes by which something is moved, below zero for earlier."""
    words = found.vocabulary
    minutes = words.unit_minutes.get(match["count"])
    if minutes is None:
        count, unit = match["count"].rsplit(" ", 1)
        minutes = int(_count(count, found) * MINUTES_OF[words.units[unit]])
    return -minutes if match["earlier"] else minutes


def of(text: str, found: Found) -> Clock | None:
    """The clock of a token, of digits, or of a word."""
    if text.startswith("§"):
        return found.clocks[int(text[-1])]
    if raw := RAW.fullmatch(text):
        half = found.vocabulary.halves.get(raw[3])
        return _clock(raw[1], int(raw[1]), int(raw[2] or 0), half)
    return _clock(text, number(text, found), 0, None)


def in_part(said: Clock, part: tuple[time, time]) -> Clock | None:
    """`said` as a time within `part` where one of its two readings is, else as it was."""
    if said.sure:
        return said
    start, end = _minutes(part[0]), _minutes(part[1]) or WHOLE_DAY
    for minutes in (said.minutes, said.minutes + HALF_DAY):
        if start <= minutes <= end:
            return Clock(minutes)
    return said


def _clock(written: str, hour: int | None, minute: int, half: int | None) -> Clock | None:
    if hour is None or hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    if half is not None:
        return Clock((hour % 12 + half) * HOUR + minute) if 1 <= hour <= 12 else None
    if hour > 12 or hour == 0 or written.startswith("0"):
        return Clock(hour * HOUR + minute)
    return Clock(hour % 12 * HOUR + minute, sure=False)


def _half(groups: dict[str, str | None], found: Found) -> int | None:
    return found.vocabulary.halves.get(groups.get("half") or "")


def _beside(match: Match[str], found: Found, *, sign: int) -> Clock | None:
    words = match["minute"].removesuffix(" minutes")
    minute, hour = number(words, found), number(match["hour"], found)
    said = _clock(match["hour"], hour, 0, None)
    if said is None or minute is None or minute > 59:
        return None
    within = HALF_DAY if not said.sure else WHOLE_DAY
    return Clock((said.minutes + sign * minute) % within, said.sure)


def _count(text: str, found: Found) -> float:
    written = text.replace(",", ".")
    try:
        return float(written)
    except ValueError:
        return number(text, found) or 0


def _edge(start: time, end: time, which: str | None) -> tuple[time, time]:
    first, last = _minutes(start), _minutes(end) or WHOLE_DAY
    if which == "start":
        last = min(last, first + EDGE_MINUTES)
    elif which == "end":
        first = max(first, last - EDGE_MINUTES)
    return as_time(first), as_time(last)


def _minutes(at: time) -> int:
    return at.hour * HOUR + at.minute


def as_time(minutes: int) -> time:
    return time(minutes // HOUR % 24, minutes % HOUR)


CLOCKS: dict[Rule, Callable[[Match[str], Found], Clock | None]] = {
    Rule.CLOCK: clock,
    Rule.CLOCK_PAST: clock_past,
    Rule.CLOCK_TO: clock_to,
    Rule.CLOCK_BY_PART: clock_by_part,
    Rule.NOON: noon,
    Rule.MIDNIGHT: midnight,
}
WINDOWS: dict[Rule, Callable[[Match[str], Found], Window | None]] = {
    Rule.BETWEEN: between,
    Rule.AFTER: _window(Kind.AFTER),
    Rule.BEFORE: _window(Kind.BEFORE),
    Rule.AROUND: _window(Kind.AROUND),
    Rule.AT: _window(Kind.AT),
    Rule.AFTER_PART: after_part,
    Rule.BEFORE_PART: before_part,
    Rule.PART: part,
}
