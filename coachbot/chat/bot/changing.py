"""Finding, cancelling and moving bookings."""

from datetime import datetime
from typing import Any

from coachbot.chat.bot.offer import Offer
from coachbot.chat.bot.rows import (
    document_of,
    documents,
    find_bookings,
    lines,
    option_of,
    visible_booking,
    visible_bookings,
    words_for,
)
from coachbot.chat.bot.scene import Said, Scene, needs
from coachbot.chat.bot.searching import offer_these
from coachbot.chat.dialog import (
    Cancel,
    FindBookings,
    Move,
    NothingFound,
    ProposeCancel,
    ProposeMove,
    Purpose,
    ShowBookings,
    State,
    Turn,
    finished,
    listed,
    refused,
)
from coachbot.errors import DomainError
from scheduling import queries, services
from scheduling.errors import SlotTaken, SlotUnavailable
from scheduling.models import Booking
from scheduling.queries import Slot

REFUSED = {Purpose.CANCEL: "not_cancelled", Purpose.MOVE: "not_moved"}


@needs("view")
def find(scene: Scene, intent: FindBookings, state: State) -> Said | Turn:
    found = find_bookings(scene, intent)
    if len(found) == 1 and (refused_now := _refusal(scene, intent.purpose, found[0], state)):
        return refused_now
    return listed(state, [option_of(each, scene) for each in found], zone=scene.zone)


def nothing_found(scene: Scene, intent: NothingFound, state: State) -> Said:
    return Said(scene.say("no_bookings"), {"bookings": []}, state)


def show(scene: Scene, intent: ShowBookings, state: State) -> Said:
    found = visible_bookings(scene, intent.bookings)
    return Said(scene.say("bookings", lines=lines(found, scene)), documents(found), state)


@needs("change")
def propose_cancel(scene: Scene, intent: ProposeCancel, state: State) -> Said:
    """Say back what a yes would cancel."""
    booking = visible_booking(scene, intent.booking)
    if booking is None:
        return _gone(scene, state)
    if refused_now := _refusal(scene, Purpose.CANCEL, booking, state):
        return refused_now
    return _proposal(scene, "cancel", booking, state)


@needs("change")
def cancel(scene: Scene, intent: Cancel, state: State) -> Said:
    booking = visible_booking(scene, intent.booking)
    if booking is None:
        return _gone(scene, state)
    if booking.starts_at != intent.booking.starts_at:
        return _unchanged(scene, "changed_meanwhile", booking, state)
    try:
        booking = services.cancel(
            booking=booking,
            actor=scene.user,
            now=scene.now,
            reason=intent.reason,
            version=booking.version,
        )
    except DomainError as refusal:
        return _unchanged(scene, "not_cancelled", booking, state, reason=refusal)
    return _done(scene, "cancelled_it", booking, state)


@needs("change")
def propose_move(scene: Scene, intent: ProposeMove, state: State) -> Said:
    """Say back what a yes would move, and where."""
    booking = visible_booking(scene, intent.booking)
    if booking is None:
        return _gone(scene, state)
    if refused_now := _refusal(scene, Purpose.MOVE, booking, state):
        return refused_now
    to = intent.slot.starts_at
    words = {**words_for(booking, scene), "old": scene.moment(booking.starts_at)}
    proposal = {
        "action": "move",
        "booking": document_of(booking),
        "slot": _offer(booking, to).document(scene),
    }
    content = scene.say("propose_move", **{**words, "moment": scene.moment(to)})
    return Said(content, {"proposal": proposal}, state)


@needs("change")
def move(scene: Scene, intent: Move, state: State) -> Said:
    """Move it, or say why not and offer what is free nearby."""
    booking = visible_booking(scene, intent.booking)
    if booking is None:
        return _gone(scene, state)
    if booking.starts_at != intent.booking.starts_at:
        return _unchanged(scene, "changed_meanwhile", booking, state)
    to = intent.slot.starts_at
    try:
        booking = services.reschedule(
            booking=booking,
            starts_at=to,
            actor=scene.user,
            now=scene.now,
            reason=intent.reason,
            version=booking.version,
        )
    except (SlotTaken, SlotUnavailable) as refusal:
        return _not_moved(scene, booking, to, refusal, state)
    except DomainError as refusal:
        return _unchanged(scene, "not_moved", booking, state, reason=refusal)
    return _done(scene, "moved", booking, state)


def _refusal(scene: Scene, purpose: Purpose, booking: Booking, state: State) -> Said | None:
    """Why it cannot be cancelled or moved, said before a yes is asked for."""
    if purpose not in REFUSED:
        return None
    try:
        services.require_changeable(booking, scene.user, now=scene.now)
    except DomainError as refusal:
        return _unchanged(scene, REFUSED[purpose], booking, finished(state), reason=refusal)
    return None


def _not_moved(
    scene: Scene, booking: Booking, to: datetime, refusal: DomainError, state: State
) -> Said:
    near = queries.nearest_slots_for_move(booking, to, now=scene.now)
    if not near:
        return _unchanged(scene, "not_moved", booking, state, reason=refusal)
    offers = [Offer.to_move(booking, slot) for slot in near]
    values = {"moment": scene.moment(booking.starts_at), "reason": refusal}
    return offer_these(scene, "not_moved_but", offers, refused(state), **values)


def _proposal(scene: Scene, action: str, booking: Booking, state: State) -> Said:
    words = scene.say(f"propose_{action}", **words_for(booking, scene))
    return Said(words, {"proposal": {"action": action, "booking": document_of(booking)}}, state)


def _done(scene: Scene, key: str, booking: Booking, state: State) -> Said:
    words = scene.say(key, **words_for(booking, scene))
    return Said(words, {"booking": document_of(booking)}, finished(state))


def _unchanged(scene: Scene, key: str, booking: Booking, state: State, **values: Any) -> Said:
    """The booking stands as it was: say so, and how it stands."""
    words = scene.say(key, **words_for(booking, scene), **values)
    return Said(words, {"booking": document_of(booking)}, refused(state))


def _gone(scene: Scene, state: State) -> Said:
    return Said(scene.say("no_bookings"), {"bookings": []}, finished(state))


def _offer(booking: Booking, starts_at: datetime) -> Offer:
    length = booking.ends_at - booking.starts_at
    return Offer.to_move(booking, Slot(starts_at, starts_at + length))
