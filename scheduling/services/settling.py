"""A change together with what becomes of the bookings that it hits."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from audit import services as audit
from coachbot.db.faults import retrying
from scheduling import queries
from scheduling.errors import AffectsBookings, HasFutureBookings
from scheduling.models import Booking, Service, Specialist
from scheduling.queries import Slot
from scheduling.services.catalogue import (
    change_service,
    change_specialist_anyway,
    delete_service,
    delete_specialist,
    lock_service,
    require_no_future_bookings,
)
from scheduling.services.changes import cancel, hand_over, reschedule
from scheduling.services.hours import Rows, affected, change_hours_anyway, keeping_bookings
from scheduling.services.offering import offering_at_the_end


class Outcome(StrEnum):
    KEEP = "keep"
    CANCEL = "cancel"
    MOVE = "move"
    HAND_OVER = "hand_over"


class Settlement(NamedTuple):
    """What becomes of one booking: a move needs `starts_at`, a hand-over a `specialist`. With a
    `version` it is that of the booking for which this was chosen."""

    outcome: Outcome
    starts_at: datetime | None = None
    specialist: Specialist | None = None
    version: int | None = None


Settlements = Mapping[UUID, Settlement]


class WayOut(NamedTuple):
    """What can become of a booking, besides cancelling it."""

    booking: Booking
    may_stay: bool
    moves: Sequence[Slot]
    others: Sequence[Specialist]


class Change(Protocol):
    """What may hit bookings to come, for `settle` to make."""

    may_stay: bool
    """Whether bookings that it hits may stay with whom and what they are."""

    def lock(self) -> Collection[UUID]:
        """The specialists whose bookings it may hit; what else must be locked is."""

    def make(self, settle: Callable[[], None], settled: Settlements, now: datetime) -> None:
        """Write it and call `settle`, in the order in which a move finds its slot. Raises
        AffectsBookings or HasFutureBookings for bookings that are hit and not `settled`."""


@dataclass(frozen=True)
class ChangeHours:
    """Bookings are moved within the new hours."""

    save: Rows = ()
    remove: Rows = ()
    may_stay = True

    def lock(self) -> Collection[UUID]:
        return {row.specialist_id for row in (*self.save, *self.remove)}

    def make(self, settle: Callable[[], None], settled: Settlements, now: datetime) -> None:
        kept = [key for key, each in settled.items() if each.outcome == Outcome.KEEP]
        with keeping_bookings(self.lock(), now=now, but=kept):
            self.write(now)
            settle()

    def write(self, now: datetime) -> None:
        change_hours_anyway(save=self.save, remove=self.remove, now=now)


@dataclass(frozen=True)
class ChangeSpecialist(ChangeHours):
    """The `fields` of a specialist, and hours of theirs. Who is deactivated has no slots any more,
    so bookings are settled before."""

    specialist: Specialist = field(kw_only=True)
    fields: Mapping[str, Any] = field(kw_only=True)

    def lock(self) -> Collection[UUID]:
        return {self.specialist.pk}

    def make(self, settle: Callable[[], None], settled: Settlements, now: datetime) -> None:
        stored = Specialist.objects.filter(pk=self.specialist.pk, is_active=True)
        if self.fields.get("is_active", True) or not stored.exists():
            super().make(settle, settled, now)
            return
        settle()
        _require_settled(Q(specialist=self.specialist), settled, now)
        self.write(now)

    def write(self, now: datetime) -> None:
        if self.fields:
            change_specialist_anyway(specialist=self.specialist, fields=dict(self.fields), now=now)
        super().write(now)


@dataclass(frozen=True)
class ChangeService:
    """The `fields` of a service, and who offers it if `specialists` are given."""

    service: Service
    fields: Mapping[str, Any]
    specialists: Sequence[Specialist] | None = None
    may_stay = True

    def lock(self) -> Collection[UUID]:
        return _lock_all([self.service]) | {each.pk for each in self.specialists or ()}

    def make(self, settle: Callable[[], None], settled: Settlements, now: datetime) -> None:
        settle()
        stored = Service.objects.filter(pk=self.service.pk, is_active=True)
        if not self.fields.get("is_active", True) and stored.exists():
            _require_settled(Q(service=self.service), settled, now)
        change_service(
            service=self.service, fields=dict(self.fields), specialists=self.specialists, now=now
        )


@dataclass(frozen=True)
class RemoveSpecialists:
    """Nobody is left to see to their bookings, so none may stay."""

    specialists: Sequence[Specialist]
    may_stay = False

    def lock(self) -> Collection[UUID]:
        return {each.pk for each in self.specialists}

    def make(self, settle: Callable[[], None], settled: Settlements, now: datetime) -> None:
        settle()
        require_no_future_bookings(Booking.objects.filter(specialist__in=self.specialists), now)
        for specialist in self.specialists:
            delete_specialist(specialist=specialist, now=now)


@dataclass(frozen=True)
class RemoveServices:
    """What is booked may still take place, though nobody can book it any more."""

    services: Sequence[Service]
    may_stay = True

    def lock(self) -> Collection[UUID]:
        return _lock_all(self.services)

    def make(self, settle: Callable[[], None], settled: Settlements, now: datetime) -> None:
        settle()
        booked = Booking.objects.filter(service__in=self.services).exclude(pk__in=settled)
        require_no_future_bookings(booked, now)
        for service in self.services:
            delete_service(service=service, now=now, but=settled)


@retrying
def settle(
    change: Change, *, settlements: Settlements, actor: User, reason: str, now: datetime
) -> None:
    """Make `change` and settle the bookings of `settlements` by their ids: all of it or nothing.

    Raises AffectsBookings or HasFutureBookings for those that are hit and not settled, and
    whatever the change, cancelling, moving or handing over raises.
    """
    with transaction.atomic(), audit.together(), offering_at_the_end():
        people = set(change.lock())
        bookings = Booking.objects.select_related("specialist").in_bulk(list(settlements))
        people |= {booking.specialist_id for booking in bookings.values()}
        _lock_people(
            people | {each.specialist.pk for each in settlements.values() if each.specialist}
        )

        def settle_all() -> None:
            for key, booking in bookings.items():
                _settle(booking, settlements[key], actor, reason, now)

        change.make(settle_all, settlements, now)


@retrying
def make_unless_hit(change: Change, *, now: datetime) -> None:
    """Make `change`, where nobody can be asked. Raises AffectsBookings or HasFutureBookings for
    bookings that it hits."""
    with transaction.atomic():
        _make(change, now)


def ways_out(change: Change, *, now: datetime) -> list[WayOut]:
    """Of each booking that `change` hits what can become of it: the change is begun and undone, so
    that one engine finds slots in the hours that there would be. None if nothing is hit.

    Raises whatever else refuses the change.
    """
    with transaction.atomic():
        try:
            _make(change, now)
            found = []
        except (AffectsBookings, HasFutureBookings) as refusal:
            found = _ways_out(change, [each["id"] for each in refusal.extra["bookings"]], now)
        transaction.set_rollback(True)
    return found


def _make(change: Change, now: datetime) -> None:
    _lock_people(change.lock())
    with audit.together(), offering_at_the_end():
        change.make(lambda: None, {}, now)


def _ways_out(change: Change, hit: Sequence[UUID], now: datetime) -> list[WayOut]:
    bookings = list(Booking.objects.with_people().filter(pk__in=hit).order_by("starts_at", "pk"))
    moves = queries.nearest_moves(bookings, now=now) if change.may_stay else {}
    others = queries.free_to_take(bookings, now=now)
    leaving = set() if change.may_stay else set(change.lock())

    def way_out(booking: Booking) -> WayOut:
        takers = [other for other in others[booking.pk] if other.pk not in leaving]
        return WayOut(booking, change.may_stay, moves.get(booking.pk, ()), takers)

    return list(map(way_out, bookings))


def _require_settled(hit: Q, settled: Collection[UUID], now: datetime) -> None:
    to_come = Booking.objects.active().filter(hit, starts_at__gt=now).exclude(pk__in=settled)
    if left := list(to_come.order_by("starts_at", "pk")):
        raise affected("Bookings are still to come", left)


def _lock_all(services: Sequence[Service]) -> set[UUID]:
    """Lock `services`, in the order of their ids. Gives who offers them, and who is booked."""
    for service in sorted(services, key=lambda each: each.pk):
        lock_service(service)
    of_them = Q(services__in=services) | Q(bookings__service__in=services)
    return set(Specialist.everything.filter(of_them).values_list("pk", flat=True))


def _lock_people(keys: Collection[UUID]) -> None:
    """Everyone whose time changes, in the order that all writers keep."""
    for key in sorted(keys):
        Specialist.everything.lock(key)


def _settle(
    booking: Booking, settlement: Settlement, actor: User, reason: str, now: datetime
) -> None:
    outcome, starts_at, specialist, version = settlement
    said: Any = {"actor": actor, "reason": reason, "now": now, "version": version}
    if outcome == Outcome.CANCEL:
        cancel(booking=booking, **said)
    elif outcome == Outcome.MOVE and starts_at:
        reschedule(booking=booking, starts_at=starts_at, **said)
    elif outcome == Outcome.HAND_OVER and specialist:
        hand_over(booking=booking, specialist=specialist, **said)
