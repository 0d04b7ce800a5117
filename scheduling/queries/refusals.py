"""Why a start cannot be booked: every rule that refuses it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from coachbot.errors import Reason
from scheduling import slots
from scheduling.models import Booking, Specialist
from scheduling.queries.hours import hours_of
from scheduling.queries.seconds import ceil, floor
from scheduling.queries.wishes import Wish, standing_refusals, terms_of, terms_of_booking
from scheduling.slots import Refusal, Terms

# More people than that are not asked whether they could help out.
MOST_OTHERS = 50
DETAILS = {
    Refusal.OUTSIDE_OPEN_HOURS: "It is outside the specialist's open hours.",
    Refusal.OFF_GRID: "Bookings do not start at this minute.",
    Refusal.DAY_OFF: "The specialist has this day off.",
    Refusal.BLOCKED: "The specialist is not available at this time.",
    Refusal.TAKEN: "Another booking is there.",
    Refusal.TOO_SOON: "It is too soon: less than the minimum notice from now.",
    Refusal.TOO_FAR: "It is too far ahead to be booked yet.",
}


def why_not(wish: Wish, starts_at: datetime, *, now: datetime) -> list[Reason]:
    """Every rule that refuses a booking from `starts_at` on; none exactly if it is a slot.

    Raises DurationNotAllowed.
    """
    terms = terms_of(wish)
    return [*standing_refusals(wish), *_refusals(wish.specialist, terms, starts_at, now, None)]


def why_not_move(booking: Booking, starts_at: datetime, *, now: datetime) -> list[Reason]:
    """Every rule that refuses to move `booking` to `starts_at`; its own present time is no
    obstacle."""
    terms = terms_of_booking(booking)
    refusals = _refusals(booking.specialist, terms, starts_at, now, booking.pk)
    return [*standing_refusals(Wish(booking.specialist, booking.service)), *refusals]


def why_not_hand_over(booking: Booking, specialist: Specialist, *, now: datetime) -> list[Reason]:
    """Every rule that refuses to have `specialist` see to `booking`, at the time it has."""
    refusals = _refusals(specialist, terms_of_booking(booking), booking.starts_at, now, booking.pk)
    return [*standing_refusals(Wish(specialist, booking.service)), *refusals]


def free_to_take(booking: Booking, *, now: datetime) -> list[Specialist]:
    """Who could see to `booking` instead, at the time it has, by name."""
    others = Specialist.objects.filter(is_active=True).exclude(pk=booking.specialist_id)
    if booking.service:
        others = others.filter(services=booking.service)
    by_name = others.order_by("name", "pk")[:MOST_OTHERS]
    return [other for other in by_name if not why_not_hand_over(booking, other, now=now)]


def _refusals(
    specialist: Specialist, terms: Terms, starts_at: datetime, now: datetime, moving: UUID | None
) -> list[Reason]:
    start, fraction = floor(starts_at), bool(starts_at.microsecond)
    # What begins within a second touches all of it, and of the one in which it ends.
    terms = replace(terms, duration=terms.duration + fraction)
    hours = hours_of(specialist, slots.reach(terms, start=start, end=start + 1), moving=moving)
    found = set(slots.refusals(hours, terms, start=start, now=ceil(now)))
    if fraction:
        found.add(Refusal.OFF_GRID)
    return [Reason(refusal.value, DETAILS[refusal]) for refusal in Refusal if refusal in found]
