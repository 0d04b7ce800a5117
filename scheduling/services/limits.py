"""How many bookings one client may have before them, and for how much they may wait."""

from datetime import datetime
from hashlib import blake2b

from django.conf import settings
from django.db import connection

from accounts.models import User
from coachbot.db.compiled import ByKey
from scheduling.errors import ClientInactive, LimitReached
from scheduling.models import Booking, WaitingListEntry
from scheduling.queries import rows

LOCKED_CLIENT = ByKey(User.objects.select_for_update(no_key=True).only("is_active"))


def require_room(client: User | None, email: str, actor: User | None, *, now: datetime) -> None:
    """Raise LimitReached if the client, or the guest of `email`, has all they may have.

    Locks the client first, so that two requests at once do not both find room. Staff may book
    more for anybody. Raises ClientInactive for an account that was closed meanwhile.
    """
    by_staff = actor is not None and actor.is_staff
    if client is not None:
        _lock_client(client)
    elif not by_staff:
        _lock_email(email)
    if not by_staff:
        require_room_if_locked(client, email, now=now)


def require_room_if_locked(client: User | None, email: str, *, now: datetime) -> None:
    """The same check. Safe only while the client is locked: call `require_room`."""
    most = settings.BOOKING_MAX_ACTIVE_PER_CLIENT
    if client is not None:
        number = rows.coming_of(client.pk, now, most=most)
    else:
        theirs = Booking.objects.filter(client=None, client_email__iexact=email)
        number = theirs.active().filter(starts_at__gt=now).order_by()[:most].count()
    if number >= most:
        raise LimitReached(f"More than {most} active bookings at a time are not possible.")


def require_place(client: User | None, email: str, actor: User | None) -> None:
    """Raise LimitReached if they wait for as much as they may. Locks the client, as above."""
    by_staff = actor is not None and actor.is_staff
    if client is not None:
        _lock_client(client)
    else:
        _lock_email(email)
    most = settings.WAITING_LIST_MAX_PER_CLIENT
    if not by_staff and WaitingListEntry.objects.of(client, email).in_line().count() >= most:
        raise LimitReached(f"More than {most} entries in the waiting list are not possible.")


def _lock_client(client: User) -> None:
    if not LOCKED_CLIENT.get(pk=client.pk).is_active:
        raise ClientInactive


def _lock_email(email: str) -> None:
    """A guest has no row to lock. SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        key = int.from_bytes(blake2b(email.lower().encode(), digest_size=8).digest(), signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
