"""When something is wanted: days, and a time of day, on the client's clocks."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Self

MIDNIGHT = time()
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
FARTHEST_DAYS = 366


class Problem(StrEnum):
    """What is odd about a time; each has a sentence of the same name."""

    TIME_DOES_NOT_EXIST = "time_does_not_exist"  # clocks jump over it: nothing can be booked then
    TIME_OCCURS_TWICE = "time_occurs_twice"  # clocks go back: the first one is meant
    IN_THE_PAST = "in_the_past"
    NO_SUCH_DATE = "no_such_date"  # 31 June
    AMBIGUOUS_DATE = "ambiguous_date"  # 3/4: `When.other_on` is the other reading


@dataclass(frozen=True, slots=True)
class When:
    """Every day from `first_on` to `last_on`, both included, from `from_time` until `until_time`.

    `until_time` midnight is the end of the day. `exact`: the start itself is named, `from_time`
    on `first_on`. `weekdays` (0 = Monday), if any, are the only days meant. Times are of the
    client's wall clock.
    """

    first_on: date
    last_on: date
    from_time: time = MIDNIGHT
    until_time: time = MIDNIGHT
    exact: bool = False
    weekdays: tuple[int, ...] = ()
    problem: Problem | None = None
    other_on: date | None = None
    # "5" became 17:00: say it back with care.
    guessed: bool = False
    # Only a time was said, and the day follows from what was talked about.
    day_assumed: bool = False

    def spans(self, zone: tzinfo) -> tuple[tuple[datetime, datetime], ...]:
        """Half-open spans in UTC in which a start is wanted, one per day; a minute if `exact`."""
        days = (self.last_on - self.first_on).days + 1
        dates = (self.first_on + DAY * day for day in range(days))
        spans = (
            self._span(on, zone)
            for on in dates
            if not self.weekdays or on.weekday() in self.weekdays
        )
        return tuple((start, end) for start, end in spans if start < end)

    def starts_at(self, zone: tzinfo) -> datetime:
        """The first instant of it, in UTC; where `exact`, the very start that was named."""
        return instant(self.first_on, self.from_time, zone)

    def holds(self, moment: datetime, zone: tzinfo) -> bool:
        """Whether something that begins at `moment` is meant."""
        return any(start <= moment < end for start, end in self.spans(zone))

    def on_any_day(self) -> Self:
        """The time alone, where no day was said: "my 3 o'clock" may be on any day to come."""
        if not self.day_assumed:
            return self
        until = self.until_time
        if self.exact:
            until = (datetime.combine(self.first_on, self.from_time) + MINUTE).time()
        last_on = self.first_on + DAY * FARTHEST_DAYS
        return replace(self, last_on=last_on, until_time=until, exact=False, problem=None)

    def _span(self, on: date, zone: tzinfo) -> tuple[datetime, datetime]:
        start = instant(on, self.from_time, zone)
        if self.exact:
            return start, start + MINUTE
        if self.until_time == MIDNIGHT:
            return start, instant(on + DAY, MIDNIGHT, zone)
        return start, instant(on, self.until_time, zone)


def instant(on: date, at: time, zone: tzinfo) -> datetime:
    """UTC of a wall-clock time. One that occurs twice is the first; one that is jumped over is the
    moment at which clocks jump (domain.md, "Clock changes")."""
    wall = datetime.combine(on, at, zone)
    moment = wall.astimezone(UTC)
    if exists(on, at, zone):
        return moment
    # Before the jump the offset is the later one's less the gap: fold 1 lands before, fold 0 after.
    early, late = sorted([moment, wall.replace(fold=1).astimezone(UTC)])
    return _jump(early, late, zone)


def exists(on: date, at: time, zone: tzinfo) -> bool:
    wall = datetime.combine(on, at, zone)
    return wall.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None)


def occurs_twice(on: date, at: time, zone: tzinfo) -> bool:
    wall = datetime.combine(on, at, zone)
    return exists(on, at, zone) and wall.utcoffset() != wall.replace(fold=1).utcoffset()


def _jump(early: datetime, late: datetime, zone: tzinfo) -> datetime:
    """The first instant after `early`, to the second, at which the offset is that of `late`."""
    after = late.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        if middle.astimezone(zone).utcoffset() == after:
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0)
