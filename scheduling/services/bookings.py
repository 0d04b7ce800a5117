"""New bookings: lock the specialist, ask, write."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import IntegrityError, transaction

from accounts.models import User
from coachbot import metrics
from coachbot.db.faults import retrying
from coachbot.db.violations import violates
from coachbot.errors import Reason
from scheduling import queries
from scheduling.errors import (
    ContactRequired,
    OutOfRange,
    ReasonRequired,
    SlotTaken,
    SlotUnavailable,
)
from scheduling.models import Booking, BookingStatus, Service, Specialist
from scheduling.models.booking import hash_token
from scheduling.models.hours import LATEST
from scheduling.queries import Wish
from scheduling.services.counting import counting_refusals
from scheduling.services.events import record
from scheduling.services.limits import require_room
from scheduling.slots import Refusal

# Two references collide about once in a million bookings; twice in a row never.
REFERENCE_TRIES = 3
# What staff may overrule: everything but another booking, and who offers what.
HOURS_AND_NOTICES = frozenset(Refusal) - {Refusal.TAKEN}


class Contact(NamedTuple):
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""


class Order(NamedTuple):
    """One booking to be made: for `client`, or for a guest whom `contact` names.

    `actor` makes it: the client, staff, or None for the guest. `overruled` are the rules that
    staff set aside, with their `reason`.
    """

    wish: Wish
    starts_at: datetime
    client: User | None
    actor: User | None
    contact: Contact
    notes: str = ""
    overruled: frozenset[str] = frozenset()
    reason: str = ""


class Booked(NamedTuple):
    """A new booking; for a guest also the secret that opens it, which is kept nowhere."""

    booking: Booking
    manage_token: str | None


@counting_refusals
@retrying
def book(
    *,
    wish: Wish,
    starts_at: datetime,
    client: User | None,
    now: datetime,
    actor: User | None = None,
    contact: Contact = Contact(),  # noqa: B008 -- a NamedTuple cannot be changed
    notes: str = "",
) -> Booked:
    """Give `client`, or the guest of `contact`, the slot of `wish` that begins at `starts_at`.

    Whoever wants time of one specialist queues up on the specialist's row, so the second sees
    the booking of the first. `actor` is staff who book for somebody else. Raises SlotTaken (with
    alternatives), SlotUnavailable (with every reason), LimitReached, DurationNotAllowed,
    OutOfRange for an end after 2100, or ContactRequired for a guest without name or email.
    """
    contact = _contact(client, contact)
    return _place(Order(wish, starts_at, client, actor or client, contact, notes), now)


@counting_refusals
@retrying
def book_outside_hours(
    *,
    wish: Wish,
    starts_at: datetime,
    client: User | None,
    actor: User,
    reason: str,
    now: datetime,
    contact: Contact = Contact(),  # noqa: B008 -- a NamedTuple cannot be changed
    notes: str = "",
) -> Booked:
    """Staff book a time that is no slot; never one where another booking is. The rules that they
    set aside stand in the booking's history with their reason. Raises as `book`, and
    ReasonRequired."""
    if not reason.strip():
        raise ReasonRequired("Say why this is booked outside the rules.")
    contact = _contact(client, contact)
    order = Order(wish, starts_at, client, actor, contact, notes, HOURS_AND_NOTICES, reason.strip())
    return _place(order, now)


@counting_refusals
@retrying
def book_anyone(
    *,
    service: Service,
    starts_at: datetime,
    client: User | None,
    now: datetime,
    actor: User | None = None,
    contact: Contact = Contact(),  # noqa: B008 -- a NamedTuple cannot be changed
    notes: str = "",
) -> Booked:
    """As `book`, with whichever specialist of `service` is free and has the fewest bookings that
    day; never nobody while one is free. Raises as `book` when none is."""
    contact = _contact(client, contact)
    refusals: list[SlotTaken | SlotUnavailable] = []
    for specialist in queries.least_busy(service, starts_at):
        order = Order(Wish(specialist, service), starts_at, client, actor or client, contact, notes)
        try:
            return _insert(order, now)
        except (SlotTaken, SlotUnavailable) as refusal:
            refusals.append(refusal)
    raise _nobody(refusals, service, starts_at, now)


def insert_if_free(order: Order, now: datetime) -> Booked:
    """Check and insert. Safe only while the specialist's row is locked: call `book`."""
    wish, starts_at = order.wish, order.starts_at
    terms = queries.terms_of(wish)
    ends_at = starts_at + timedelta(seconds=terms.duration)
    require_in_range(ends_at)
    overruled = _require_slot(order, now=now)
    token = None if order.client else secrets.token_urlsafe(32)
    price, currency = _price(wish, ends_at - starts_at)
    pending = wish.service is not None and wish.service.requires_confirmation
    booking = Booking.objects.create(
        specialist=wish.specialist,
        service=wish.service,
        client=order.client,
        client_name=order.contact.name,
        client_email=order.contact.email,
        client_phone=order.contact.phone,
        language=order.contact.language,
        manage_token_hash=hash_token(token) if token else "",
        starts_at=starts_at,
        ends_at=ends_at,
        occupied_starts_at=starts_at - timedelta(seconds=terms.buffer_before),
        occupied_ends_at=ends_at + timedelta(seconds=terms.buffer_after),
        status=BookingStatus.PENDING if pending else BookingStatus.CONFIRMED,
        notes=order.notes,
        price=price,
        currency=currency,
    )
    record(booking, order.actor, now, reason=explained(order.reason, overruled))
    transaction.on_commit(metrics.BOOKINGS.inc)
    return Booked(booking, token)


