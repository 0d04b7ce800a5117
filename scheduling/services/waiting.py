"""The waiting list, as those see it who wait: join, leave, take an offer or let it pass."""

import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import User
from audit import services as audit
from coachbot.db.faults import retrying
from coachbot.db.violations import violates
from coachbot.jobs.topics import announce
from scheduling import queries
from scheduling.errors import (
    AlreadyWaiting,
    OfferExpired,
    RangeOver,
    RangeTooLong,
    SlotFreeNow,
    SlotTaken,
    SlotUnavailable,
    StateConflict,
)
from scheduling.models import (
    Hold,
    HoldOutcome,
    Specialist,
    WaitingListEntry,
    WaitingStatus,
)
from scheduling.models.booking import hash_token
from scheduling.queries import Wish
from scheduling.services.bookings import Booked, Contact, Order, contact_of, insert
from scheduling.services.counting import counting_refusals
from scheduling.services.holds import close, pass_on
from scheduling.services.limits import require_place
from scheduling.services.offering import offer_freed

LONGEST_WAIT = timedelta(days=62)


class Joined(NamedTuple):
    """A new entry; for a guest also the secret that opens it, which is kept nowhere."""

    entry: WaitingListEntry
    manage_token: str | None


@retrying
def join_waiting_list(
    *,
    client: User | None,
    contact: Contact,
    actor: User | None,
    now: datetime,
    **wanted: Any,
) -> Joined:
    """Put `client`, or the guest of `contact`, at the end of the line for what is `wanted`: fields
    of an entry.

    Raises SlotFreeNow (with alternatives) where nobody need wait, AlreadyWaiting, LimitReached,
    SlotUnavailable for what cannot be booked at all, RangeOver, RangeTooLong, DurationNotAllowed,
    or ContactRequired.
    """
    contact = contact_of(client, contact)
    token = None if client else secrets.token_urlsafe(32)
    entry = WaitingListEntry(
        client=client,
        client_name=contact.name,
        client_email=contact.email,
        client_phone=contact.phone,
        manage_token_hash=hash_token(token) if token else "",
        queued_at=now,
        **wanted,
    )
    _require_range(entry, now)
    with transaction.atomic():
        require_place(client, contact.email, actor)
        _require_bookable(entry)
        _require_wait(entry, now)
        _save(entry)
        _log("waiting_list.joined", entry, actor, changes=audit.difference(None, entry))
        announce("waiting_list.joined", entry=str(entry.pk))
    return Joined(entry, token)


@retrying
def leave_waiting_list(*, entry: WaitingListEntry, actor: User | None, now: datetime) -> None:
    """Wait no more; what was offered goes to the next. Raises StateConflict for who does not
    wait."""
    held = Hold.objects.unreleased().filter(entry=entry).first()
    with transaction.atomic():
        if held:
            Specialist.everything.lock(held.specialist_id)
        if not close(Q(pk=entry.pk), WaitingStatus.LEFT, now):
            raise StateConflict(f"This entry is {_state(entry)}: that is final.")
        _log("waiting_list.left", entry, actor)
        if held:
            offer_freed(held.specialist_id, now)


@counting_refusals
@retrying
def accept_offer(*, entry: WaitingListEntry, actor: User | None, now: datetime) -> Booked:
    """Book what is offered. Until it expires nobody else can.

    Raises OfferExpired, StateConflict where nothing is offered, SlotUnavailable if it is no slot
    any more, or LimitReached.
    """
    hold = _offered(entry, now)
    wish = Wish(hold.specialist, entry.service, entry.duration_minutes)
    contact = Contact(entry.client_name, entry.client_email, entry.client_phone)
    order = Order(wish, hold.starts_at, entry.client, actor, contact, holder=entry.pk)
    try:
        return insert(order, now)
    except SlotTaken as taken:
        raise OfferExpired from taken


@retrying
def decline_offer(
    *, entry: WaitingListEntry, actor: User | None, now: datetime
) -> WaitingListEntry:
    """Let the offer pass, and wait on at the end of the line; not for that time any more. Raises
    as `accept_offer`."""
    with transaction.atomic():
        Specialist.everything.lock(_offered(entry, now).specialist_id)
        hold = _offered(entry, now)
        if not pass_on(hold, HoldOutcome.DECLINED, now):
            raise OfferExpired
        _log("waiting_list.declined", entry, actor)
        # Asked again, they might let pass what they have not even seen.
        offer_freed(hold.specialist_id, now, but=[entry.pk])
    return WaitingListEntry.objects.with_people().get(pk=entry.pk)


def _offered(entry: WaitingListEntry, now: datetime) -> Hold:
    rows = Hold.objects.unreleased().filter(entry=entry)
    hold = rows.select_related("entry", "specialist").first()
    if hold is not None and hold.expires_at > now:
        return hold
    if hold is not None or _last_one_expired(entry):
        raise OfferExpired
    raise StateConflict(f"This entry is {_state(entry)}: nothing is offered.")


def _last_one_expired(entry: WaitingListEntry) -> bool:
    last = Hold.objects.filter(entry=entry).order_by("-created_at", "-pk").first()
    return last is not None and last.outcome == HoldOutcome.EXPIRED


def _state(entry: WaitingListEntry) -> str:
    stored = WaitingListEntry.objects.get(pk=entry.pk)
    return stored.get_status_display().lower()


def _require_range(entry: WaitingListEntry, now: datetime) -> None:
    if entry.latest < now:
        raise RangeOver
    if entry.latest - max(entry.earliest, now) > LONGEST_WAIT:
        raise RangeTooLong


def _require_bookable(entry: WaitingListEntry) -> None:
    """Raise SlotUnavailable for what nobody could ever book, or DurationNotAllowed."""
    if entry.specialist is None:
        if not queries.who_could_see(entry):
            raise SlotUnavailable(reasons=[queries.NOT_OFFERED])
        return
    queries.terms_for(entry, entry.specialist)
    if reasons := queries.standing_refusals(Wish(entry.specialist, entry.service)):
        raise SlotUnavailable(reasons=reasons)


def _require_wait(entry: WaitingListEntry, now: datetime) -> None:
    if found := queries.free_for(entry, now=now):
        slots = [
            {**slot._asdict(), "specialist": {"id": person.pk, "name": person.name}}
            for slot, person in found
        ]
        raise SlotFreeNow(extra={"alternatives": slots})


def _save(entry: WaitingListEntry) -> None:
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as error:
        if violates(error, "waiting_once_per_client", "waiting_once_per_guest"):
            raise AlreadyWaiting from error
        raise


def _log(action: str, entry: WaitingListEntry, actor: User | None, **more: Any) -> None:
    """What staff do is in the log; clients' own doings are not."""
    if actor is not None and actor.is_staff:
        audit.record(action, entry, actor=actor, **more)
