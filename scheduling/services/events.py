"""What happened to a booking, written with what happened."""

from datetime import datetime

from django.db.models import Max

from accounts.models import User
from audit import services as audit
from coachbot.db.compiled import insert_row
from coachbot.jobs.topics import announce
from scheduling.models import Booking, BookingEvent, Role

SELF_SERVICE = frozenset({Role.CLIENT, Role.GUEST})


def role_in(booking: Booking, actor: User | None) -> Role:
    """What `actor` is to `booking`; the strongest, where they are several things."""
    if actor is None:
        return Role.GUEST
    if actor.is_staff:
        return Role.STAFF
    if booking.specialist.user_id == actor.pk:
        return Role.SPECIALIST
    return Role.CLIENT if booking.client_id == actor.pk else Role.GUEST


def record(
    booking: Booking,
    actor: User | None,
    now: datetime,
    *,
    before: Booking | None = None,
    reason: str = "",
) -> None:
    """Note how `booking` came to be what it is; `before` is what it was, None if it is new. What
    staff and specialists do is in the log, too, and whoever wants to be told is told.

    Who waited for the lock read the clock before it: what came earlier is never dated later.
    """
    handed_over = before is not None and before.specialist_id != booking.specialist_id
    earlier = booking.events.aggregate(at=Max("at"))["at"] if before else None
    event = BookingEvent(
        booking=booking,
        at=max(now, earlier) if earlier else now,
        version=booking.version,
        from_status=before.status if before else "",
        to_status=booking.status,
        from_starts_at=before.starts_at if before else None,
        to_starts_at=booking.starts_at,
        from_specialist=before.specialist if handed_over and before else None,
        to_specialist=booking.specialist if handed_over else None,
        by=role_in(booking, actor),
        actor=actor,
        reason=reason,
    )
    insert_row(event)
    action = _action(before, booking)
    announce(action, event=str(event.pk))
    log(action, booking, actor, before=before, reason=reason)


def log(
    action: str,
    booking: Booking,
    actor: User | None,
    *,
    before: Booking | None,
    reason: str = "",
) -> None:
    """Leave an entry of what staff or a specialist did; clients' own doings are their history."""
    if role_in(booking, actor) not in SELF_SERVICE:
        changes = audit.difference(before, booking)
        audit.record(action, booking, changes=changes, reason=reason, actor=actor)


def _action(before: Booking | None, after: Booking) -> str:
    if before is None:
        return "booking.created"
    if before.specialist_id != after.specialist_id:
        return "booking.handed_over"
    return "booking.rescheduled" if before.status == after.status else f"booking.{after.status}"
