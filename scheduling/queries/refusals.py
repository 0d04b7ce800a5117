"""Why a start cannot be booked: every rule that refuses it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from coachbot.errors import Reason
from scheduling import slots
from scheduling.models import Booking, Specialist
from scheduling.queries.hours import hours_and_offer
from scheduling.queries.seconds import ceil, floor
from scheduling.queries.wishes import Wish, standing_refusals_if, terms_of, terms_of_booking
from scheduling.slots import Hours, Refusal, Terms

DETAILS = {
    Refusal.OUTSIDE_OPEN_HOURS: "It is outside the specialist's open hours.",
    Refusal.OFF_GRID: "Bookings do not start at this minute.",
    Refusal.DAY_OFF: "The specialist has this day off.",
    Refusal.BLOCKED: "The specialist is not available at this time.",
    Refusal.TAKEN: "It is booked, or held for somebody.",
    Refusal.TOO_SOON: "It is too soon: less than the minimum notice from now.",
    Refusal.TOO_FAR: "It is too far ahead to be booked yet.",
}


def why_not(
    wish: Wish, starts_at: datetime, *, now: datetime, aside: Collection[UUID] = ()
) -> list[Reason]:
    """Every rule that refuses a booking from `starts_at` on; none exactly if it is a slot.

    Holds of the ids `aside` are no obstacle. Raises DurationNotAllowed.
    """
    return _refusals(wish, terms_of(wish), starts_at, now, aside)


def why_not_move(booking: Booking, starts_at: datetime, *, now: datetime) -> list[Reason]:
    """Every rule that refuses to move `booking` to `starts_at`; its own present time is no
    obstacle."""
    wish = Wish(booking.specialist, booking.service)
    return _refusals(wish, terms_of_booking(booking), starts_at, now, [booking.pk])


def why_not_hand_over(booking: Booking, specialist: Specialist, *, now: datetime) -> list[Reason]:
    """Every rule that refuses to have `specialist` see to `booking`, at the time it has."""
    wish = Wish(specialist, booking.service)
    return _refusals(wish, terms_of_booking(booking), booking.starts_at, now, [booking.pk])


def refused(hours: Hours, terms: Terms, starts_at: datetime, now: datetime) -> set[Refusal]:
    """What of `hours`, which must be known around it, refuses `starts_at`."""
    found = set(
        slots.refusals(hours, _whole(terms, starts_at), start=floor(starts_at), now=ceil(now))
    )
    return found | {Refusal.OFF_GRID} if starts_at.microsecond else found


def _refusals(
    wish: Wish,
    terms: Terms,
    starts_at: datetime,
    now: datetime,
    aside: Collection[UUID],
) -> list[Reason]:
    start = floor(starts_at)
    reach = slots.reach(_whole(terms, starts_at), start=start, end=start + 1)
    hours, is_offered = hours_and_offer(*wish[:2], reach, now=now, aside=aside)
    found = refused(hours, terms, starts_at, now)
    return [
        *standing_refusals_if(wish, is_offered=is_offered),
        *(Reason(refusal.value, DETAILS[refusal]) for refusal in Refusal if refusal in found),
    ]


def _whole(terms: Terms, starts_at: datetime) -> Terms:
    """What begins within a second touches all of it, and of the one in which it ends."""
    return replace(terms, duration=terms.duration + bool(starts_at.microsecond))
