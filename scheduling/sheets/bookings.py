"""Bookings go out only: one comes to be by `services.book`, which asks what is free."""

from coachbot.sheets.cells import in_utc
from coachbot.sheets.sheet import Sheet
from scheduling.models import Booking

UNUSED = ("occupied_starts_at", "occupied_ends_at", "version")


class BookingSheet(Sheet):
    """Instants are on the clock of the specialist, and once more in UTC."""

    name = "bookings"
    model = Booking
    columns = {
        "id": lambda booking: str(booking.pk),
        "reference": lambda booking: booking.reference,
        "status": lambda booking: booking.status,
        "specialist_id": lambda booking: str(booking.specialist_id),
        "specialist": lambda booking: booking.specialist.name,
        "service_id": lambda booking: booking.service_id and str(booking.service_id),
        "service": lambda booking: booking.service and booking.service.name,
        "starts_at": lambda booking: booking.starts_at.astimezone(booking.specialist.time_zone),
        "ends_at": lambda booking: booking.ends_at.astimezone(booking.specialist.time_zone),
        "time_zone": lambda booking: str(booking.specialist.time_zone),
        "starts_at_utc": lambda booking: in_utc(booking.starts_at),
        "ends_at_utc": lambda booking: in_utc(booking.ends_at),
        "duration_minutes": lambda booking: booking.duration_minutes,
        "price": lambda booking: booking.price,
        "currency": lambda booking: booking.currency,
        "client_id": lambda booking: booking.client_id and str(booking.client_id),
        "client_name": lambda booking: booking.client_name,
        "client_email": lambda booking: booking.client_email,
        "client_phone": lambda booking: booking.client_phone,
        "notes": lambda booking: booking.notes,
        "cancellation_reason": lambda booking: booking.cancellation_reason,
        "created_at_utc": lambda booking: in_utc(booking.created_at),
        "updated_at_utc": lambda booking: in_utc(booking.updated_at),
    }

    def prepared(self, rows):
        """Not joined: the same few specialists need not be made anew for every booking."""
        alone = rows.select_related(None).prefetch_related(None).defer(*UNUSED)
        return alone.prefetch_related("specialist", "service")
