"""One message read as a whole: acts, names, times, numbers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cache
from itertools import pairwise
from re import Pattern

from coachbot.chat.dialog import names
from coachbot.chat.dialog.catalogue import Catalogue
from coachbot.chat.dialog.dates import fallback, grammar
from coachbot.chat.dialog.dates.combine import when
from coachbot.chat.dialog.dates.readings import Days, Found, Window
from coachbot.chat.dialog.names import Named
from coachbot.chat.dialog.spelling import mended, plain
from coachbot.chat.dialog.when import When
from coachbot.chat.vocabulary.language import Act, Vocabulary

TIME_TOKEN = re.compile(r"§([dw])(\d)")
TOKEN = re.compile(r"§\w+")
COURTESIES = {Act.GREETING: "§g0", Act.GOODBYE: "§b0"}
# "don't cancel", "do not please cancel"
REACH = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """`words` is the text in plain words, `text` the same with tokens for what was read; `rest`,
    the words that nothing was made of. `days` and `windows` are the time wanted, `booking_days`
    and `booking_windows` that of a booking to move."""

    words: str
    text: str
    acts: frozenset[Act]
    rest: tuple[str, ...]
    named: Named
    reference: str | None
    minutes: int | None
    shift_minutes: int | None
    is_question: bool
    days: tuple[Days, ...]
    windows: tuple[Window, ...]
    booking_days: tuple[Days, ...]
    booking_windows: tuple[Window, ...]
    now: datetime
    zone: tzinfo
    vocabulary: Vocabulary

    def when(self, base: date | None = None) -> When | None:
        return when(self.days, self.windows, now=self.now, zone=self.zone, base=base)

    def booking_when(self) -> When | None:
        return when(self.booking_days, self.booking_windows, now=self.now, zone=self.zone)

    def has(self, *acts: Act) -> bool:
        return not self.acts.isdisjoint(acts)

    def phrase(self, act: Act) -> Pattern[str]:
        return _phrases(self.vocabulary)[act]

    @property
    def says_time(self) -> bool:
        return bool(self.days or self.windows or self.booking_days or self.booking_windows)

    @property
    def unknown_name(self) -> bool:
        """Somebody or something was wanted whom the catalogue does not know: "the dentist"."""
        words = self.text.split()
        return any(
            word in self.rest and before in self.vocabulary.name_words
            for before, word in pairwise(words)
        )

    @property
    def is_bare(self) -> bool:
        """Nothing but acts: no name, no time, no word that was not understood."""
        return not (
            self.rest or self.named or self.says_time or self.reference or self.minutes is not None
        )


def read(
    text: str, *, now: datetime, zone: tzinfo, vocabulary: Vocabulary, catalogue: Catalogue
) -> Reading:
    known = names.directory(catalogue, vocabulary)
    said = _mended(plain(text, vocabulary), vocabulary, known.words)
    words, reference = names.reference(said, vocabulary)
    words, named = names.find(_courteous(words, vocabulary), known, vocabulary)
    found = Found(vocabulary, now.astimezone(zone), moving=_says(Act.MOVE, words, vocabulary))
    words = grammar.rewrite(words, found)
    words = words if found.days else fallback.rewrite(words, found)
    booking, target = _split(words, found)
    acts, rest = _acts(words, vocabulary)
    return Reading(
        words=said,
        text=words,
        acts=acts,
        rest=rest,
        named=named,
        reference=reference,
        shift_minutes=found.shifts[0] if found.shifts else None,
        is_question="?" in text,
        minutes=found.minutes[0] if found.minutes else None,
        days=tuple(found.days[i] for kind, i in target if kind == "d"),
        windows=tuple(found.windows[i] for kind, i in target if kind == "w"),
        booking_days=tuple(found.days[i] for kind, i in booking if kind == "d"),
        booking_windows=tuple(found.windows[i] for kind, i in booking if kind == "w"),
        now=now,
        zone=zone,
        vocabulary=vocabulary,
    )


def _mended(words: str, vocabulary: Vocabulary, names: frozenset[str]) -> str:
    return mended(words, vocabulary.words | names, vocabulary.mendable | names)


def _courteous(words: str, vocabulary: Vocabulary) -> str:
    """ "Good morning" says no time."""
    for act, token in COURTESIES.items():
        words = _phrases(vocabulary)[act].sub(token, words)
    return words


def _split(words: str, found: Found) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Times of the booking that is moved, and the time that is wanted."""
    if not found.moving:
        return [], _tokens(words)
    patterns = _moves(found.vocabulary)
    verb = _phrases(found.vocabulary)[Act.MOVE].search(words)
    if match := patterns["instead"].search(words):
        return _tokens(words[match.start() :]), _tokens(words[: match.start()])
    # "I need to move": not that "to". A verb that ends the message tells nothing of the order.
    after = verb.end() if verb and TIME_TOKEN.search(words, verb.end()) else 0
    if match := patterns["target"].search(words, after):
        return _tokens(words[: match.start()]), _tokens(words[match.start() :])
    # "my friday appointment": whatever comes after it is not about it.
    if (match := patterns["named"].search(words)) and TIME_TOKEN.search(words, match.end()):
        return _tokens(words[: match.end()]), _tokens(words[match.end() :])
    if patterns["booking"].search(words):
        return _tokens(words), []
    return [], _tokens(words)


