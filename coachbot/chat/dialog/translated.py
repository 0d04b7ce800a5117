"""A message that somebody else has put into plain terms, read by the rules of all messages.

There is no term for a yes: what waits for one is settled by the client's own words alone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, tzinfo
from enum import StrEnum

from coachbot.chat.dialog import answers, gathering, names, shown, topics
from coachbot.chat.dialog.catalogue import Catalogue
from coachbot.chat.dialog.dates.clocks import HOUR
from coachbot.chat.dialog.dates.readings import Clock, Days, Kind, Window
from coachbot.chat.dialog.gathering import Turn
from coachbot.chat.dialog.names import Named
from coachbot.chat.dialog.reading import Reading, read
from coachbot.chat.dialog.spelling import plain
from coachbot.chat.dialog.state import State
from coachbot.chat.vocabulary.language import Act, Vocabulary

REFERENCE = re.compile(rf"[{names.REFERENCE_ALPHABET.upper()}]{{{names.REFERENCE_LENGTH}}}")


class Task(StrEnum):
    """What is wanted. That nothing more can be is why none of it is dangerous."""

    FIND_FREE_TIME = "find_free_time"
    BOOK = "book"
    MY_BOOKINGS = "my_bookings"
    MOVE_BOOKING = "move_booking"
    CANCEL_BOOKING = "cancel_booking"
    OPENING_HOURS = "opening_hours"
    PRICES = "prices"


Rule = Callable[[State, Reading], Turn | None]
# The first rule that answers has the word, as in `turns`.
RULES: dict[Task, tuple[Act, tuple[Rule, ...]]] = {
    Task.FIND_FREE_TIME: (Act.LOOK, (gathering.search,)),
    Task.BOOK: (Act.BOOK, (shown.pick_slot, gathering.search)),
    Task.MY_BOOKINGS: (Act.LIST, (topics.list_bookings,)),
    Task.MOVE_BOOKING: (Act.MOVE, (topics.move,)),
    Task.CANCEL_BOOKING: (Act.CANCEL, (topics.cancel,)),
    Task.OPENING_HOURS: (Act.HOURS, (topics.opening_hours,)),
    Task.PRICES: (Act.PRICES, (topics.prices,)),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """Names are texts, looked up like those that clients write. `number` is of what was shown,
    `start_time` the very start that is wanted; the last two are of the booking as it is now."""

    number: int | None = None
    reference: str = ""
    service: str = ""
    specialist: str = ""
    specialization: str = ""
    minutes: int | None = None
    from_date: date | None = None
    until_date: date | None = None
    start_time: time | None = None
    from_time: time | None = None
    until_time: time | None = None
    earliest: bool = False
    next_booking: bool = False
    booking_date: date | None = None
    booking_time: time | None = None


def translated(
    state: State,
    task: Task,
    terms: Terms,
    *,
    now: datetime,
    zone: tzinfo,
    vocabulary: Vocabulary,
    catalogue: Catalogue,
) -> Turn | None:
    """What the dialog makes of `terms`; None if they name what there is not."""
    known = names.directory(catalogue, vocabulary)
    named = _named(terms, known, vocabulary)
    if named is None or not _holds(state, task, terms):
        return None
    act, rules = RULES[task]
    said = "" if terms.number is None else str(terms.number)
    reading = replace(
        read("", now=now, zone=zone, vocabulary=vocabulary, catalogue=catalogue),
        words=said,
        text=said,
        acts=frozenset({act, *_more_acts(terms)}),
        named=named,
        reference=_plain_reference(terms.reference) or None,
        minutes=terms.minutes,
        days=_days(terms.from_date, terms.until_date),
        windows=_windows(terms.start_time, terms.from_time, terms.until_time),
        booking_days=_days(terms.booking_date, None),
        booking_windows=_windows(terms.booking_time),
    )
    return next((turn for rule in rules if (turn := rule(state, reading))), None)


def _holds(state: State, task: Task, terms: Terms) -> bool:
    """Whether number, reference and dates can be meant at all."""
    options = state.slots if task is Task.BOOK else state.bookings
    if terms.number is not None and answers.at(options, terms.number) is None:
        return False
    if terms.reference and not REFERENCE.fullmatch(_plain_reference(terms.reference)):
        return False
    if terms.until_date is None:
        return True
    return terms.from_date is not None and terms.from_date <= terms.until_date


def _named(terms: Terms, known: names.Directory, vocabulary: Vocabulary) -> Named | None:
    """None if something is named that is not in the catalogue."""
    what = f"{terms.service} {terms.specialization}".strip()
    text = plain(f"{what} {terms.specialist}", vocabulary)
    _, named = names.find(text, known, vocabulary)
    if what and not (named.services or named.specialization):
        return None
    if terms.specialist and not named.specialists:
        return None
    return named


def _more_acts(terms: Terms) -> list[Act]:
    acts = {Act.EARLIEST: terms.earliest, Act.NEXT_BOOKING: terms.next_booking}
    return [act for act, is_meant in acts.items() if is_meant]


def _plain_reference(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def _days(first: date | None, last: date | None) -> tuple[Days, ...]:
    return (Days(first, last or first),) if first else ()


def _windows(
    at: time | None, start: time | None = None, end: time | None = None
) -> tuple[Window, ...]:
    if at:
        return (Window(Kind.AT, _clock(at)),)
    if start and end:
        return (Window(Kind.BETWEEN, _clock(start), _clock(end)),)
    if start:
        return (Window(Kind.AFTER, _clock(start)),)
    return (Window(Kind.BEFORE, _clock(end)),) if end else ()


def _clock(at: time) -> Clock:
    return Clock(at.hour * HOUR + at.minute)
