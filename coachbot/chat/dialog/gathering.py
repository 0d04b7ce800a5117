"""What is wanted, gathered over several messages; one thing at a time is asked for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple

from coachbot.chat.dialog.intents import (
    Ask,
    Intent,
    Missing,
    ProposeBooking,
    ProposeCancel,
    ProposeMove,
    Search,
)
from coachbot.chat.dialog.reading import Reading
from coachbot.chat.dialog.state import Option, Pending, Purpose, State, Wish
from coachbot.chat.dialog.when import DAY, Problem, When
from coachbot.chat.vocabulary.language import Act

SEARCHING = (Purpose.BOOK, Purpose.LOOK, Purpose.MOVE)
# With these there is nothing to look for; the other problems are merely said.
HOPELESS = (Problem.TIME_DOES_NOT_EXIST, Problem.IN_THE_PAST, Problem.NO_SUCH_DATE)


class Turn(NamedTuple):
    """What to do, and the state to keep once it is done."""

    intent: Intent
    state: State


def search(state: State, reading: Reading) -> Turn | None:
    """Somebody wants to book or to know who is free, or says more about it."""
    asked_when = state.asked == Missing.WHEN and reading.has(Act.ANY_TIME)
    shifted = reading.shift_minutes and state.wish and state.wish.booking
    said = reading.named or reading.says_time or reading.minutes or shifted
    if not (said or asked_when or reading.has(Act.BOOK, Act.LOOK, Act.EARLIEST, Act.NEXT_DAY)):
        return None
    wish = _wish(state, reading)
    choosing = _choice(wish, reading)
    if choosing:
        return Turn(choosing, _asking(_fresh(wish), choosing))
    if reading.unknown_name and not _what(wish):
        return Turn(Ask(Missing.WHAT), _asking(_fresh(wish), Ask(Missing.WHAT)))
    return go_on(wish, any_time=reading.has(Act.ANY_TIME))


def go_on(wish: Wish, *, any_time: bool = False) -> Turn:
    """Ask for what is missing, else look."""
    wanted = wish.when
    if wanted and wanted.problem in HOPELESS:
        ask = Ask(Missing.WHEN, when=wanted, problem=wanted.problem)
        return Turn(ask, _asking(_fresh(replace(wish, when=_day_of(wanted))), ask))
    if wanted and wanted.problem is Problem.AMBIGUOUS_DATE:
        ask = Ask(Missing.WHICH_DATE, when=wanted, problem=wanted.problem)
        return Turn(ask, _asking(_fresh(wish), ask))
    missing = _missing(wish, any_time=any_time)
    if missing:
        return Turn(Ask(missing), _asking(_fresh(wish), Ask(missing)))
    return Turn(Search(wish), _fresh(wish))


def go_on_with(state: State, booking: Option, *, zone: tzinfo | None = None) -> Turn:
    """The booking to cancel or to move is known."""
    wish = replace(state.wish or Wish(Purpose.CANCEL), booking=booking)
    known = replace(state, wish=wish, asked=None)
    if wish.purpose is Purpose.CANCEL:
        pending = Pending(Purpose.CANCEL, booking=booking)
        return Turn(ProposeCancel(booking), replace(known, pending=pending))
    local = booking.starts_at.astimezone(zone or booking.starts_at.tzinfo or UTC)
    if wish.shift_minutes:
        wish = replace(wish, when=_shifted(local, wish.shift_minutes), shift_minutes=None)
    elif wish.when and wish.when.day_assumed:
        wish = replace(wish, when=_on(wish.when, local.date()))
    return go_on(wish)


def propose(state: State, slot: Option) -> Turn:
    """A slot was picked: say it back and wait for a yes."""
    wish = state.wish or Wish()
    if wish.purpose is Purpose.MOVE and wish.booking:
        pending = Pending(Purpose.MOVE, slot=slot, booking=wish.booking)
        intent: Intent = ProposeMove(wish.booking, slot)
    else:
        pending, intent = Pending(Purpose.BOOK, slot=slot), ProposeBooking(slot)
    return Turn(intent, replace(state, pending=pending, asked=None))


def _wish(state: State, reading: Reading) -> Wish:
    """What was known, with what was said on top; a new wish where all was said anew."""
    known = state.wish if state.wish and state.wish.purpose in SEARCHING else Wish()
    said_all = reading.named and reading.says_time and reading.has(Act.BOOK, Act.LOOK)
    if said_all and known.purpose is not Purpose.MOVE:
        known = Wish()
    wish = replace(known, purpose=_purpose(known, reading), earliest=reading.has(Act.EARLIEST))
    wish = _with_names(wish, reading)
    if reading.minutes is not None:
        wish = replace(wish, duration_minutes=reading.minutes)
    said = reading.when(_base(known, reading))
    if reading.shift_minutes and known.booking:
        said = _shifted(known.booking.starts_at.astimezone(reading.zone), reading.shift_minutes)
    if reading.has(Act.NEXT_DAY) and (base := _base(known, reading)) and not said:
        said = When(base + DAY, base + DAY)
    if said or reading.has(Act.ANY_TIME):
        wish = replace(wish, when=said)
    return wish


def _purpose(known: Wish, reading: Reading) -> Purpose:
    if known.purpose is Purpose.MOVE and not reading.has(Act.BOOK):
        return Purpose.MOVE
    if reading.has(Act.BOOK):
        return Purpose.BOOK
    return known.purpose if known.purpose in SEARCHING else Purpose.LOOK


def _base(known: Wish, reading: Reading) -> date | None:
    """The day that is talked about: of the search, or of the booking that is moved."""
    if known.when and known.when.first_on == known.when.last_on:
        return known.when.first_on
    if known.booking:
        return known.booking.starts_at.astimezone(reading.zone).date()
    return None


def _with_names(wish: Wish, reading: Reading) -> Wish:
    named = reading.named
    if len(named.services) == 1:
        wish = replace(wish, service=named.services[0].key, specialization=None)
    if named.specialization:
        wish = replace(wish, specialization=named.specialization.key, service=None)
    if len(named.specialists) == 1:
        wish = replace(wish, specialist=named.specialists[0].key)
    return wish


def _choice(wish: Wish, reading: Reading) -> Ask | None:
    if len(reading.named.specialists) > 1:
        return Ask(Missing.WHICH_SPECIALIST, choices=reading.named.specialists)
    if len(reading.named.services) > 1:
        return Ask(Missing.WHICH_SERVICE, choices=reading.named.services)
    return None


def _missing(wish: Wish, *, any_time: bool) -> Missing | None:
    if wish.purpose is Purpose.BOOK and not _what(wish):
        return Missing.WHAT
    open_end = wish.purpose is Purpose.LOOK or wish.earliest or any_time
    return None if wish.when or open_end else Missing.WHEN


def _what(wish: Wish) -> str | None:
    return wish.service or wish.specialist or wish.specialization


def _fresh(wish: Wish) -> State:
    """The state while a search is made: what was shown for another wish is no answer to it."""
    return State(wish=wish)


def _asking(state: State, ask: Ask) -> State:
    return replace(state, asked=ask.what, choices=tuple(name.key for name in ask.choices))


def _shifted(local: datetime, minutes: int) -> When:
    """On the wall clock: a week later is at the same time, whatever clocks do meanwhile."""
    then = local.replace(tzinfo=None) + timedelta(minutes=minutes)
    return When(then.date(), then.date(), then.time(), exact=True)


def _day_of(hopeless: When) -> When | None:
    """The day stays where only its time does not exist: "half past three then"."""
    if hopeless.problem is not Problem.TIME_DOES_NOT_EXIST:
        return None
    return When(hopeless.first_on, hopeless.last_on)


def _on(when: When, on: date) -> When:
    return replace(when, first_on=on, last_on=on, day_assumed=False, problem=None)