def _place(order: Order, now: datetime) -> Booked:
    try:
        return _insert(order, now)
    except SlotTaken as refusal:
        # Looked for after the transaction, so that nobody waits for it.
        nearest = queries.nearest_slots(order.wish, order.starts_at, now=now)
        raise taken(nearest, refusal.reasons) from None


def _insert(order: Order, now: datetime) -> Booked:
    for attempt in range(1, REFERENCE_TRIES + 1):
        try:
            with transaction.atomic():
                specialist = Specialist.everything.lock(order.wish.specialist.pk)
                require_room(order.client, order.contact.email, order.actor, now=now)
                wish = order.wish._replace(specialist=specialist, service=_as_is(order.wish))
                return insert_if_free(order._replace(wish=wish), now)
        except IntegrityError as error:
            if violates(error, "booking_no_overlap"):
                raise SlotTaken from error
            collided = violates(error, "booking_reference_unique", "scheduling_booking.reference")
            if not collided or attempt == REFERENCE_TRIES:
                raise
    raise AssertionError("unreachable")


def _as_is(wish: Wish) -> Service | None:
    """The service as it is now: whoever deletes it waits for the specialist's lock first."""
    return Service.everything.get(pk=wish.service.pk) if wish.service else None


def require_in_range(ends_at: datetime) -> None:
    """Raise OutOfRange for what the database would refuse without saying why."""
    if ends_at > LATEST:
        raise OutOfRange


def _require_slot(order: Order, *, now: datetime) -> Sequence[Reason]:
    """The rules that `order` overrules. Raises SlotTaken or SlotUnavailable for any other."""
    reasons = queries.why_not(order.wish, order.starts_at, now=now)
    standing = [reason for reason in reasons if reason.code not in order.overruled]
    refuse(standing)
    return reasons


def refuse(reasons: Sequence[Reason]) -> None:
    """Raise SlotTaken where another booking is there, SlotUnavailable for any other reason."""
    others = [reason for reason in reasons if reason.code != Refusal.TAKEN]
    if len(others) < len(reasons):
        raise SlotTaken(reasons=others)
    if reasons:
        raise SlotUnavailable(reasons=reasons)


def _nobody(
    refusals: Sequence[SlotTaken | SlotUnavailable],
    service: Service,
    starts_at: datetime,
    now: datetime,
) -> SlotTaken | SlotUnavailable:
    """Why nobody is free: taken, if somebody would be but for another booking."""
    if any(isinstance(refusal, SlotTaken) and not refusal.reasons for refusal in refusals):
        nearest = queries.nearest_slots_of_anyone(service, starts_at, now=now)
        return taken(nearest)
    reasons = dict.fromkeys(reason for refusal in refusals for reason in refusal.reasons)
    return SlotUnavailable(reasons=list(reasons) or [queries.NOT_OFFERED])


def taken(nearest: Sequence[queries.Slot], reasons: Sequence[Reason] = ()) -> SlotTaken:
    """The refusal that offers the `nearest` slots instead."""
    return SlotTaken(reasons=reasons, extra={"alternatives": [slot._asdict() for slot in nearest]})


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


def _price(wish: Wish, length: timedelta) -> tuple[Decimal, str]:
    """The service's price, or the specialist's hourly rate for that long."""
    if wish.service is not None:
        return wish.service.price, wish.service.currency
    hours = Decimal(int(length.total_seconds())) / 3600
    price = (wish.specialist.hourly_rate * hours).quantize(Decimal("0.01"))
    return price, wish.specialist.currency


def explained(reason: str, overruled: Sequence[Reason]) -> str:
    """What staff say, with the rules that they set aside, in at most 500 characters."""
    codes = ", ".join(each.code for each in overruled)
    aside = f" (set aside: {codes})" if codes else ""
    return reason[: 500 - len(aside)] + aside
