"""Answers to what was shown or asked: a number, a yes, a no, "later"."""

from dataclasses import replace

from coachbot.chat.dialog import answers
from coachbot.chat.dialog.gathering import Turn, go_on, go_on_with, propose
from coachbot.chat.dialog.intents import (
    Ask,
    Book,
    Cancel,
    Declined,
    Intent,
    Missing,
    Move,
    Say,
    Search,
    Talk,
)
from coachbot.chat.dialog.reading import Reading
from coachbot.chat.dialog.state import Pending, Purpose, State, Wish
from coachbot.chat.dialog.topics import open_question
from coachbot.chat.vocabulary.language import Act

DOES = {Purpose.BOOK: Act.BOOK, Purpose.MOVE: Act.MOVE, Purpose.CANCEL: Act.CANCEL}
CHOICES = (Missing.WHICH_SERVICE, Missing.WHICH_SPECIALIST)
LONGEST_REASON = 500
REFUSING = (Act.NO, Act.NOT, Act.STOP)


def confirm(state: State, reading: Reading) -> Turn | None:
    """Yes or no to what was proposed. A yes with anything else in it is none, nor is "yes?"."""
    if not state.pending or not reading.is_bare:
        return None
    purpose = state.pending.purpose
    settled = replace(state, pending=None, asked=Missing.WHICH_SLOT if state.slots else None)
    harmless = {Act.YES, Act.THANKS, Act.GREETING, Act.THE_ONE, DOES.get(purpose, Act.YES)}
    if _agreed(purpose, reading) and reading.acts <= harmless and not reading.is_question:
        if state.pending.booking and state.pending.booking.needs_reason:
            return Turn(Ask(Missing.REASON), replace(state, asked=Missing.REASON))
        return Turn(_done(state.pending), settled)
    given_up = reading.acts == {Act.CANCEL} and purpose is not Purpose.CANCEL
    if given_up or (reading.has(*REFUSING) and not reading.has(Act.YES, Act.UNSURE)):
        return Turn(Declined(purpose), settled)
    return None


def _agreed(purpose: Purpose, reading: Reading) -> bool:
    """ "Book it" is a yes; a bare "cancel" may mean that nothing shall be cancelled."""
    return reading.has(Act.YES) or (
        purpose is not Purpose.CANCEL and reading.has(DOES.get(purpose, Act.YES))
    )


def hesitate(state: State, reading: Reading) -> Turn | None:
    """A yes with an if or a but is asked again, unless it says what would be better."""
    better = reading.says_time or reading.named or answers.numbered(reading) is not None
    mixed = reading.has(Act.YES) and reading.has(Act.DOUBT, Act.UNSURE, Act.NO, Act.NOT)
    if not state.pending or not mixed or better:
        return None
    return Turn(Ask(Missing.YES_OR_NO), state)


def give_reason(state: State, pending: Pending, text: str, reading: Reading) -> Turn:
    """After the yes, whatever is said is the reason, unless it takes the yes back."""
    if reading.is_bare and reading.has(*REFUSING, Act.START_OVER):
        return Turn(Declined(pending.purpose), replace(state, pending=None, asked=None))
    reason = text.strip()
    if (reading.is_bare and reading.has(Act.YES)) or not 0 < len(reason) <= LONGEST_REASON:
        return Turn(Ask(Missing.REASON), state)
    return Turn(_done(pending, reason), replace(state, pending=None, asked=None))


def choose(state: State, reading: Reading) -> Turn | None:
    """Which of several people or services was meant."""
    if state.asked not in CHOICES or not state.wish:
        return None
    key = _chosen(state, reading)
    if key is None:
        return None
    if state.asked == Missing.WHICH_SERVICE:
        return go_on(replace(state.wish, service=key))
    return go_on(replace(state.wish, specialist=key))


def choose_date(state: State, reading: Reading) -> Turn | None:
    """The first or the second way to read 12/3."""
    when = state.wish.when if state.wish else None
    place = answers.numbered(reading)
    if state.asked != Missing.WHICH_DATE or not state.wish or not when or place is None:
        return None
    if place > 2 or when.other_on is None:
        return None
    on = when.first_on if place == 1 else when.other_on
    chosen = replace(when, first_on=on, last_on=on, other_on=None, problem=None)
    return go_on(replace(state.wish, when=chosen))


