"""Booking what was offered, once the client has said yes."""

from coachbot.chat.bot.offer import Offer
from coachbot.chat.bot.rows import document_of, words_for
from coachbot.chat.bot.scene import Said, Scene, needs
from coachbot.chat.bot.searching import offer_these
from coachbot.chat.dialog import Book, ProposeBooking, State, Turn, finished, refused
from coachbot.errors import DomainError
from scheduling import queries, services
from scheduling.errors import SlotTaken, SlotUnavailable
from scheduling.models import Booking, BookingStatus
from scheduling.queries import Slot


@needs("add")
def propose(scene: Scene, intent: ProposeBooking, state: State) -> Said | Turn:
    """Say back what a yes would book."""
    offer = Offer.of(intent.slot, scene.shelf)
    if offer is None:
        return Said(scene.say("offer_gone"), {}, refused(state))
    words = scene.say(
        "propose_booking",
        what=offer.what(scene),
        who=offer.wish.specialist.name,
        moment=scene.moment(offer.slot.starts_at),
    )
    return Said(words, {"proposal": {"action": "book", "slot": offer.document(scene)}}, state)


@needs("add")
def book(scene: Scene, intent: Book, state: State) -> Said | Turn:
    """Book it, or say why not and offer what is free nearby."""
    offer = Offer.of(intent.slot, scene.shelf)
    if offer is None:
        return Said(scene.say("offer_gone"), {}, refused(state))
    try:
        booked = services.book(
            wish=offer.wish,
            starts_at=offer.slot.starts_at,
            client=scene.user,
            actor=scene.user,
            now=scene.now,
        )
    except SlotTaken as refusal:
        near = [Slot(**each) for each in refusal.extra["alternatives"]]
        return _not_booked(scene, offer, refusal, near, state)
    except SlotUnavailable as refusal:
        near = queries.nearest_slots(offer.wish, offer.slot.starts_at, now=scene.now)
        return _not_booked(scene, offer, refusal, near, state)
    except DomainError as refusal:
        return _not_booked(scene, offer, refusal, [], state)
    return _booked(scene, booked.booking, state)


def _booked(scene: Scene, booking: Booking, state: State) -> Said:
    key = "requested" if booking.status == BookingStatus.PENDING else "booked"
    words = scene.say(key, **words_for(booking, scene))
    return Said(words, {"booking": document_of(booking)}, finished(state))


def _not_booked(
    scene: Scene, offer: Offer, refusal: DomainError, near: list[Slot], state: State
) -> Said:
    """Nothing was booked: say so before anything else."""
    values = {"moment": scene.moment(offer.slot.starts_at), "reason": refusal}
    if not near:
        return Said(scene.say("not_booked", **values), {}, refused(state))
    offers = [Offer(offer.wish, slot) for slot in near]
    return offer_these(scene, "not_booked_but", offers, refused(state), **values)
