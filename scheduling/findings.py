"""Bookings that are not what their history and the hours say, and what is held for nobody."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery

from audit.models import AdminLog
from coachbot.db.findings import CHUNK, Finding, rows
from scheduling import queries
from scheduling.models import (
    Availability,
    Booking,
    BookingEvent,
    DayOff,
    Hold,
    Role,
    Schedule,
    Specialist,
    WaitingListEntry,
    WaitingStatus,
)

# A worker looks every minute.
FORGOTTEN = timedelta(hours=1)
HOURS = [model._meta.label_lower for model in (Schedule, DayOff, Availability, Specialist)]

_HISTORY = """
WITH history AS (
  SELECT booking_id, version, from_status, to_status, from_starts_at, to_starts_at,
    LAG(to_status) OVER life AS was_status,
    LAG(to_starts_at) OVER life AS was_starts_at,
    LEAD(version) OVER life AS next_version
  FROM scheduling_bookingevent
  WINDOW life AS (PARTITION BY booking_id ORDER BY version))
"""
LAST_EVENT_DIFFERS = f"""{_HISTORY}
SELECT booking.reference, booking.status, to_status, booking.starts_at, to_starts_at
FROM scheduling_booking booking
LEFT JOIN history ON booking_id = booking.id AND next_version IS NULL
WHERE to_status IS NULL OR to_status <> booking.status OR to_starts_at <> booking.starts_at
  OR history.version > booking.version
"""  # noqa: S608 -- our own words
EVENTS_DO_NOT_FOLLOW = f"""{_HISTORY}
SELECT booking.reference, history.version
FROM history JOIN scheduling_booking booking ON booking.id = booking_id
WHERE COALESCE(was_status, '') <> from_status
  OR (was_starts_at IS NOT NULL AND COALESCE(from_starts_at <> was_starts_at, TRUE))
"""  # noqa: S608 -- our own words
LAST_HAND_OVER_DIFFERS = """
SELECT booking.reference
FROM scheduling_booking booking JOIN (
  SELECT booking_id, to_specialist_id,
    ROW_NUMBER() OVER (PARTITION BY booking_id ORDER BY version DESC) AS place
  FROM scheduling_bookingevent WHERE to_specialist_id IS NOT NULL) hand_over
ON booking_id = booking.id AND place = 1
WHERE to_specialist_id <> booking.specialist_id
"""


def histories_that_do_not_add_up(now: datetime) -> Iterator[Finding]:
    for reference, status, to_status, starts_at, to_starts_at in rows(LAST_EVENT_DIFFERS):
        why = (
            f"is {status} at {starts_at}, its last event says {to_status} at {to_starts_at}"
            if to_status
            else "has no event"
        )
        yield Finding(f"booking {reference}", why)
    for reference, version in rows(EVENTS_DO_NOT_FOLLOW):
        yield Finding(f"booking {reference}", f"event {version} does not follow the one before")
    for (reference,) in rows(LAST_HAND_OVER_DIFFERS):
        yield Finding(f"booking {reference}", "is not with whom it was handed over to last")


def bookings_outside_open_time(now: datetime) -> Iterator[Finding]:
    """Active bookings to come that lie outside open time, unless staff set that aside.

    Hours may have been changed by force since, which the booking does not say; where the log has a
    change of anybody's hours since, it is a note.
    """
    hours = AdminLog.objects.filter(resource_type__in=HOURS).order_by("-sequence")
    changed_at = hours.values_list("created_at", flat=True).first()
    timing = BookingEvent.objects.filter(booking=OuterRef("pk")).order_by("-version")
    timing = timing.exclude(from_starts_at=F("to_starts_at"), from_specialist=None)
    bookings: Iterator[Any] = (
        Booking.objects.active()
        .filter(starts_at__gt=now)
        .select_related("specialist")
        .annotate(
            timed_at=Subquery(timing.values("at")[:1]),
            timed_by=Subquery(timing.values("by")[:1]),
            timing_reason=Subquery(timing.values("reason")[:1]),
        )
        .order_by("starts_at", "id")
        .iterator(chunk_size=CHUNK)
    )
    while batch := list(islice(bookings, CHUNK)):
        inside = {each.pk for each in queries.in_open_time(batch)}
        for each in batch:
            if each.pk not in inside and not _was_set_aside(each):
                yield _outside(each, changed_at)


def _was_set_aside(booking: Any) -> bool:
    return booking.timed_by == Role.STAFF and "set aside:" in booking.timing_reason


def _outside(booking: Any, changed_at: datetime | None) -> Finding:
    since = bool(changed_at and booking.timed_at and changed_at >= booking.timed_at)
    why = "lies outside open time" + ", hours have changed since" * since
    return Finding(f"booking {booking.reference}", why, is_note=since)


def holds_that_keep_nothing(now: datetime) -> Iterator[Finding]:
    """They expired, and the next in line waits for what they kept; or somebody else has it."""
    forgotten = Hold.objects.unreleased().filter(expires_at__lt=now - FORGOTTEN)
    for key, expires_at in forgotten.values_list("pk", "expires_at").iterator(chunk_size=CHUNK):
        yield Finding(f"hold {key}", f"expired at {expires_at}: does `manage.py worker` run?")
    there = Booking.objects.occupying().filter(
        specialist=OuterRef("specialist"),
        occupied_ends_at__gt=OuterRef("occupied_starts_at"),
        occupied_starts_at__lt=OuterRef("occupied_ends_at"),
    )
    for key in Hold.objects.live(now).filter(Exists(there)).values_list("pk", flat=True):
        yield Finding(f"hold {key}", "keeps time that is booked")


def offers_without_time(now: datetime) -> Iterator[Finding]:
    """Whoever has an offer has one hold, and nobody else has any."""
    held = Hold.objects.unreleased().filter(entry=OuterRef("pk"))
    entries = WaitingListEntry.objects.annotate(is_held=Exists(held))
    offered = Q(status=WaitingStatus.OFFERED)
    for said, wrong in (
        ("is offered, and nothing is held", entries.filter(offered, is_held=False)),
        ("has a hold, and no offer", entries.filter(~offered, is_held=True)),
    ):
        for key in wrong.values_list("pk", flat=True).iterator(chunk_size=CHUNK):
            yield Finding(f"waiting list entry {key}", said)


SEARCHES = {
    "histories": histories_that_do_not_add_up,
    "open time": bookings_outside_open_time,
    "holds": holds_that_keep_nothing,
    "offers": offers_without_time,
}
