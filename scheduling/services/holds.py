"""Letting go of what is held for those who wait.

Time is held, booked by its holder, and let pass under the specialist's lock. Only `close` needs
none: such an entry is never offered anything again, which whoever has the lock notices.
Everybody takes locks in one order: service, specialists, client, entry, hold.
"""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from coachbot.jobs.topics import announce
from scheduling.errors import OfferExpired
from scheduling.models import (
    Booking,
    Hold,
    HoldOutcome,
    Specialist,
    WaitingListEntry,
    WaitingStatus,
)

FREES_TIME = frozenset({HoldOutcome.DECLINED, HoldOutcome.WITHDRAWN})


def pass_on(hold: Hold, outcome: HoldOutcome, now: datetime) -> bool:
    """Whoever it was held for lets it pass, and goes to the end of the line; after the last offer
    out of it. Whether it was still theirs."""
    entry = hold.entry
    passed = entry.offers_passed + 1
    dropped = passed >= settings.WAITING_LIST_MAX_OFFERS
    to = WaitingStatus.EXPIRED if dropped else WaitingStatus.WAITING
    if not _move(entry, to, offers_passed=passed, queued_at=now):
        return False
    _release([hold], outcome, now)
    if dropped:
        announce("waiting_list.expired", entry=str(entry.pk))
    return True


def take_back(hold: Hold, now: datetime) -> bool:
    """The offer is none any more. Whoever had it has the place in line that they had before.
    Whether it was still theirs."""
    if not _move(hold.entry, WaitingStatus.WAITING):
        return False
    _release([hold], HoldOutcome.WITHDRAWN, now)
    return True


def take_up(hold: Hold, booking: Booking, now: datetime) -> None:
    """It was booked by whom it was held for. Raises OfferExpired if it was theirs no more."""
    if not _move(hold.entry, WaitingStatus.BOOKED, booking=booking):
        raise OfferExpired
    if not _release([hold], HoldOutcome.ACCEPTED, now):
        raise OfferExpired


def close(which: Q, to: WaitingStatus, now: datetime) -> int:
    """Those in line of whom `which` is true wait no more, and what is held for them is free. How
    many they were."""
    entries = list(WaitingListEntry.objects.in_line().filter(which).order_by("pk"))
    closed = [entry for entry in entries if _leave(entry, to)]
    _release(Hold.objects.unreleased().filter(entry__in=closed), HoldOutcome.WITHDRAWN, now)
    for entry in closed if to == WaitingStatus.EXPIRED else ():
        announce("waiting_list.expired", entry=str(entry.pk))
    return len(closed)


def let_go_of(specialist: Specialist, now: datetime) -> None:
    """Nobody waits for a specialist who is leaving; who was offered their time by chance is back
    in line."""
    close(Q(specialist=specialist), WaitingStatus.EXPIRED, now)
    for hold in Hold.objects.unreleased().filter(specialist=specialist).select_related("entry"):
        take_back(hold, now)


def _leave(entry: WaitingListEntry, to: WaitingStatus) -> int:
    rows = WaitingListEntry.objects.in_line().filter(pk=entry.pk)
    return rows.update(status=to, updated_at=timezone.now())


def _move(entry: WaitingListEntry, to: WaitingStatus, **fields: object) -> int:
    offered = WaitingListEntry.objects.filter(pk=entry.pk, status=WaitingStatus.OFFERED)
    return offered.update(status=to, updated_at=timezone.now(), **fields)


def _release(holds: Iterable[Hold], outcome: HoldOutcome, now: datetime) -> int:
    """What is free now may suit the next in line."""
    freed = list(holds)
    for key in {hold.specialist_id for hold in freed} if outcome in FREES_TIME else ():
        announce("time.freed", specialist=str(key))
    rows = Hold.objects.unreleased().filter(pk__in=[hold.pk for hold in freed])
    return rows.update(released_at=now, outcome=outcome, updated_at=timezone.now())
