"""Free time is offered to those who wait for it, in the order of the line."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from audit import services as audit
from coachbot.db.faults import retrying
from coachbot.jobs.topics import announce
from scheduling import queries
from scheduling.errors import NothingToOffer, StateConflict
from scheduling.models import Hold, HoldOutcome, Specialist, WaitingListEntry, WaitingStatus
from scheduling.queries import FreeTime, Slot, Wish
from scheduling.services.holds import close, pass_on, take_back
from scheduling.services.locks import lock_specialist
from scheduling.slots import Terms

logger = logging.getLogger(__name__)
_freed: ContextVar[dict[UUID, datetime] | None] = ContextVar("freed", default=None)


def offer_freed(specialist_id: UUID, now: datetime, *, but: Collection[UUID] = ()) -> None:
    """Offer what has just come free, in the transaction that freed it, to all who wait `but` those:
    nobody gets in between.

    Takes the specialist's lock, if the caller has not. One query where nobody waits. What goes
    wrong here undoes nothing else: a worker looks once more.
    """
    freed = _freed.get()
    if freed is not None:
        freed[specialist_id] = now
    elif WaitingListEntry.objects.waiting_for(specialist_id, now).exclude(pk__in=but).exists():
        try:
            offer_time_of(specialist_id=specialist_id, now=now, but=but)
        except Exception:
            # It is rolled back to a savepoint of its own.
            logger.exception("Freed time was not offered.", extra={"specialist": specialist_id})


@contextmanager
def offering_at_the_end() -> Iterator[None]:
    """What comes free meanwhile is offered when all is done: until then it may be needed, or be no
    slot any more. Nothing is offered after an error."""
    if _freed.get() is not None:
        yield
        return
    freed: dict[UUID, datetime] = {}
    token = _freed.set(freed)
    try:
        yield
    finally:
        _freed.reset(token)
    for key in sorted(freed):
        offer_freed(key, freed[key])


@retrying
def offer_time_of(*, specialist_id: UUID, now: datetime, but: Collection[UUID] = ()) -> list[Hold]:
    """Offer what is free of a specialist to those who wait for it, all `but` those: each, first who
    is first in line, the earliest slot that suits them and that they have not let pass before.

    What they let expire is free before that, and what was held and is no slot any more is
    nobody's. Eight queries, and a few for each hold.
    """
    with transaction.atomic():
        specialist = Specialist.everything.lock(specialist_id)
        _clear(specialist, now)
        if specialist.is_deleted or not specialist.is_active:
            return []
        rows = WaitingListEntry.objects.waiting_for(specialist_id, now).exclude(pk__in=but)
        entries = list(rows.select_related("service"))
        passed = queries.let_pass_by(entries, specialist)
        found = (
            hold_first(entry, free, passed, now)
            for free in queries.free_time([specialist], entries, now=now)
            for entry in entries
        )
        return [hold for hold in found if hold]


@retrying
def offer_time_to(*, entry: WaitingListEntry, actor: User, now: datetime) -> Hold:
    """Staff offer one who waits the earliest slot that suits, whoever else is in line.

    Raises NothingToOffer, or StateConflict for who does not wait.
    """
    if entry.status != WaitingStatus.WAITING:
        raise StateConflict(f"This entry is {entry.get_status_display().lower()}: nobody waits.")
    for _, person in queries.free_for(entry, now=now):
        with transaction.atomic():
            specialist = lock_specialist(person.pk)
            _clear(specialist, now)
            (free,) = queries.free_time([specialist], [entry], now=now)
            if hold := hold_first(entry, free, set(), now):
                audit.record(
                    "waiting_list.offered", entry, changes={"offer": [None, str(hold)]}, actor=actor
                )
                return hold
    raise NothingToOffer


@retrying
def expire_entries(*, now: datetime) -> int:
    """Whose time is over waits no more."""
    with transaction.atomic():
        over = Q(status=WaitingStatus.WAITING, latest__lt=now)
        return close(over, WaitingStatus.EXPIRED, now)


def with_expired_holds(*, now: datetime) -> list[UUID]:
    """The specialists of whom something is held that nobody took in time."""
    expired = Hold.objects.unreleased().filter(expires_at__lte=now)
    return list(expired.order_by("specialist").values_list("specialist", flat=True).distinct())


def waited_for(*, now: datetime) -> list[UUID]:
    """The specialists for whose time anybody waits."""
    entries = WaitingListEntry.objects.waiting().filter(latest__gte=now)
    theirs = Q(pk__in=entries.values("specialist"))
    offering = Q(services__in=entries.filter(specialist=None).values("service"))
    rows = Specialist.objects.active().filter(theirs | offering)
    return list(rows.order_by("pk").values_list("pk", flat=True).distinct())


def _clear(specialist: Specialist, now: datetime) -> None:
    """Release what has expired, and what cannot be booked any more."""
    rows = Hold.objects.unreleased().filter(specialist=specialist).order_by("entry")
    for hold in rows.select_related("entry__service"):
        if hold.expires_at <= now:
            pass_on(hold, HoldOutcome.EXPIRED, now)
        elif _is_impossible(hold, specialist, now):
            take_back(hold, now)


def _is_impossible(hold: Hold, specialist: Specialist, now: datetime) -> bool:
    wish = Wish(specialist, hold.entry.service, hold.entry.duration_minutes)
    return bool(queries.why_not_but_for(wish, hold.starts_at, [hold], now=now))


def hold_first(
    entry: WaitingListEntry, free: FreeTime, passed: set[tuple[UUID, datetime]], now: datetime
) -> Hold | None:
    """Hold the first slot of `free` that suits `entry`. Safe only under the specialist's lock."""
    terms = queries.terms_for(entry, free.specialist)
    for slot in free.slots_for(entry):
        until = queries.offer_until(slot, terms, now=now)
        if until is None or (entry.pk, slot.starts_at) in passed:
            continue
        if hold := _hold(entry, slot, free.specialist, terms, until):
            free.take(slot, terms)
        return hold
    return None


def _hold(
    entry: WaitingListEntry, slot: Slot, specialist: Specialist, terms: Terms, until: datetime
) -> Hold | None:
    """None if they have another offer meanwhile, or left."""
    still = WaitingListEntry.objects.waiting().filter(pk=entry.pk)
    if not still.update(status=WaitingStatus.OFFERED, updated_at=timezone.now()):
        return None
    hold = Hold.objects.create(
        entry=entry,
        specialist=specialist,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        occupied_starts_at=slot.starts_at - timedelta(seconds=terms.buffer_before),
        occupied_ends_at=slot.ends_at + timedelta(seconds=terms.buffer_after),
        expires_at=until,
    )
    announce("waiting_list.offered", entry=str(entry.pk))
    return hold
