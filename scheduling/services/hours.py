"""When a specialist works: every write takes the lock that bookings take."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from audit import services as audit
from coachbot.db.faults import retrying
from coachbot.db.violations import violates
from coachbot.jobs.topics import announce
from scheduling import queries
from scheduling.errors import (
    AffectsBookings,
    DuplicateDayOff,
    HoursChanged,
    OverlappingSchedule,
)
from scheduling.models import Availability, Booking, DayOff, Schedule
from scheduling.services.locks import lock_specialist
from scheduling.services.offering import offer_freed

HoursRow = Schedule | DayOff | Availability
Rows = Sequence[HoursRow]
# What a person reads; programs get all.
MOST_NAMED = 10


@retrying
def change_hours(*, now: datetime, save: Rows = (), remove: Rows = ()) -> list[HoursRow]:
    """Remove and save rows, all or none, if every active booking to come keeps its open time.

    Gives the rows as they were saved; those given stay as they are. What counts is how the hours
    are in the end. A booking that staff put outside them before is no obstacle. Raises
    AffectsBookings with the bookings that are, OverlappingSchedule, DuplicateDayOff, HoursChanged
    for a row that is no longer what was read, or SpecialistDeleted.
    """
    with transaction.atomic():
        _lock([*save, *remove])
        return change_hours_if_kept(save=save, remove=remove, now=now)


@retrying
def change_hours_anyway(*, now: datetime, save: Rows = (), remove: Rows = ()) -> list[HoursRow]:
    """The same whatever is booked: bookings stay as they are. Raises as `change_hours`, but for
    AffectsBookings."""
    with transaction.atomic():
        _lock([*save, *remove])
        saved = _log(*_write(save, remove), remove)
        _offer_freed([*save, *remove], now)
        return saved


def change_hours_if_kept(*, save: Rows, remove: Rows, now: datetime) -> list[HoursRow]:
    """Write, and look at what it does. Safe only in a transaction that has locked the rows'
    specialists: call `change_hours`."""
    with keeping_bookings({row.specialist_id for row in (*save, *remove)}, now=now):
        before, saved = _write(save, remove)
    _log(before, saved, remove)
    _offer_freed([*save, *remove], now)
    return saved


@contextmanager
def keeping_bookings(
    people: Collection[UUID], *, now: datetime, but: Collection[UUID] = ()
) -> Iterator[None]:
    """Raise AffectsBookings if what is done meanwhile takes the open time from bookings to come
    of `people`, who are locked; those of the ids `but` may lose it."""
    to_come = Booking.objects.active().filter(specialist__in=people, starts_at__gt=now)
    to_come = to_come.exclude(pk__in=but)
    to_come = to_come.select_related("specialist")
    kept = queries.in_open_time(to_come)
    yield
    now_to_come = set(to_come.all())
    still_kept = set(queries.in_open_time(now_to_come))
    if left := [each for each in kept if each in now_to_come and each not in still_kept]:
        raise affected("Bookings would be left outside open hours", left)


def _lock(rows: Rows) -> None:
    """Lock whose hours these are, in an order that is the same for everyone who does."""
    for key in sorted({row.specialist_id for row in rows}):
        lock_specialist(key)


def _offer_freed(rows: Rows, now: datetime) -> None:
    for key in sorted({row.specialist_id for row in rows}):
        offer_freed(key, now)


def _write(save: Rows, remove: Rows) -> tuple[list[HoursRow | None], list[HoursRow]]:
    """What was there before, and what is there now. What goes makes room for what comes. Copies
    are saved: a refusal may undo it all."""
    before = [_unchanged(row) for row in save]
    for row in remove:
        type(row)._default_manager.filter(pk=row.pk).delete()
    saved = [copy(row) for row in save]
    _save_in_any_order(saved)
    for key in sorted({row.specialist_id for row in (*save, *remove)}):
        announce("hours.changed", specialist=str(key))
    return before, saved


def _log(before: Sequence[HoursRow | None], saved: list[HoursRow], removed: Rows) -> list[HoursRow]:
    """Leave an entry for each row that is another one now. Gives those that were saved."""
    with audit.together():
        for row in removed:
            audit.record(_action(row, "deleted"), row, changes=audit.difference(row, None))
        for old, new in zip(before, saved, strict=True):
            if old is None:
                audit.record(_action(new, "created"), new, changes=audit.difference(None, new))
            else:
                audit.record_change(_action(new, "changed"), old, new)
    return saved


def _action(row: HoursRow, verb: str) -> str:
    return f"{row._meta.model_name}.{verb}"


def _unchanged(row: HoursRow) -> HoursRow | None:
    """The row as it is stored, None for a new one. Saving another would bring a removed row back,
    undo somebody's change, or rob a specialist whose row is not locked: raises HoursChanged."""
    if row._state.adding:
        return None
    same = {"pk": row.pk, "specialist": row.specialist_id, "updated_at": row.updated_at}
    stored: HoursRow | None = type(row)._default_manager.filter(**same).first()
    if stored is None:
        raise HoursChanged
    return stored


def _save_in_any_order(rows: Rows) -> None:
    """One row may take the time that another leaves: who is refused tries again after it, the
    last first, as a row of them that all move the same way is done in one more turn."""
    while rows:
        waiting: list[HoursRow] = []
        for row in rows:
            try:
                _save(row)
            except (OverlappingSchedule, DuplicateDayOff) as conflict:
                waiting.append(row)
                refusal = conflict
        if len(waiting) == len(rows):
            raise refusal
        rows = waiting[::-1]


def _save(row: HoursRow) -> None:
    """The database alone says what goes together: it also knows of those who do not queue up."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if violates(error, "schedule_no_overlap"):
            raise OverlappingSchedule from error
        if violates(error, "day_off_once_per_date", "scheduling_dayoff.date"):
            raise DuplicateDayOff from error
        raise


def affected(words: str, bookings: Sequence[Booking]) -> AffectsBookings:
    """A refusal that says `words` of `bookings`, and which they are."""
    names = [booking.reference for booking in bookings[:MOST_NAMED]]
    if more := len(bookings) - len(names):
        names.append(f"and {more} more")
    return AffectsBookings(f"{words}: {', '.join(names)}.", extra=in_brief(bookings))


def in_brief(bookings: Sequence[Booking]) -> dict[str, list[dict[str, Any]]]:
    """What a refusal tells programs of the bookings behind it."""
    return {
        "bookings": [
            {"id": each.pk, "reference": each.reference, "starts_at": each.starts_at}
            for each in bookings
        ]
    }