def pick_booking(state: State, reading: Reading) -> Turn | None:
    """Which booking is to be cancelled or moved."""
    if not state.bookings or not state.wish:
        return None
    place = answers.numbered(reading)
    if place is None:
        chosen = answers.described(state.bookings, reading, reading.when())
    else:
        chosen = answers.at(state.bookings, place)
    if state.wish.purpose not in (Purpose.CANCEL, Purpose.MOVE):
        return None
    if chosen:
        return go_on_with(state, chosen, zone=reading.zone)
    return None if place is None else Turn(Ask(Missing.WHICH_BOOKING), state)


def pick_slot(state: State, reading: Reading) -> Turn | None:
    if not state.slots:
        return None
    place = answers.numbered(reading)
    if place is not None:
        slot = answers.at(state.slots, place)
        return propose(state, slot) if slot else Turn(Ask(Missing.WHICH_SLOT), _asked(state))
    slot = answers.at_that_time(state.slots, reading)
    if slot is None and reading.has(Act.THE_ONE):
        slot = answers.described(state.slots, reading, reading.when())
    return propose(state, slot) if slot else None


def turn_page(state: State, reading: Reading) -> Turn | None:
    """Later and earlier than what was shown."""
    if not state.slots or not reading.is_bare or reading.has(Act.BOOK, Act.NEXT_DAY):
        return None
    wish = replace(state.wish or Wish(), earliest=False)
    shown = [slot.starts_at for slot in state.slots]
    shift = reading.shift_minutes or 0
    if reading.has(Act.LATER) or shift > 0:
        return Turn(Search(wish, after=max(shown)), replace(state, wish=wish, pending=None))
    if reading.has(Act.EARLIER) or shift < 0:
        return Turn(Search(wish, before=min(shown)), replace(state, wish=wish, pending=None))
    return None


def reject(state: State, reading: Reading) -> Turn | None:
    """None of these: when then?"""
    none = reading.has(Act.NONE_OF_THESE, Act.NO, Act.NOT) and not reading.has(Act.UNSURE)
    if not state.slots or not reading.is_bare or not none:
        return None
    wish = replace(state.wish or Wish(), when=None)
    return Turn(Ask(Missing.WHEN), State(wish=wish, asked=Missing.WHEN))


def agree(state: State, reading: Reading) -> Turn | None:
    """A yes, a no or a number that answers no question that was open."""
    number = answers.numbered(reading)
    bare = reading.is_bare and reading.has(Act.YES, Act.NO, Act.NOT)
    if not bare and number is None:
        return None
    if len(state.slots) == 1 and reading.has(Act.YES) and not reading.has(Act.DOUBT):
        return propose(state, state.slots[0])
    again = open_question(state)
    if again and number is None and not reading.has(Act.YES, Act.UNSURE, Act.DOUBT):
        return Turn(Say(Talk.STOPPED), State())  # "When would suit you?" "No."
    return Turn(again or Say(Talk.NOTHING_TO_CONFIRM), state)


def _chosen(state: State, reading: Reading) -> str | None:
    place = answers.numbered(reading)
    if place is not None:
        return state.choices[place - 1] if 0 <= place <= len(state.choices) else None
    named = (*reading.named.specialists, *reading.named.services)
    fitting = [name.key for name in named if name.key in state.choices]
    return fitting[0] if len(fitting) == 1 else None


def _done(pending: Pending, reason: str = "") -> Intent:
    if pending.purpose is Purpose.BOOK and pending.slot:
        return Book(pending.slot)
    if pending.purpose is Purpose.MOVE and pending.slot and pending.booking:
        return Move(pending.booking, pending.slot, reason)
    if pending.purpose is Purpose.CANCEL and pending.booking:
        return Cancel(pending.booking, reason)
    return Say(Talk.NOTHING_TO_CONFIRM)


def _asked(state: State) -> State:
    return replace(state, pending=None, asked=Missing.WHICH_SLOT)
