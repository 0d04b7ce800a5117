"""From a message and a state to an intent and the next state."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, tzinfo

from coachbot.chat.dialog import gathering, shown, topics
from coachbot.chat.dialog.catalogue import Catalogue
from coachbot.chat.dialog.gathering import Turn, go_on_with
from coachbot.chat.dialog.intents import (
    Ask,
    Missing,
    NothingFound,
    Say,
    ShowBookings,
    Talk,
)
from coachbot.chat.dialog.reading import Reading, read
from coachbot.chat.dialog.state import Option, Purpose, State
from coachbot.chat.vocabulary.language import Vocabulary

Rule = Callable[[State, Reading], Turn | None]
# The first that answers has the word.
RULES: tuple[Rule, ...] = (
    topics.start_over,
    shown.confirm,
    shown.hesitate,
    topics.stop,
    topics.help_,
    topics.courtesy,
    shown.choose,
    shown.choose_date,
    topics.move,
    topics.cancel,
    topics.list_bookings,
    topics.opening_hours,
    topics.prices,
    shown.pick_booking,
    shown.pick_slot,
    shown.turn_page,
    shown.reject,
    gathering.search,
    shown.agree,
)


def respond(
    state: State,
    text: str,
    *,
    now: datetime,
    zone: tzinfo,
    vocabulary: Vocabulary,
    catalogue: Catalogue,
) -> Turn:
    """Never raises, whatever the text. `now` is aware; `zone` is the client's."""
    reading = read(text, now=now, zone=zone, vocabulary=vocabulary, catalogue=catalogue)
    if turn := _understood(state, text, reading):
        return turn
    again = topics.open_question(state)
    return Turn(again or Say(Talk.NOT_UNDERSTOOD), state)


def understands(
    state: State,
    text: str,
    *,
    now: datetime,
    zone: tzinfo,
    vocabulary: Vocabulary,
    catalogue: Catalogue,
) -> bool:
    """Whether `respond` would make something of it."""
    reading = read(text, now=now, zone=zone, vocabulary=vocabulary, catalogue=catalogue)
    return _understood(state, text, reading) is not None


def _understood(state: State, text: str, reading: Reading) -> Turn | None:
    if state.pending and state.asked == Missing.REASON:
        return shown.give_reason(state, state.pending, text, reading)
    return next((turn for rule in RULES if (turn := rule(state, reading))), None)


def offered(state: State, slots: Iterable[Option]) -> State:
    """After `Search`: these slots were shown, numbered from 1. None: nothing was free, and what
    was shown before stays, if something was."""
    options = tuple(slots)
    if not options:
        return replace(state, asked=Missing.WHICH_SLOT if state.slots else Missing.WHEN)
    return replace(state, slots=options, bookings=(), pending=None, asked=Missing.WHICH_SLOT)


def listed(state: State, bookings: Iterable[Option], *, zone: tzinfo | None = None) -> Turn:
    """After `FindBookings`: go on with what was found. Wants the state that came with it.

    `zone`, the client's, says on which day a booking is that is moved "to 5"."""
    found = tuple(bookings)
    purpose = state.wish.purpose if state.wish else Purpose.LIST
    listing = replace(state, bookings=found, slots=(), pending=None, asked=None)
    if not found:
        return Turn(NothingFound(purpose), finished(state))
    if purpose is Purpose.LIST:
        return Turn(ShowBookings(found), listing)
    if len(found) > 1:
        return Turn(Ask(Missing.WHICH_BOOKING), replace(listing, asked=Missing.WHICH_BOOKING))
    return go_on_with(listing, found[0], zone=zone)


def finished(state: State) -> State:
    """After `Book`, `Move`, `Cancel` was carried out: a new topic may begin."""
    return State()


def refused(state: State) -> State:
    """After `Book`, `Move`, `Cancel` was refused: the wish stays, nothing waits for a yes."""
    return replace(state, pending=None, slots=(), asked=Missing.WHEN if state.wish else None)
