"""What the bot says without looking anything up, or to ask for what is missing."""

from typing import Any

from coachbot.chat.bot import offer, rows
from coachbot.chat.bot.offer import Offer
from coachbot.chat.bot.scene import Said, Scene
from coachbot.chat.dialog import (
    Ask,
    Declined,
    Missing,
    Pending,
    ProposeBooking,
    ProposeCancel,
    ProposeMove,
    Say,
    State,
    Talk,
    Turn,
    When,
)

MOST_NAMES = 10


def say(scene: Scene, intent: Say, state: State) -> Said:
    """A sentence; and once more what was asked before, if something is open."""
    examples = scene.vocabulary.examples
    words = scene.say(intent.talk, example=examples[0], examples="\n".join(examples))
    payload = {"goodbye": True} if intent.talk is Talk.GOODBYE else {}
    if intent.reminder is None:
        return Said(words, payload, state)
    reminder = _question(scene, intent.reminder, state)
    return Said(f"{words}\n{reminder.content}", {**payload, **reminder.payload}, state)


def decline(scene: Scene, intent: Declined, state: State) -> Said:
    return Said(scene.say("declined"), {}, state)


def ask(scene: Scene, intent: Ask, state: State) -> Said | Turn:
    """Ask for one thing. Where a yes is wanted, say again to what."""
    if intent.what is Missing.YES_OR_NO and state.pending:
        return _proposal(state.pending, state)
    return _question(scene, intent, state)


def _question(scene: Scene, intent: Ask, state: State) -> Said:
    """First why what was said did not do, then the question, then what to choose from."""
    names = [choice.name for choice in intent.choices]
    values = {
        "choices": ", ".join(names or _names(scene)),
        "zone": scene.zone,
        **(_times(scene, intent.when) if intent.when else {}),
    }
    shown, payload = _shown(scene, intent.what, state)
    sentences = [intent.problem, intent.what] if intent.problem else [intent.what]
    words = [*(scene.say(key, **values) for key in sentences), *shown]
    return Said("\n".join(words), payload | ({"choices": names} if names else {}), state)


def _proposal(pending: Pending, state: State) -> Turn:
    match pending:
        case Pending(slot=None, booking=booking) if booking:
            return Turn(ProposeCancel(booking), state)
        case Pending(slot=slot, booking=None) if slot:
            return Turn(ProposeBooking(slot), state)
        case Pending(slot=slot, booking=booking) if slot and booking:
            return Turn(ProposeMove(booking, slot), state)
    raise AssertionError("Nothing waits for a yes.")


def _names(scene: Scene) -> list[str]:
    """What can be booked: services; where there are none, people."""
    rows = scene.shelf.services or scene.shelf.specialists
    names = [each.name for each in rows.values()]
    more = [scene.say("and_more", count=len(names) - MOST_NAMES)] if names[MOST_NAMES:] else []
    return names[:MOST_NAMES] + more or [scene.say("nothing")]


def _times(scene: Scene, when: When) -> dict[str, str]:
    day = scene.vocabulary.day(when.first_on)
    return {
        "time": f"{when.from_time:%H:%M}",
        "day": day,
        "moment": scene.moment(when.starts_at(scene.zone)) if when.exact else day,
        "first": day,
        "second": scene.vocabulary.day(when.other_on or when.first_on),
    }


def _shown(scene: Scene, what: Missing, state: State) -> tuple[list[str], dict[str, Any]]:
    """The numbers to choose from, in words and as data."""
    if what is Missing.WHICH_SLOT:
        found = [Offer.of(option, scene.shelf) for option in state.slots]
        offers = [each for each in found if each]
        return [offer.lines(scene, state.slots)], offer.documents(scene, offers)
    if what is Missing.WHICH_BOOKING:
        bookings = rows.visible_bookings(scene, state.bookings)
        return [rows.lines(bookings, scene)], rows.documents(bookings)
    return [], {}
