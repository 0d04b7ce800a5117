"""What scheduling knows of a person who wants to be forgotten."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from scheduling.errors import HasFutureBookings
from scheduling.models import (
    Booking,
    BookingEvent,
    Specialist,
    WaitingListEntry,
    WaitingStatus,
)
from scheduling.services.holds import close

NOBODY = "Erased"


def erase_person(*, user: User, now: datetime) -> None:
    """Take name, address and every word from the bookings of `user`, which stay without them, have
    them wait for nothing more, and part them from their profile as a specialist, which is staff's
    to keep or to remove.

    Safe only in a transaction that has locked the user. Raises HasFutureBookings while one is to
    come, as the client or as the specialist.
    """
    theirs = Q(client=user) | Q(specialist__user=user)
    if count := Booking.objects.active().filter(theirs, ends_at__gt=now).count():
        raise HasFutureBookings(f"Future bookings stand in the way ({count}): cancel them first.")
    close(Q(client=user), WaitingStatus.LEFT, now)
    WaitingListEntry.objects.filter(client=user).update(
        client_name=NOBODY, client_email="", client_phone="", updated_at=timezone.now()
    )
    bookings = Booking.objects.filter(client=user)
    BookingEvent.objects.filter(booking__in=bookings).exclude(reason="").update(reason="")
    bookings.update(
        client_name=NOBODY,
        client_email="",
        client_phone="",
        notes="",
        cancellation_reason="",
        updated_at=timezone.now(),
    )
    Specialist.everything.filter(user=user).update(user=None, updated_at=timezone.now())
