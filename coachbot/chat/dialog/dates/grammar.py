"""Rewrites what is said about time into tokens, rule by rule: "tomorrow at 5" is `§d0 §w0`."""

import re
from collections.abc import Iterable
from functools import cache, partial
from re import Match, Pattern

from coachbot.chat.dialog.dates import clocks, days
from coachbot.chat.dialog.dates.readings import Found, Window
from coachbot.chat.vocabulary.language import Rule, Vocabulary

NUMERIC = r"\d{1,3}"


def rewrite(text: str, found: Found) -> str:
    """`text` with tokens where a rule has read something; `found` holds the readings."""
    for rule, pattern in compiled(found.vocabulary):
        text = pattern.sub(partial(_rewritten, found, rule), text)
    return text


@cache
def compiled(vocabulary: Vocabulary) -> tuple[tuple[Rule, Pattern[str]], ...]:
    return tuple((rule, whole(pattern, vocabulary)) for rule, pattern in vocabulary.rules)


def whole(template: str, vocabulary: Vocabulary) -> Pattern[str]:
    """`template` with the vocabulary's words filled in; it matches whole words."""
    for name, words in _placeholders(vocabulary).items():
        template = template.replace("{" + name + "}", words)
    return re.compile(rf"(?<!\S)(?:{template})(?!\S)")


def _rewritten(found: Found, rule: Rule, match: Match[str]) -> str:
    token = _token(rule, match, found)
    return match[0] if token is None else token


def _token(rule: Rule, match: Match[str], found: Found) -> str | None:
    if rule is Rule.DURATION:
        minutes = clocks.duration(match, found)
        return found.minutes_token(minutes) if minutes else None
    if rule is Rule.SHIFT:
        return found.shift_token(clocks.shift(match, found))
    if rule in clocks.CLOCKS:
        return found.clock_token(clocks.CLOCKS[rule](match, found))
    if rule in clocks.WINDOWS:
        return found.window_token(clocks.WINDOWS[rule](match, found))
    read = days.READERS[rule](match, found)
    return found.window_token(read) if isinstance(read, Window) else found.day_token(read)


@cache
def _placeholders(vocabulary: Vocabulary) -> dict[str, str]:
    number = _any(vocabulary.numbers)
    hour = rf"(?:\d{{1,2}}|{_any(word for word, n in vocabulary.numbers.items() if n <= 12)})"
    return {
        "weekday": _any(vocabulary.weekday_words),
        "clear_month": _any(vocabulary.clear_month_words),
        "month": _any(vocabulary.month_words),
        "ordinal": _any(vocabulary.ordinals),
        "day_word": _any(vocabulary.day_words),
        "fraction": _any(vocabulary.fractions),
        "number": number,
        "count": rf"(?:{NUMERIC}|{number}|{_any(vocabulary.some)})",
        "unit_minutes": _any(vocabulary.unit_minutes),
        "unit": _any(vocabulary.units),
        "period": _any(vocabulary.periods),
        "part": _any(vocabulary.parts),
        "edge": _any(vocabulary.edges),
        "half": _any(vocabulary.halves),
        "hour": hour,
        "clock": rf"(?:§c\d|\d{{1,2}}:\d{{2}}|{hour})",
        "date": r"§d\d",
    }


def _any(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(re.escape(word) for word in longest_first) + ")"
