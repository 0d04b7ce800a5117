"""Messages that begin, end or change a topic."""

from dataclasses import replace

from coachbot.chat.dialog import answers
from coachbot.chat.dialog.gathering import Turn, go_on_with
from coachbot.chat.dialog.intents import (
    Ask,
    FindBookings,
    Intent,
    Missing,
    OpeningHours,
    Prices,
    Say,
    Talk,
)
from coachbot.chat.dialog.reading import Reading
from coachbot.chat.dialog.state import Option, Purpose, State, Wish
from coachbot.chat.dialog.when import When
from coachbot.chat.vocabulary.language import Act

A_DAY = 24 * 60
COURTESIES = {
    Act.GOODBYE: Talk.GOODBYE,
    Act.THANKS: Talk.THANKS,
    Act.GREETING: Talk.GREETING,
}


def start_over(_state: State, reading: Reading) -> Turn | None:
    return Turn(Say(Talk.STARTED_OVER), State()) if reading.has(Act.START_OVER) else None


def stop(state: State, reading: Reading) -> Turn | None:
    """ "Never mind"; also a bare "cancel" in the middle of a search."""
    searching = bool(state.slots or state.asked) and not state.bookings
    made = reading.has(Act.LIST, Act.NEXT_BOOKING)  # "cancel my appointment": one that exists
    cancelling = searching and reading.has(Act.CANCEL) and not made and not reading.has(Act.YES)
    if reading.is_bare and (reading.has(Act.STOP) or cancelling):
        return Turn(Say(Talk.STOPPED), State())
    return None


def help_(state: State, reading: Reading) -> Turn | None:
    if reading.has(Act.HELP) and reading.is_bare:
        return Turn(Say(Talk.HELP, open_question(state)), state)
    return None


def courtesy(state: State, reading: Reading) -> Turn | None:
    """Hello, thanks and goodbye, where that is all."""
    for act, talk in COURTESIES.items():
        others = reading.acts - COURTESIES.keys() - {Act.YES}
        if reading.has(act) and reading.is_bare and not others:
            return Turn(Say(talk, None if talk is Talk.GOODBYE else open_question(state)), state)
    return None


def open_question(state: State) -> Ask | None:
    """What the bot waits for, to be asked again."""
    if state.pending:
        return Ask(Missing.YES_OR_NO)
    try:
        missing = Missing(state.asked or "")
    except ValueError:
        return None
    dates = state.wish if missing is Missing.WHICH_DATE else None
    return Ask(missing, when=dates.when if dates else None)


def move(state: State, reading: Reading) -> Turn | None:
    if not reading.has(Act.MOVE) or _changes_its_mind(state, reading):
        return None
    when, shift = reading.when(), reading.shift_minutes
    if reading.has(Act.NEXT_DAY) and when is None:
        shift = A_DAY
    wish = Wish(Purpose.MOVE, when=when, shift_minutes=shift)
    return _about_booking(state, reading, wish, reading.booking_when())


def cancel(state: State, reading: Reading) -> Turn | None:
    if not reading.has(Act.CANCEL):
        return None
    return _about_booking(state, reading, Wish(Purpose.CANCEL), reading.when())


def list_bookings(_state: State, reading: Reading) -> Turn | None:
    if not reading.has(Act.LIST) or reading.has(Act.BOOK):
        return None
    wish = Wish(Purpose.LIST)
    return Turn(_find(reading, Purpose.LIST, reading.when()), State(wish=wish))


def opening_hours(state: State, reading: Reading) -> Turn | None:
    if not reading.has(Act.HOURS) or reading.has(Act.BOOK):
        return None
    return Turn(OpeningHours(_asked_about(reading)), state)


def prices(state: State, reading: Reading) -> Turn | None:
    return Turn(Prices(_asked_about(reading)), state) if reading.has(Act.PRICES) else None


def _changes_its_mind(state: State, reading: Reading) -> bool:
    """ "Make that Friday instead", of what is being chosen and not of a booking that exists."""
    about = reading.vocabulary.booking_words.intersection(reading.words.split())
    said = reading.says_time or reading.shift_minutes or reading.has(Act.NEXT_DAY)
    if about or reading.reference or state.bookings or not said or not state.wish:
        return False
    return bool(state.slots or state.wish.booking)


def _about_booking(state: State, reading: Reading, wish: Wish, when: When | None) -> Turn:
    """Go on with a booking that was shown, else look for it."""
    chosen = _shown(state, reading, when)
    if chosen:
        return go_on_with(replace(state, wish=wish, pending=None), chosen, zone=reading.zone)
    return Turn(_find(reading, wish.purpose, when), State(wish=wish))


def _shown(state: State, reading: Reading, when: When | None) -> Option | None:
    place = answers.mentioned(reading)
    if place is not None and state.bookings:
        return answers.at(state.bookings, place)
    return answers.described(state.bookings, reading, when)


def _find(reading: Reading, purpose: Purpose, when: When | None) -> Intent:
    named = reading.named
    return FindBookings(
        purpose=purpose,
        reference=reading.reference,
        when=when.on_any_day() if when else None,
        service=named.services[0].key if len(named.services) == 1 else None,
        specialist=named.specialists[0].key if len(named.specialists) == 1 else None,
        specialization=named.specialization.key if named.specialization else None,
        next_only=reading.has(Act.NEXT_BOOKING),
    )


def _asked_about(reading: Reading) -> Wish:
    named = reading.named
    return Wish(
        service=named.services[0].key if len(named.services) == 1 else None,
        specialist=named.specialists[0].key if len(named.specialists) == 1 else None,
        specialization=named.specialization.key if named.specialization else None,
        when=reading.when(),
    )
