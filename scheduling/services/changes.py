"""The life of a booking after it is made: every change locks, compares and is recorded."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit import services as audit
from coachbot.db.faults import retrying
from coachbot.db.violations import violates
from scheduling import queries
from scheduling.errors import (
    ReasonRequired,
    SlotTaken,
    StateConflict,
    TooLateToChange,
    VersionMismatch,
)
from scheduling.models import Booking, BookingStatus, Specialist
from scheduling.models.booking import AFTER_START, MOVES
from scheduling.services.bookings import (
    HOURS_AND_NOTICES,
    explained,
    refuse,
    require_in_range,
    taken,
)
from scheduling.services.events import SELF_SERVICE, log, record, role_in
from scheduling.services.locks import lock_specialist
from scheduling.services.offering import offer_freed, offering_at_the_end


@retrying
def confirm(
    *, booking: Booking, actor: User | None, now: datetime, version: int | None = None
) -> Booking:
    """Accept a pending booking. Raises StateConflict or VersionMismatch."""
    with transaction.atomic():
        booking = _lock(booking, version)
        return _move(booking, BookingStatus.CONFIRMED, actor, now)


@retrying
def complete(
    *, booking: Booking, actor: User | None, now: datetime, version: int | None = None
) -> Booking:
    """Close a booking that took place. Raises StateConflict, also before it has started, or
    VersionMismatch."""
    return _close(booking, BookingStatus.COMPLETED, actor, now, version)


@retrying
def mark_no_show(
    *, booking: Booking, actor: User | None, now: datetime, version: int | None = None
) -> Booking:
    """Close a booking whose client stayed away. Raises as `complete`."""
    return _close(booking, BookingStatus.NO_SHOW, actor, now, version)


@retrying
def cancel(
    *,
    booking: Booking,
    actor: User | None,
    now: datetime,
    reason: str = "",
    version: int | None = None,
) -> Booking:
    """Free the booking's time. `actor` is None for the guest who holds its token.

    Clients and guests may until the cancellation notice; specialists and staff always, with a
    reason. Raises StateConflict, TooLateToChange, ReasonRequired or VersionMismatch.
    """
    _require_reason(booking, actor, reason)
    with transaction.atomic():
        booking = _lock(booking, version)
        require_possible(booking, BookingStatus.CANCELLED, now=now)
        _require_time(booking, actor, now)
        return _move(booking, BookingStatus.CANCELLED, actor, now, reason.strip())


@retrying
def reschedule(
    *,
    booking: Booking,
    starts_at: datetime,
    actor: User | None,
    now: datetime,
    reason: str = "",
    version: int | None = None,
) -> Booking:
    """Move the booking, in one transaction, to a slot that begins at `starts_at`.

    The same people may as may cancel, as long. It keeps its length and its buffers, and its own
    present time is no obstacle. Staff may move it outside open hours. Raises as `cancel`, and
    SlotTaken (with alternatives), SlotUnavailable or OutOfRange; it then keeps the time it had.
    """
    _require_reason(booking, actor, reason)
    try:
        with transaction.atomic():
            return _reschedule(_lock(booking, version), starts_at, actor, now, reason.strip())
    except IntegrityError as error:
        if not violates(error, "booking_no_overlap"):
            raise
        nearest = queries.nearest_slots_for_move(booking, starts_at, now=now)
        raise taken(nearest) from error
    except SlotTaken as refusal:
        nearest = queries.nearest_slots_for_move(booking, starts_at, now=now)
        raise taken(nearest, refusal.reasons) from None


@retrying
def hand_over(
    *,
    booking: Booking,
    specialist: Specialist,
    actor: User,
    reason: str,
    now: datetime,
    version: int | None = None,
) -> Booking:
    """Have `specialist` see to the booking, at the time it has. For staff, who say why.

    The other must offer the service and be free; staff set other rules aside, which its history
    tells. Raises StateConflict, ReasonRequired, VersionMismatch, SpecialistDeleted, SlotTaken or
    SlotUnavailable; the booking then stays where it was.
    """
    _require_reason(booking, actor, reason)
    try:
        with transaction.atomic():
            for key in sorted({booking.specialist_id, specialist.pk}):
                Specialist.everything.lock(key)
            booking = _lock(booking, version)
            return _hand_over(booking, lock_specialist(specialist.pk), actor, now, reason.strip())
    except IntegrityError as error:
        if not violates(error, "booking_no_overlap"):
            raise
        raise SlotTaken from error


@retrying
def change_details(
    *, booking: Booking, actor: User | None, version: int | None = None, **details: str
) -> Booking:
    """Correct `notes`, `client_name` or `client_phone`. Raises VersionMismatch."""
    with transaction.atomic():
        booking = _lock(booking, version)
        if not details:
            return booking
        before = copy(booking)
        for name, text in details.items():
            setattr(booking, name, text)
        booking = _write(booking, fields=details)
        log("booking.changed", booking, actor, before=before)
        return booking


def _reschedule(
    booking: Booking, starts_at: datetime, actor: User | None, now: datetime, reason: str
) -> Booking:
    _require_open(booking)
    if starts_at == booking.starts_at:
        return booking
    _require_time(booking, actor, now)
    shift = starts_at - booking.starts_at
    require_in_range(booking.ends_at + shift)
    overruled = HOURS_AND_NOTICES if actor is not None and actor.is_staff else frozenset()
    reasons = queries.why_not_move(booking, starts_at, now=now)
    refuse([each for each in reasons if each.code not in overruled])
    before = copy(booking)
    fields = ("starts_at", "ends_at", "occupied_starts_at", "occupied_ends_at")
    for name in fields:
        setattr(booking, name, getattr(booking, name) + shift)
    booking = _write(booking, fields=fields)
    record(booking, actor, now, before=before, reason=explained(reason, reasons))
    offer_freed(booking.specialist_id, now)
    return booking


def _hand_over(
    booking: Booking, specialist: Specialist, actor: User, now: datetime, reason: str
) -> Booking:
    _require_open(booking)
    if specialist.pk == booking.specialist_id:
        return booking
    reasons = queries.why_not_hand_over(booking, specialist, now=now)
    refuse([each for each in reasons if each.code not in HOURS_AND_NOTICES])
    before = copy(booking)
    booking.specialist = specialist
    booking = _write(booking, fields=("specialist_id",))
    record(booking, actor, now, before=before, reason=explained(reason, reasons))
    offer_freed(before.specialist_id, now)
    return booking


def _close(
    booking: Booking, to: BookingStatus, actor: User | None, now: datetime, version: int | None
) -> Booking:
    with transaction.atomic():
        booking = _lock(booking, version)
        require_possible(booking, to, now=now)
        return _move(booking, to, actor, now)


@contextmanager
def together() -> Iterator[None]:
    """Many changes, of which some may be refused, in one transaction: far quicker than each in its
    own. Change them in the order of their specialists, whose locks are kept until the end."""
    with transaction.atomic(), audit.together(), offering_at_the_end():
        yield


def require_possible(booking: Booking, to: BookingStatus, *, now: datetime) -> None:
    """Raise StateConflict if a booking in this state cannot become `to` now."""
    _require_move(booking, to)
    if to in AFTER_START and booking.starts_at > now:
        raise StateConflict(
            f"This booking is {booking.get_status_display().lower()} and has not started yet."
        )


def require_changeable(booking: Booking, actor: User | None, *, now: datetime) -> None:
    """Raise StateConflict or TooLateToChange if `actor` can neither cancel nor move it now."""
    _require_open(booking)
    _require_time(booking, actor, now)


def _lock(booking: Booking, version: int | None) -> Booking:
    """The row as it is now, locked, after its specialist. Raises VersionMismatch."""
    Specialist.everything.lock(booking.specialist_id)
    rows = Booking.objects.select_related("specialist", "service", "client")
    locked = rows.select_for_update(of=("self",), no_key=True).get(pk=booking.pk)
    # Handed over meanwhile, it is another specialist's lock that guards it.
    moved_away = locked.specialist_id != booking.specialist_id
    if moved_away or (version is not None and locked.version != version):
        raise VersionMismatch
    return locked


def _require_open(booking: Booking) -> None:
    state = BookingStatus(booking.status)
    if not MOVES[state]:
        raise StateConflict(f"This booking is {state.label.lower()}: that is final.")


def _require_move(booking: Booking, to: BookingStatus) -> None:
    _require_open(booking)
    state = BookingStatus(booking.status)
    if to not in MOVES[state]:
        raise StateConflict(
            f"This booking is {state.label.lower()}, so it cannot become {to.label.lower()}."
        )


def _require_reason(booking: Booking, actor: User | None, reason: str) -> None:
    if role_in(booking, actor) not in SELF_SERVICE and not reason.strip():
        raise ReasonRequired


def _require_time(booking: Booking, actor: User | None, now: datetime) -> None:
    """Clients and guests change a booking until its notice; later they have to call."""
    notice: timedelta = queries.cancellation_notice(booking)
    if role_in(booking, actor) in SELF_SERVICE and now > booking.starts_at - notice:
        raise TooLateToChange("It is too late to change this booking online: please contact us.")


def _move(
    booking: Booking, to: BookingStatus, actor: User | None, now: datetime, reason: str = ""
) -> Booking:
    _require_move(booking, to)
    before = copy(booking)
    booking.status = to
    if to == BookingStatus.CANCELLED:
        booking.cancellation_reason = reason
    booking = _write(booking, fields=("status", "cancellation_reason"))
    record(booking, actor, now, before=before, reason=reason)
    if to == BookingStatus.CANCELLED:
        offer_freed(booking.specialist_id, now)
    return booking


def _write(booking: Booking, *, fields: Iterable[str]) -> Booking:
    """Store `fields` as the next version: compare and swap, should anybody write past the lock."""
    seen, booking.version = booking.version, booking.version + 1
    booking.updated_at = timezone.now()
    values = {name: getattr(booking, name) for name in (*fields, "version", "updated_at")}
    if not Booking.objects.filter(pk=booking.pk, version=seen).update(**values):
        raise VersionMismatch
    return booking
