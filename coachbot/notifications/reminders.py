"""Reminders: found each minute, decided when they are sent.

A reminder of so many hours is due so long before the start, and until the next one is due or the
booking starts: if no worker ran meanwhile it comes late rather than never, and of several that
were missed the last one comes. Hours are elapsed time, whatever clocks do in between.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.utils import timezone

from coachbot.jobs.tasks import job
from coachbot.mail import outbox
from coachbot.notifications.appointments import as_it_is
from coachbot.notifications.composing import compose
from coachbot.notifications.kinds import Kind
from coachbot.notifications.models import Reminder, Topic
from coachbot.notifications.people import client_of
from coachbot.notifications.services import is_unsubscribed
from scheduling.models import Booking, BookingEvent, BookingStatus

# As many as one transaction takes; the rest is found a minute later.
AT_ONCE = 500
KEPT_FOR = timedelta(days=1)
# The client has just been told of the time.
TOLD = (
    Q(from_starts_at=None)
    | ~Q(from_starts_at=F("to_starts_at"))
    | Q(from_status=BookingStatus.PENDING, to_status=BookingStatus.CONFIRMED)
)


@job()
def find_reminders() -> None:
    seek(now=timezone.now())


@job()
def remind(booking: str, starts_at: str, hours: int) -> None:
    send(booking, datetime.fromisoformat(starts_at), hours, now=timezone.now())


def seek(*, now: datetime) -> None:
    """Have those be reminded who are due. Three queries for each of REMINDER_HOURS, and a task
    for each booking."""
    for hours, until in _spans():
        with transaction.atomic():
            found = list(due(hours, until, now=now)[:AT_ONCE])
            Reminder.objects.bulk_create(
                [Reminder(booking_id=key, starts_at=at, hours=hours) for key, at in found],
                ignore_conflicts=True,
            )
            for key, at in found:
                remind.enqueue(str(key), at.isoformat(), hours)
    Reminder.objects.filter(starts_at__lt=now - KEPT_FOR).delete()


def leave_out(bookings: Iterable[Booking]) -> None:
    """Nobody is reminded of these at the time that they have: they are made up."""
    rows = [
        Reminder(booking=booking, starts_at=booking.starts_at, hours=hours)
        for booking in bookings
        for hours in settings.REMINDER_HOURS
    ]
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)


def due(hours: int, until: int, *, now: datetime) -> QuerySet[Booking, tuple[UUID, datetime]]:
    """Key and start of the bookings that start in up to `hours` and in more than `until` hours, and
    that nobody has seen to; not those whose client was told of the time since it was due."""
    rows = Booking.objects.filter(
        status=BookingStatus.CONFIRMED,
        starts_at__gt=now + timedelta(hours=until),
        starts_at__lte=now + timedelta(hours=hours),
    )
    seen = Reminder.objects.filter(
        starts_at=OuterRef("starts_at"), booking=OuterRef("pk"), hours=hours
    )
    due_at = ExpressionWrapper(
        OuterRef("starts_at") - timedelta(hours=hours), output_field=DateTimeField()
    )
    told_since = BookingEvent.objects.filter(TOLD, booking=OuterRef("pk"), at__gte=due_at)
    rows = rows.filter(~Exists(seen), ~Exists(told_since)).order_by("starts_at", "pk")
    return rows.values_list("pk", "starts_at")


def send(key: str, starts_at: datetime, hours: int, *, now: datetime) -> None:
    """Put the reminder into the outbox, if the booking is still as it was found."""
    rows = Booking.objects.select_related("specialist__user", "service", "client")
    booking = rows.filter(pk=key, starts_at=starts_at, status=BookingStatus.CONFIRMED).first()
    if booking is None or booking.starts_at <= now:
        return
    recipient = client_of(booking, booking.specialist)
    if recipient is None or is_unsubscribed(recipient.email, Topic.REMINDER):
        return
    message = compose(Kind.CLIENT_REMINDER, recipient, as_it_is(booking))
    name = f"{key}:reminder:{starts_at.timestamp():.0f}:{hours}"
    outbox.put(message, key=name, about=booking.pk)


def _spans() -> Iterator[tuple[int, int]]:
    """Each of REMINDER_HOURS with the next one, from which on that one is due."""
    hours = sorted(set(settings.REMINDER_HOURS), reverse=True)
    return zip(hours, [*hours[1:], 0], strict=True)
