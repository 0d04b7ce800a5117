"""Bookings: lock the specialist, ask, write."""

import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from django.db import IntegrityError, transaction

from accounts.models import User
from coachbot.db.violations import violates
from scheduling import queries
from scheduling.errors import (
    ContactRequired,
    ReasonRequired,
    SlotTaken,
    SlotUnavailable,
    StateConflict,
    TooLateToChange,
)
from scheduling.models import (
    Booking,
    BookingStatus,
    Specialist,
)
from scheduling.models.booking import MOVES, hash_token
from scheduling.queries import Wish
from scheduling.slots import Refusal

# Two references collide about once in a million bookings; twice in a row never.
REFERENCE_TRIES = 3


class Role(StrEnum):
    """What somebody is to one booking."""

    CLIENT = "client"
    GUEST = "guest"
    SPECIALIST = "specialist"
    STAFF = "staff"


class Contact(NamedTuple):
    name: str = ""
    email: str = ""
    phone: str = ""


class Booked(NamedTuple):
    """A new booking; for a guest also the secret that opens it, which is kept nowhere."""

    booking: Booking
    manage_token: str | None


def book(
    *,
    wish: Wish,
    starts_at: datetime,
    client: User | None,
    now: datetime,
    contact: Contact = Contact(),  # noqa: B008 -- a NamedTuple cannot be changed
    notes: str = "",
) -> Booked:
    """Give `client`, or the guest of `contact`, the slot of `wish` that begins at `starts_at`.

    Whoever wants time of one specialist queues up on the specialist's row, so the second sees
    the booking of the first. Raises SlotTaken (with alternatives), SlotUnavailable (with every
    reason), DurationNotAllowed, or ContactRequired for a guest without name or email.
    """
    contact = _contact(client, contact)
    try:
        return _book_with_new_reference(wish, starts_at, client, contact, notes, now)
    except SlotTaken:
        nearest = queries.nearest_slots(wish, starts_at, now=now)
        alternatives = [slot._asdict() for slot in nearest]
        raise SlotTaken(extra={"alternatives": alternatives}) from None


def _book_with_new_reference(
    wish: Wish,
    starts_at: datetime,
    client: User | None,
    contact: Contact,
    notes: str,
    now: datetime,
) -> Booked:
    for attempt in range(1, REFERENCE_TRIES + 1):
        try:
            with transaction.atomic():
                specialist = Specialist.everything.lock(wish.specialist.pk)
                return insert_if_free(
                    wish._replace(specialist=specialist), starts_at, client, contact, notes, now
                )
        except IntegrityError as error:
            if violates(error, "booking_no_overlap"):
                raise SlotTaken from error
            collided = violates(error, "booking_reference_unique", "scheduling_booking.reference")
            if not collided or attempt == REFERENCE_TRIES:
                raise
    raise AssertionError("unreachable")


def insert_if_free(
    wish: Wish,
    starts_at: datetime,
    client: User | None,
    contact: Contact,
    notes: str,
    now: datetime,
) -> Booked:
    """Check and insert. Safe only while the specialist's row is locked: call `book`."""
    _require_slot(wish, starts_at, now=now)
    terms = queries.terms_of(wish)
    token = None if client else secrets.token_urlsafe(32)
    ends_at = starts_at + timedelta(seconds=terms.duration)
    price, currency = _price(wish, ends_at - starts_at)
    pending = wish.service is not None and wish.service.requires_confirmation
    booking = Booking.objects.create(
        specialist=wish.specialist,
        service=wish.service,
        client=client,
        client_name=contact.name,
        client_email=contact.email,
        client_phone=contact.phone,
        manage_token_hash=hash_token(token) if token else "",
        starts_at=starts_at,
        ends_at=ends_at,
        occupied_starts_at=starts_at - timedelta(seconds=terms.buffer_before),
        occupied_ends_at=ends_at + timedelta(seconds=terms.buffer_after),
        status=BookingStatus.PENDING if pending else BookingStatus.CONFIRMED,
        notes=notes,
        price=price,
        currency=currency,
    )
    return Booked(booking, token)


