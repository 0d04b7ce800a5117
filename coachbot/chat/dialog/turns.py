"""From a message and a state to an intent and the next state."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import NamedTuple

from coachbot.chat.dialog.catalogue import Catalogue
from coachbot.chat.dialog.intents import (
    Ask,
    Intent,
    Missing,
    NothingFound,
    ProposeCancel,
    Say,
    Search,
    ShowBookings,
    Talk,
)
from coachbot.chat.dialog.state import Option, Pending, Purpose, State, Wish
from coachbot.chat.vocabulary import Vocabulary


class Turn(NamedTuple):
    """What to do, and the state to keep once it is done."""

    intent: Intent
    state: State


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
    return Turn(Say(Talk.NOT_UNDERSTOOD), state)


def offered(state: State, slots: Iterable[Option]) -> State:
    """After `Search`: these slots were shown, numbered from 1. None: nothing was free, and what
    was shown before stays, if something was."""
    shown = tuple(slots)
    if not shown:
        return replace(state, asked=Missing.WHEN)
    return replace(state, slots=shown, bookings=(), pending=None, asked=Missing.WHICH_SLOT)


def listed(state: State, bookings: Iterable[Option], *, zone: tzinfo | None = None) -> Turn:
    """After `FindBookings`: go on with what was found. Wants the state that came with it.

    `zone`, the client's, says on which day a booking is that is moved "to 5"."""
    found = tuple(bookings)
    purpose = state.wish.purpose if state.wish else Purpose.LIST
    shown = replace(state, bookings=found, slots=(), pending=None, asked=None)
    if not found:
        return Turn(NothingFound(purpose), finished(state))
    if purpose is Purpose.LIST:
        return Turn(ShowBookings(found), shown)
    if len(found) > 1:
        return Turn(Ask(Missing.WHICH_BOOKING), replace(shown, asked=Missing.WHICH_BOOKING))
    return go_on_with(shown, found[0])


def go_on_with(state: State, booking: Option) -> Turn:
    """The booking to cancel or to move is known."""
    wish = replace(state.wish or Wish(), booking=booking)
    known = replace(state, wish=wish, asked=None)
    if wish.purpose is Purpose.CANCEL:
        pending = Pending(Purpose.CANCEL, booking=booking)
        return Turn(ProposeCancel(booking), replace(known, pending=pending))
    if wish.when is None:
        return Turn(Ask(Missing.WHEN), replace(known, asked=Missing.WHEN))
    return Turn(Search(wish), known)


def finished(state: State) -> State:
    """After `Book`, `Move`, `Cancel` was carried out: a new topic may begin."""
    return State()


def refused(state: State) -> State:
    """After `Book`, `Move`, `Cancel` was refused: the wish stays, nothing waits for a yes."""
    return replace(state, pending=None, slots=(), asked=Missing.WHEN if state.wish else None)
