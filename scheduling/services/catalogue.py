"""Taking specialists and services out of sight, and bringing them back."""

from datetime import datetime

from django.db import transaction

from scheduling.errors import HasFutureBookings, NotDeleted
from scheduling.models import Booking, Service, Specialist
from scheduling.models.booking import BookingQuerySet
from scheduling.services.locks import lock_specialist


def delete_specialist(*, specialist: Specialist, now: datetime) -> None:
    """Hide `specialist` from everyone. Raises HasFutureBookings while there are any."""
    with transaction.atomic():
        specialist = lock_specialist(specialist.pk)
        _require_no_future_bookings(Booking.objects.filter(specialist=specialist), now)
        specialist.delete()


def delete_service(*, service: Service, now: datetime) -> None:
    """Hide `service` from everyone. Raises HasFutureBookings while there are any."""
    with transaction.atomic():
        service = Service.everything.select_for_update().get(pk=service.pk)
        _require_no_future_bookings(Booking.objects.filter(service=service), now)
        service.delete()


def restore(*, row: Specialist | Service) -> None:
    """Bring a deleted specialist or service back. Raises NotDeleted."""
    if not row.is_deleted:
        raise NotDeleted
    row.restore()


def _require_no_future_bookings(bookings: BookingQuerySet, now: datetime) -> None:
    count = bookings.active().filter(ends_at__gt=now).count()
    if count:
        raise HasFutureBookings(f"Future bookings stand in the way ({count}): cancel or move them.")
