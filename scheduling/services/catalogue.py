"""Specialists and services: made, changed, taken out of sight, and brought back."""

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from audit import services as audit
from coachbot.db.faults import retrying
from coachbot.jobs.topics import announce
from scheduling.errors import HasFutureBookings, NotDeleted, ServiceDeleted
from scheduling.models import Booking, Service, Specialist, WaitingListEntry, WaitingStatus
from scheduling.models.booking import BookingQuerySet
from scheduling.services.holds import close, let_go_of
from scheduling.services.hours import in_brief, keeping_bookings
from scheduling.services.locks import lock_specialist
from scheduling.services.offering import offer_freed

Row = TypeVar("Row", Specialist, Service)
BEARS_ON_SLOTS = frozenset({"time_zone", "is_active", "default_duration_minutes"})


@retrying
def create_specialist(*, fields: dict[str, Any]) -> Specialist:
    with transaction.atomic():
        specialist: Specialist = Specialist.objects.create(**fields)
        _log_new(specialist)
        return specialist


@retrying
def create_service(*, fields: dict[str, Any], specialists: Iterable[Specialist] = ()) -> Service:
    """A service and who offers it: both or neither."""
    with transaction.atomic():
        service: Service = Service.objects.create(**fields)
        service.specialists.set(specialists)
        _log_new(service, specialists=[[], _offering(service)])
        return service


@retrying
def change_specialist(
    *, specialist: Specialist, fields: dict[str, Any], now: datetime
) -> Specialist:
    """Write `fields` and nothing else: what others write meanwhile stays.

    Another time zone moves all weekly hours: raises AffectsBookings if a booking to come would
    be left outside them, or SpecialistDeleted.
    """
    with transaction.atomic():
        specialist = lock_specialist(specialist.pk)
        if "time_zone" not in fields:
            return _change(specialist, fields, now)
        with keeping_bookings([specialist.pk], now=now):
            return _change(specialist, fields, now)


@retrying
def change_specialist_anyway(
    *, specialist: Specialist, fields: dict[str, Any], now: datetime
) -> Specialist:
    """The same whatever is booked: bookings stay as they are. Raises SpecialistDeleted."""
    with transaction.atomic():
        return _change(lock_specialist(specialist.pk), fields, now)


@retrying
def change_service(
    *,
    service: Service,
    fields: dict[str, Any],
    now: datetime,
    specialists: Iterable[Specialist] | None = None,
) -> Service:
    """Write `fields`, and who offers it if `specialists` are given. Raises ServiceDeleted."""
    with transaction.atomic():
        service = lock_service(service)
        if specialists is None:
            return _change(service, fields, now)
        before = _offering(service)
        service.specialists.set(specialists)
        return _change(service, fields, now, specialists=[before, _offering(service)])


@retrying
def delete_specialist(*, specialist: Specialist, now: datetime) -> None:
    """Hide `specialist` from everyone. Raises HasFutureBookings while there are any."""
    with transaction.atomic():
        specialist = lock_specialist(specialist.pk)
        require_no_future_bookings(Booking.objects.filter(specialist=specialist), now)
        specialist.delete()
        let_go_of(specialist, now)
        audit.record("specialist.deleted", specialist)


@retrying
def delete_service(*, service: Service, now: datetime, but: Collection[UUID] = ()) -> None:
    """Hide `service` from everyone. Raises HasFutureBookings while there are any but those of the
    ids `but`, which stay as they are.

    Bookings lock their specialist alone, so this locks everyone who offers the service, once the
    service's own lock keeps that from changing.
    """
    with transaction.atomic():
        service = lock_service(service)
        for key in service.specialists.order_by("pk").values_list("pk", flat=True):
            Specialist.everything.lock(key)
        bookings = Booking.objects.filter(service=service).exclude(pk__in=but)
        require_no_future_bookings(bookings, now)
        service.delete()
        close(Q(service=service), WaitingStatus.EXPIRED, now)
        audit.record("service.deleted", service)


def restore(*, row: Specialist | Service) -> None:
    """Bring a deleted specialist or service back. Raises NotDeleted."""
    with transaction.atomic():
        locked = type(row).everything.select_for_update(no_key=True).get(pk=row.pk)
        require_deleted(locked)
        locked.restore()
        audit.record(f"{row._meta.model_name}.restored", locked)


def require_deleted(row: Specialist | Service) -> None:
    """Raise NotDeleted unless there is something to restore."""
    if not row.is_deleted:
        raise NotDeleted


def lock_service(service: Service) -> Service:
    """The row, locked. Raises ServiceDeleted."""
    locked = Service.everything.select_for_update(no_key=True).get(pk=service.pk)
    if locked.is_deleted:
        raise ServiceDeleted
    return locked


def _change(row: Row, fields: dict[str, Any], now: datetime, **others: list[Any]) -> Row:
    """Write `fields`, and log them with `others` that have changed: [old, new]."""
    before = copy(row)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=[*fields, "updated_at"])
    changed = {name: pair for name, pair in others.items() if pair[0] != pair[1]}
    if changes := {**audit.difference(before, row), **changed}:
        audit.record(f"{row._meta.model_name}.changed", row, changes=changes)
        _offer_freed(row, changes, now)
    return row


def _offer_freed(
    row: Specialist | Service, changes: Mapping[str, list[Any]], now: datetime
) -> None:
    """What bears on slots may suit somebody in the waiting list."""
    if isinstance(row, Specialist):
        freed = [row.pk] if changes.keys() & BEARS_ON_SLOTS else []
    elif WaitingListEntry.objects.waiting().filter(service=row).exists():
        freed = list(row.specialists.order_by("pk").values_list("pk", flat=True))
    else:
        freed = []
    for key in freed:
        announce("hours.changed", specialist=str(key))
        offer_freed(key, now)


def _log_new(row: Row, **others: list[Any]) -> None:
    changes = {**audit.difference(None, row), **others}
    audit.record(f"{row._meta.model_name}.created", row, changes=changes)


def _offering(service: Service) -> list[str]:
    keys = service.specialists.order_by("pk").values_list("pk", flat=True)
    return [str(key) for key in keys]


def require_no_future_bookings(bookings: BookingQuerySet, now: datetime) -> None:
    """Raise HasFutureBookings for those of `bookings` that are not over."""
    left = list(bookings.active().filter(ends_at__gt=now).order_by("starts_at", "pk"))
    if left:
        raise HasFutureBookings(
            f"Future bookings stand in the way ({len(left)}): cancel or move them.",
            extra=in_brief(left),
        )
