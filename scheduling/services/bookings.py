"""New bookings: lock the specialist, ask, write."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from coachbot import metrics
from coachbot.db.compiled import ByKey, insert_row
from coachbot.db.faults import retrying
from coachbot.db.violations import violates
from coachbot.errors import Reason
from scheduling import queries
from scheduling.errors import (
    ContactRequired,
    OfferExpired,
    OutOfRange,
    ReasonRequired,
    SlotTaken,
    SlotUnavailable,
)
from scheduling.models import Booking, BookingStatus, Hold, Service, Specialist
from scheduling.models.booking import hash_token
from scheduling.models.hours import LATEST
from scheduling.queries import Wish
from scheduling.services.counting import counting_refusals
from scheduling.services.events import record
from scheduling.services.holds import take_back, take_up
from scheduling.services.limits import require_room
from scheduling.slots import Refusal

SERVICE = ByKey(Service.everything.all())
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
    staff set aside, with their `reason`. `holder` is the entry of the waiting list for which the
    time is held.
    """

    wish: Wish
    starts_at: datetime
    client: User | None
    actor: User | None
    contact: Contact
    notes: str = ""
    overruled: frozenset[str] = frozenset()
    reason: str = ""
    holder: UUID | None = None


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
    contact = contact_of(client, contact)
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
    return _overrule(
        HOURS_AND_NOTICES,
        Order(wish, starts_at, client, actor, contact, notes, reason=reason.strip()),
        now,
    )


@counting_refusals
@retrying
def book_over_hold(
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
    """As `book_outside_hours`, also where time is held for one who waits: the offer is taken back,
    and they keep their place in line."""
    return _overrule(
        HOURS_AND_NOTICES | {queries.HELD},
        Order(wish, starts_at, client, actor, contact, notes, reason=reason.strip()),
        now,
    )


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
    contact = contact_of(client, contact)
    refusals: list[SlotTaken | SlotUnavailable] = []
    for specialist in queries.least_busy(service, starts_at, now=now):
        order = Order(Wish(specialist, service), starts_at, client, actor or client, contact, notes)
        try:
            return insert(order, now)
        except (SlotTaken, SlotUnavailable) as refusal:
            refusals.append(refusal)
    raise _nobody(refusals, service, starts_at, now)


def insert_if_free(order: Order, now: datetime) -> Booked:
    """Check and insert. Safe only while the specialist's row is locked: call `book`."""
    wish, starts_at = order.wish, order.starts_at
    terms = queries.terms_of(wish)
    ends_at = starts_at + timedelta(seconds=terms.duration)
    require_in_range(ends_at)
    overruled, holds = _require_slot(order, now=now)
    token = None if order.client else secrets.token_urlsafe(32)
    price, currency = _price(wish, ends_at - starts_at)
    pending = wish.service is not None and wish.service.requires_confirmation
    booking = Booking(
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
    insert_row(booking)
    _settle_holds(holds, order, booking, now)
    record(booking, order.actor, now, reason=explained(order.reason, overruled))
    transaction.on_commit(metrics.BOOKINGS.inc)
    return Booked(booking, token)


def _overrule(rules: frozenset[str], order: Order, now: datetime) -> Booked:
    if not order.reason:
        raise ReasonRequired("Say why this is booked outside the rules.")
    contact = contact_of(order.client, order.contact)
    return _place(order._replace(contact=contact, overruled=rules), now)


def _place(order: Order, now: datetime) -> Booked:
    try:
        return insert(order, now)
    except SlotTaken as refusal:
        # Looked for after the transaction, so that nobody waits for it.
        nearest = queries.nearest_slots(order.wish, order.starts_at, now=now)
        raise taken(nearest, refusal.reasons) from None


def insert(order: Order, now: datetime) -> Booked:
    """Lock, check and insert. Raises as `book`, but without alternatives."""
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
    return SERVICE.get(pk=wish.service.pk) if wish.service else None


def require_in_range(ends_at: datetime) -> None:
    """Raise OutOfRange for what the database would refuse without saying why."""
    if ends_at > LATEST:
        raise OutOfRange


def _require_slot(order: Order, *, now: datetime) -> tuple[Sequence[Reason], Sequence[Hold]]:
    """The rules that `order` overrules, and the holds that it has to do with. Raises SlotTaken or
    SlotUnavailable for any other rule."""
    reasons: Sequence[Reason] = queries.why_not(order.wish, order.starts_at, now=now)
    holds: Sequence[Hold] = ()
    if queries.is_taken(reasons):
        reasons, holds = _behind_holds(order, reasons, now)
    refuse([reason for reason in reasons if reason.code not in order.overruled])
    return reasons, holds


def _behind_holds(
    order: Order, reasons: Sequence[Reason], now: datetime
) -> tuple[Sequence[Reason], Sequence[Hold]]:
    """What refuses `order` when its own hold is set aside. Staff are told of those of others,
    which they may overrule; to all others they are as good as bookings."""
    by_staff = order.actor is not None and order.actor.is_staff
    if not (by_staff or order.client or order.holder):
        return reasons, []  # nothing is held for a guest whom no entry names
    found = queries.holds_at(order.wish, order.starts_at, now=now)
    others = [hold for hold in found if not _is_own(hold, order)]
    aside = found if by_staff else [hold for hold in found if hold not in others]
    if not aside:
        return reasons, []
    left = queries.why_not_but_for(order.wish, order.starts_at, aside, now=now)
    if queries.is_taken(left):
        return reasons, []
    return [*left, *queries.held_for(others)] if by_staff else left, aside


def _is_own(hold: Hold, order: Order) -> bool:
    """Whether it is held for whom `order` is: the entry itself, or its client who books what was
    offered as anybody would."""
    service = order.wish.service
    offered = (hold.starts_at, hold.entry.service_id) == (
        order.starts_at,
        service.pk if service else None,
    )
    client = order.client is not None and hold.entry.client_id == order.client.pk
    return hold.entry_id == order.holder or (offered and client)


def _settle_holds(holds: Sequence[Hold], order: Order, booking: Booking, now: datetime) -> None:
    """Raises OfferExpired where nothing is held for the holder any more, though it may be free."""
    if order.holder and order.holder not in {hold.entry_id for hold in holds}:
        raise OfferExpired
    for hold in holds:
        if _is_own(hold, order):
            take_up(hold, booking, now)
        else:
            take_back(hold, now)


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


def contact_of(client: User | None, given: Contact) -> Contact:
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
