"""Which of the things shown was meant: by number, by place in the list, by time, by name."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from re import Match, Pattern

from coachbot.chat.dialog.dates import grammar
from coachbot.chat.dialog.dates.days import number
from coachbot.chat.dialog.dates.readings import Found
from coachbot.chat.dialog.reading import Reading
from coachbot.chat.dialog.state import Option
from coachbot.chat.dialog.when import When
from coachbot.chat.vocabulary.language import Act, Vocabulary

# Said around a number, these do not make it another thing.
AROUND = (Act.BOOK, Act.CANCEL, Act.MOVE, Act.YES, Act.THANKS, Act.GREETING)


def numbered(reading: Reading) -> int | None:
    """The number that is all there is to the message; 0 is the last. "After 3" is a time."""
    if reading.windows:
        return None
    left = _bare(reading)
    for pattern in _picks(reading.vocabulary):
        if match := pattern.fullmatch(left):
            return _number(match, reading)
    return None


def mentioned(reading: Reading) -> int | None:
    """A number said by the way: "move the second one to Monday"."""
    alone = numbered(reading)
    if alone is not None:
        return alone
    # A bare number by the way may be anything.
    for pattern in _picks(reading.vocabulary)[:-1]:
        if match := pattern.search(reading.text):
            return _number(match, reading)
    return None


def at(options: Sequence[Option], place: int) -> Option | None:
    """The option numbered `place`, from 1; 0 is the last."""
    if not options or place > len(options):
        return None
    return options[place - 1]


def at_that_time(options: Sequence[Option], reading: Reading) -> Option | None:
    """The only one that begins at the very time that was said; on the day, if one was said."""
    wanted = reading.when()
    if wanted is None or not wanted.exact:
        return None
    if wanted.day_assumed:
        fitting = [
            option
            for option in options
            if option.starts_at.astimezone(reading.zone).time() == wanted.from_time
        ]
    else:
        fitting = [o for o in options if o.starts_at == wanted.starts_at(reading.zone)]
    return fitting[0] if len(fitting) == 1 else None


def described(options: Sequence[Option], reading: Reading, wanted: When | None) -> Option | None:
    """The only one that fits reference, day, time and names, if any of these was said."""
    if not (wanted or reading.named or reading.reference):
        return None
    fitting = [option for option in options if _fits(option, reading, wanted)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(option: Option, reading: Reading, wanted: When | None) -> bool:
    specialists = [name.key for name in reading.named.specialists]
    services = [name.key for name in reading.named.services]
    return (
        (reading.reference is None or option.reference == reading.reference)
        and (not specialists or option.specialist in specialists)
        and (not services or option.service in services)
        and (wanted is None or _within(option.starts_at, wanted, reading))
    )


def _within(moment: datetime, wanted: When, reading: Reading) -> bool:
    return wanted.on_any_day().holds(moment, reading.zone)


def _bare(reading: Reading) -> str:
    left = reading.words
    for act in AROUND:
        left = reading.phrase(act).sub(" ", left)
    return " ".join(word for word in left.split() if word not in reading.vocabulary.filler)


def _number(match: Match[str], reading: Reading) -> int | None:
    groups = match.groupdict()
    text = groups.get("count") or groups.get("ordinal") or ""
    if text in reading.vocabulary.ordinals:
        return reading.vocabulary.ordinals[text]
    # 0 is nothing that anybody numbers: no such option.
    return number(text, Found(reading.vocabulary, reading.now)) or None


@cache
def _picks(vocabulary: Vocabulary) -> tuple[Pattern[str], ...]:
    return tuple(grammar.whole(template, vocabulary) for template in vocabulary.picks)