def _tokens(words: str) -> list[tuple[str, int]]:
    return [(match[1], int(match[2])) for match in TIME_TOKEN.finditer(words)]


@cache
def _moves(vocabulary: Vocabulary) -> Mapping[str, Pattern[str]]:
    to = "|".join(sorted(vocabulary.to_words))
    instead = "|".join(sorted(vocabulary.instead_words))
    booking = "|".join(sorted(vocabulary.booking_words))
    return {
        "instead": re.compile(rf"(?<!\S)(?:{instead})(?!\S)"),
        "target": re.compile(rf"(?<!\S)(?:{to}) (?:\S+ ){{0,2}}?§[dw]\d"),
        "named": re.compile(rf"§[dw]\d (?:\S+ )?(?:{booking}|§n)"),
        "booking": re.compile(
            rf"§[dw]\d (?:\S+ )?(?:{booking}|§n)|(?:{booking}|§n) (?:\S+ ){{0,2}}?§[dw]\d"
        ),
    }


def _says(act: Act, words: str, vocabulary: Vocabulary) -> bool:
    return _phrases(vocabulary)[act].search(words) is not None


def _acts(words: str, vocabulary: Vocabulary) -> tuple[frozenset[Act], tuple[str, ...]]:
    """What the phrases do, those after a "don't" left out; and the words that are in none."""
    acts = {act for act, token in COURTESIES.items() if token in words}
    left = list(words)
    for act, pattern in _phrases(vocabulary).items():
        if any(
            not _denied(act, words[: match.start()], vocabulary)
            for match in pattern.finditer(words)
        ):
            acts.add(act)
        for match in pattern.finditer(words):
            left[match.start() : match.end()] = " " * len(match[0])
    rest = TOKEN.sub(" ", "".join(left)).split()
    return frozenset(acts), tuple(word for word in rest if word not in vocabulary.filler)


def _denied(act: Act, before: str, vocabulary: Vocabulary) -> bool:
    if act not in (Act.CANCEL, Act.MOVE, Act.BOOK, Act.YES, Act.START_OVER):
        return False
    near = " ".join(before.split()[-REACH:])
    return _phrases(vocabulary)[Act.NOT].search(near) is not None


@cache
def _phrases(vocabulary: Vocabulary) -> Mapping[Act, Pattern[str]]:
    return {
        act: grammar.whole("|".join(patterns), vocabulary)
        for act, patterns in vocabulary.phrases.items()
    }