def cancel(*, booking: Booking, actor: User | None, now: datetime, reason: str = "") -> Booking:
    """Free the booking's time. `actor` is None for the guest who holds its token.

    Clients and guests may until the cancellation notice; specialists and staff always, with a
    reason. Raises StateConflict, TooLateToChange or ReasonRequired.
    """
    role = role_in(booking, actor)
    if role in (Role.SPECIALIST, Role.STAFF) and not reason.strip():
        raise ReasonRequired
    with transaction.atomic():
        booking = _lock_booking(booking, to=BookingStatus.CANCELLED)
        notice = queries.cancellation_notice(booking)
        if role in (Role.CLIENT, Role.GUEST) and now > booking.starts_at - notice:
            raise TooLateToChange(
                "It is too late to cancel this booking online: please contact us."
            )
        booking.cancellation_reason = reason.strip()
        return _move(booking, BookingStatus.CANCELLED)


def confirm(*, booking: Booking) -> Booking:
    """Accept a pending booking. Raises StateConflict."""
    with transaction.atomic():
        return _move(_lock_booking(booking, to=BookingStatus.CONFIRMED), BookingStatus.CONFIRMED)


def complete(*, booking: Booking, now: datetime) -> Booking:
    """Close a booking that took place. Raises StateConflict, also before it has started."""
    return _close(booking, BookingStatus.COMPLETED, now)


def mark_no_show(*, booking: Booking, now: datetime) -> Booking:
    """Close a booking whose client stayed away. Raises StateConflict, also before it starts."""
    return _close(booking, BookingStatus.NO_SHOW, now)


def role_in(booking: Booking, actor: User | None) -> Role:
    """What `actor` is to `booking`; the strongest, where they are several things."""
    if actor is None:
        return Role.GUEST
    if actor.is_staff:
        return Role.STAFF
    if booking.specialist.user_id == actor.pk:
        return Role.SPECIALIST
    return Role.CLIENT if booking.client_id == actor.pk else Role.GUEST


def _contact(client: User | None, given: Contact) -> Contact:
    if client is None:
        for field, value in (("client_name", given.name), ("client_email", given.email)):
            if not value:
                raise ContactRequired("A guest gives a name and an email address.", field=field)
        return given
    return Contact(
        name=given.name or client.get_full_name() or client.username,
        email=given.email or client.email,
        phone=given.phone or client.phone,
    )


def _require_slot(wish: Wish, starts_at: datetime, *, now: datetime) -> None:
    reasons = queries.why_not(wish, starts_at, now=now)
    if [reason.code for reason in reasons] == [Refusal.TAKEN]:
        raise SlotTaken
    if reasons:
        raise SlotUnavailable(reasons=reasons)


def _price(wish: Wish, length: timedelta) -> tuple[Decimal, str]:
    """The service's price, or the specialist's hourly rate for that long."""
    if wish.service is not None:
        return wish.service.price, wish.service.currency
    hours = Decimal(int(length.total_seconds())) / 3600
    price = (wish.specialist.hourly_rate * hours).quantize(Decimal("0.01"))
    return price, wish.specialist.currency


def _close(booking: Booking, to: BookingStatus, now: datetime) -> Booking:
    with transaction.atomic():
        booking = _lock_booking(booking, to=to)
        if booking.starts_at > now:
            raise StateConflict("This booking has not started yet.")
        return _move(booking, to)


def _lock_booking(booking: Booking, *, to: BookingStatus) -> Booking:
    """The row as it is now, locked. Raises StateConflict if it may not go to `to`."""
    Specialist.everything.lock(booking.specialist_id)
    locked = (
        Booking.objects.select_related("service").select_for_update(of=("self",)).get(pk=booking.pk)
    )
    state = BookingStatus(locked.status)
    if to not in MOVES[state]:
        raise StateConflict(
            f"This booking is {state.label.lower()}, so it cannot become {to.label.lower()}."
        )
    return locked


def _move(booking: Booking, to: BookingStatus) -> Booking:
    booking.status = to
    booking.version += 1
    booking.save(
        update_fields=["status", "version", "cancellation_reason", "updated_at"],
    )
    return booking
