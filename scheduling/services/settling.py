"""A change of hours together with what becomes of the bookings that it leaves outside them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from accounts.models import User
from coachbot.db.faults import retrying
from scheduling.models import Booking, Specialist
from scheduling.services.changes import cancel, hand_over, reschedule
from scheduling.services.hours import HoursRow, Rows, change_hours_anyway, keeping_bookings


class Outcome(StrEnum):
    KEEP = "keep"
    CANCEL = "cancel"
    MOVE = "move"
    HAND_OVER = "hand_over"


class Settlement(NamedTuple):
    """What becomes of one booking: a move needs `starts_at`, a hand-over a `specialist`."""

    outcome: Outcome
    starts_at: datetime | None = None
    specialist: Specialist | None = None


@retrying
def change_hours_and_settle(
    *,
    save: Rows = (),
    remove: Rows = (),
    settlements: Mapping[UUID, Settlement],
    actor: User,
    reason: str,
    now: datetime,
) -> list[HoursRow]:
    """Change hours and settle the bookings of `settlements` by their ids: all of it or nothing.

    Raises AffectsBookings for those that are left and not settled, and whatever changing hours,
    cancelling, moving or handing over raises.
    """
    people = {row.specialist_id for row in (*save, *remove)}
    bookings = Booking.objects.select_related("specialist").in_bulk(list(settlements))
    with transaction.atomic():
        _lock(people, bookings.values(), settlements.values())
        kept = [key for key, each in settlements.items() if each.outcome == Outcome.KEEP]
        with keeping_bookings(people, now=now, but=kept):
            saved = change_hours_anyway(save=save, remove=remove)
            for key, booking in bookings.items():
                _settle(booking, settlements[key], actor, reason, now)
    return saved


def _lock(
    people: set[UUID], bookings: Iterable[Booking], settlements: Iterable[Settlement]
) -> None:
    """Everyone whose time changes, in the order that all writers keep."""
    others = {each.specialist.pk for each in settlements if each.specialist}
    for key in sorted(people | others | {booking.specialist_id for booking in bookings}):
        Specialist.everything.lock(key)


def _settle(
    booking: Booking, settlement: Settlement, actor: User, reason: str, now: datetime
) -> None:
    outcome, starts_at, specialist = settlement
    if outcome == Outcome.CANCEL:
        cancel(booking=booking, actor=actor, reason=reason, now=now)
    elif outcome == Outcome.MOVE and starts_at:
        reschedule(booking=booking, starts_at=starts_at, actor=actor, reason=reason, now=now)
    elif outcome == Outcome.HAND_OVER and specialist:
        hand_over(booking=booking, specialist=specialist, actor=actor, reason=reason, now=now)
