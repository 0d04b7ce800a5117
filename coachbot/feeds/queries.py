"""What stands in a feed, and whether that has changed."""

import hashlib
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet, Sum

from coachbot.feeds.models import CalendarFeed
from scheduling.models import Booking, BookingStatus, DayOff

PAST, AHEAD = timedelta(days=30), timedelta(days=366)
# Long enough for every calendar to hear of it.
CANCELLED_FOR = timedelta(days=7)
MOST = 2000
# Another number whenever the same rows are written down in another way.
FORM = 1


def title_of(feed: CalendarFeed) -> str:
    whose = feed.specialist
    return f"{settings.SITE_NAME}: {whose.name}" if whose else settings.SITE_NAME


def bookings_in(feed: CalendarFeed, today: date) -> QuerySet[Booking]:
    """Bookings of the last month and the coming year; more than `MOST` are cut off at the end."""
    forgotten = Q(status=BookingStatus.CANCELLED, updated_at__lt=_midnight(today - CANCELLED_FOR))
    rows = Booking.objects.starting_in(_midnight(today - PAST), _midnight(today + AHEAD))
    return rows.filter(_whose(feed)).exclude(forgotten).order_by("starts_at", "id")


def days_off_in(feed: CalendarFeed, today: date) -> QuerySet[DayOff]:
    if feed.working is None:
        return DayOff.objects.none()
    rows = DayOff.objects.active().filter(specialist=feed.working)
    return rows.filter(date__gte=today - PAST, date__lt=today + AHEAD).order_by("date")


def fingerprint(feed: CalendarFeed, today: date) -> str:
    """The same as long as nothing in the feed changes. Ask before reading it: what changes in
    between is then read twice, and never missed."""
    bookings = bookings_in(feed, today).order_by()
    facts = bookings.aggregate(
        number=Count("pk"),
        versions=Sum("version"),
        changed=Max("updated_at"),
        specialists=Max("specialist__updated_at"),
        services=Max("service__updated_at"),
    )
    closed = days_off_in(feed, today).order_by()
    days_off = closed.aggregate(number=Count("pk"), changed=Max("updated_at"))
    known = (FORM, title_of(feed), today, *facts.values(), *days_off.values())
    return hashlib.sha256("|".join(map(str, known)).encode()).hexdigest()[:32]


def _whose(feed: CalendarFeed) -> Q:
    """By the specialist's key, not through their row: each part has an index of its own."""
    work = Q(specialist_id=feed.working.pk) if feed.working else Q()
    return work | Q(client_id=feed.user_id) if feed.user_id else work


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
