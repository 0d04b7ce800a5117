"""What a language has to say. Everything a client reads or writes in it is in one of these."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from enum import StrEnum, auto
from functools import cached_property

TEMPLATE_SYNTAX = re.compile(r"\(\?P<\w+>|\{\w+\}|\\\w|\(\?[:<!=]+")
Rules = tuple[tuple["Rule", str], ...]


class Act(StrEnum):
    """What a phrase does."""

    YES = auto()
    NO = auto()
    NOT = auto()  # takes back the act that follows: "don't cancel"
    UNSURE = auto()  # neither yes nor no
    DOUBT = auto()  # no yes, whatever else was said
    STOP = auto()
    START_OVER = auto()
    HELP = auto()
    GREETING = auto()
    THANKS = auto()
    GOODBYE = auto()
    BOOK = auto()
    LOOK = auto()
    LIST = auto()
    MOVE = auto()
    CANCEL = auto()
    HOURS = auto()
    PRICES = auto()
    EARLIEST = auto()
    ANY_TIME = auto()
    LATER = auto()
    EARLIER = auto()
    NEXT_DAY = auto()  # after the day that is talked about
    NONE_OF_THESE = auto()
    NEXT_BOOKING = auto()
    THE_ONE = auto()  # what follows picks from what was shown: "the one with Anna"


class Rule(StrEnum):
    """How a pattern of a date or a time is read. Groups that a pattern has to name: in brackets."""

    ISO_DATE = auto()  # year, month, day
    DAY_FIRST = auto()  # day, month [year] as numbers
    EITHER_FIRST = auto()  # first, second [year]: the vocabulary's `date_order` says which
    DAY_MONTH = auto()  # day, month [year]; the month by name
    THE_DAY = auto()  # day
    TODAY = auto()  # "this" before a part of the day
    DAY_WORD = auto()  # word: one of `day_words`
    WEEKDAY = auto()  # weekday
    THIS_WEEKDAY = auto()  # weekday
    NEXT_WEEKDAY = auto()  # weekday
    LAST_WEEKDAY = auto()  # weekday
    WEEK_AFTER = auto()  # weekday
    WORKDAYS = auto()
    WEEK_OF_MONTH = auto()  # ordinal, month
    WEEK_OF = auto()  # date
    IN_COUNT = auto()  # count [unit]: that much from now
    NEXT_COUNT = auto()  # count, unit: from now on for that long
    PERIOD = auto()  # period: this one
    NEXT_PERIOD = auto()  # period
    EDGE = auto()  # edge, period [next]: "end of next week"
    MONTH = auto()  # month
    ALTERNATIVES = auto()  # first, second: "Monday or Tuesday"
    FROM_DAY = auto()  # date; that day is in it
    AFTER_DAY = auto()  # date
    BEFORE_DAY = auto()  # date
    UNTIL_DAY = auto()  # date; that day is in it
    RANGE = auto()  # first, second: "Monday to Wednesday"
    DURATION = auto()  # count, unit
    CLOCK = auto()  # hour [minute, half]
    CLOCK_PAST = auto()  # minute, hour
    CLOCK_TO = auto()  # minute, hour
    CLOCK_BY_PART = auto()  # clock, part: "7 in the evening"
    NOON = auto()
    MIDNIGHT = auto()
    BETWEEN = auto()  # start, end
    AFTER = auto()  # clock
    BEFORE = auto()  # clock
    AROUND = auto()  # clock
    AT = auto()  # clock
    SHIFT = auto()  # count, unit [earlier]: of what is moved
    BEFORE_PART = auto()  # part
    AFTER_PART = auto()  # part
    PART = auto()  # part [edge]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """A language. Words and patterns are lower case, without accents and apostrophes.

    `rules` are tried in order, each rewriting what it matches; in their patterns `{weekday}`,
    `{month}`, `{ordinal}`, `{count}`, `{unit}`, `{period}`, `{part}`, `{edge}`, `{half}`,
    `{day_word}` and `{hour}` stand for the words below, `{clock}` and `{date}` for what was read
    before. `phrases` are patterns too. `picks` name the option by `{count}` or `{ordinal}`.
    """

    code: str
    weekdays: tuple[str, ...]  # as written, Monday first
    months: tuple[str, ...]  # as written, January first
    weekday_words: Mapping[str, int]
    month_words: Mapping[str, int]
    clear_month_words: frozenset[str]  # those that are no other word as well
    day_words: Mapping[str, int]  # days from today
    numbers: Mapping[str, int]
    some: Mapping[str, int]  # counts that are no hours: a, a couple of
    fractions: Mapping[str, int]  # minutes: quarter, half
    ordinals: Mapping[str, int]  # `first` is 1; 0 is the last
    units: Mapping[str, str]  # to minute, hour, day, week, month
    unit_minutes: Mapping[str, int]  # whole phrases: "half an hour"
    periods: Mapping[str, str]  # to week, weekend, month
    parts: Mapping[str, tuple[time, time]]
    edges: Mapping[str, str]  # to start, middle, end
    halves: Mapping[str, int]  # of the day: am 0, pm 12
    rules: Rules
    phrases: Mapping[Act, tuple[str, ...]]
    picks: tuple[str, ...]
    to_words: frozenset[str]  # before the date to which a booking is moved
    instead_words: frozenset[str]  # before the date from which it is moved
    booking_words: frozenset[str]  # "my friday appointment": the date tells which booking
    reference_words: frozenset[str]  # before a reference
    name_words: frozenset[str]  # before who or what is wanted: the, with, for
    generic: frozenset[str]  # words in names of services that tell nothing
    filler: frozenset[str]  # words that change nothing
    suffixes: tuple[str, ...]  # physiotherap-ist, physiotherap-y
    spellings: tuple[tuple[str, str], ...]  # patterns and what they stand for: p.m., pm
    symbols: Mapping[str, str]
    date_order: str  # of 12/3: DMY, MDY, or "" to ask
    sentences: Mapping[str, str]
    examples: tuple[str, ...]
    day_format: str = "{weekday} {day} {month} {year}"
    moment_format: str = "{weekday} {day} {month} {year}, {hour:02}:{minute:02} ({zone})"

    def say(self, key: str, **values: object) -> str:
        """Raises KeyError where the language has no such sentence or a value is missing."""
        return self.sentences[key].format(**values)

    def day(self, on: date) -> str:
        """Tuesday 1 December 2026."""
        return self.day_format.format(
            weekday=self.weekdays[on.weekday()],
            day=on.day,
            month=self.months[on.month - 1],
            year=on.year,
        )

    def moment(self, at: datetime, zone: tzinfo) -> str:
        """Tuesday 1 December 2026, 17:30 (Europe/Berlin): never a time without date and zone. One
        that comes twice, where clocks go back, is told apart: (Europe/Berlin CEST)."""
        local = at.astimezone(zone)
        comes_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        return self.moment_format.format(
            weekday=self.weekdays[local.weekday()],
            day=local.day,
            month=self.months[local.month - 1],
            year=local.year,
            hour=local.hour,
            minute=local.minute,
            zone=f"{zone} {local.tzname()}" if comes_twice else zone,
        )

    @cached_property
    def words(self) -> frozenset[str]:
        """All words of the language that mean something here."""
        return frozenset(word for text in self._texts() for word in re.findall(r"[^\W\d]+", text))

    @cached_property
    def mendable(self) -> frozenset[str]:
        """Those that a word with a slip in it may stand for: "junk" is not June."""
        short = {word for word in self.month_words if len(word) < 5}
        return self.words - short - self.filler

    def stem(self, word: str) -> str:
        """What is left of a noun without its endings, five letters at least."""
        for suffix in self.suffixes:
            if word.endswith(suffix) and len(word) - len(suffix) >= 5:
                return self.stem(word.removesuffix(suffix))
        return word

    def _texts(self) -> Iterator[str]:
        for mapping in (
            self.weekday_words,
            self.month_words,
            self.day_words,
            self.numbers,
            self.some,
            self.fractions,
            self.ordinals,
            self.units,
            self.unit_minutes,
            self.periods,
            self.parts,
            self.edges,
        ):
            yield from mapping
        for words in (self.to_words, self.booking_words, self.reference_words, self.filler):
            yield from words
        yield from self.generic
        for template in (
            *(pattern for _, pattern in self.rules),
            *(pattern for patterns in self.phrases.values() for pattern in patterns),
            *self.picks,
        ):
            # `weekdays?` teaches both forms.
            bare = TEMPLATE_SYNTAX.sub(" ", template)
            yield re.sub(r"(\w)\?", r"\1", bare)
            yield re.sub(r"\w\?", "", bare)
