"""What single words about time were read as, before they are put together."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum, auto
from typing import TypeVar

from coachbot.chat.dialog.when import Problem
from coachbot.chat.vocabulary.language import Vocabulary

T = TypeVar("T")
# More than that of one kind is noise, and `§d0` stays one digit.
MOST = 10


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to `last`, both included. `weekday`: only named by it, so a week later will do.
    `other` is a second reading of the same words."""

    first: date
    last: date
    weekdays: tuple[int, ...] = ()
    weekday: bool = False
    other: date | None = None
    problem: Problem | None = None

    @classmethod
    def one(cls, on: date) -> "Days":
        return cls(on, on)

    @property
    def is_one(self) -> bool:
        return self.first == self.last


@dataclass(frozen=True, slots=True)
class Clock:
    """Minutes after midnight. Not `sure`: one of two halves of the day, `minutes` the earlier."""

    minutes: int
    sure: bool = True


class Kind(StrEnum):
    AT = auto()
    AROUND = auto()
    AFTER = auto()
    BEFORE = auto()
    BETWEEN = auto()
    PART = auto()


@dataclass(frozen=True, slots=True)
class Window:
    """A time of day as it was said."""

    kind: Kind
    first: Clock | None = None
    second: Clock | None = None
    part: tuple[time, time] | None = None


@dataclass(slots=True)
class Found:
    """What rewriting has found so far; a token such as `§d0` is an index into these."""

    vocabulary: Vocabulary
    now: datetime  # on the client's wall clock
    moving: bool = False
    days: list[Days] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    minutes: list[int] = field(default_factory=list)
    shifts: list[int] = field(default_factory=list)

    @property
    def today(self) -> date:
        return self.now.date()

    def day_token(self, days: Days | None) -> str | None:
        return None if days is None else _token("d", self.days, days)

    def clock_token(self, clock: Clock | None) -> str | None:
        return None if clock is None else _token("c", self.clocks, clock)

    def window_token(self, window: Window | None) -> str | None:
        return None if window is None else _token("w", self.windows, window)

    def shift_token(self, minutes: int) -> str | None:
        return _token("s", self.shifts, minutes) if minutes else None

    def minutes_token(self, minutes: int) -> str | None:
        return _token("m", self.minutes, minutes)


def _token(letter: str, found: list[T], reading: T) -> str | None:
    if len(found) == MOST:
        return None
    found.append(reading)
    return f"§{letter}{len(found) - 1}"


def sunday_of(on: date) -> date:
    return on + timedelta(days=6 - on.weekday())
