"""A made-up appointment, to see what a mail looks like."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.mail import EmailMultiAlternatives

from coachbot.notifications.appointments import Appointment
from coachbot.notifications.composing import compose
from coachbot.notifications.kinds import Kind
from coachbot.notifications.people import Recipient
from coachbot.notifications.texts import Words
from scheduling.models import Booking, BookingStatus, Service, Specialist

NINE = datetime(2030, 6, 3, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)


def sample_of(kind: Kind, language: str, words: Words) -> EmailMultiAlternatives:
    """The mail of `kind` with these `words`, about nobody."""
    appointment = _appointment(kind)
    specialist = None if kind.is_for_client else appointment.specialist
    name, email = "Sam Sample", "sam@example.com"
    recipient = Recipient(name, email, language, ZoneInfo("Europe/Berlin"), specialist)
    return compose(kind, recipient, appointment, words=words)


def _appointment(kind: Kind) -> Appointment:
    booking = Booking(
        reference="K7QX4M2P",
        client_name="Sam Sample",
        client_email="sam@example.com",
        client_phone="+49 30 1234567",
        service=Service(name="Massage"),
        price=Decimal(45),
    )
    cancelled = kind in (Kind.CLIENT_CANCELLED, Kind.SPECIALIST_CANCELLED)
    return Appointment(
        booking=booking,
        specialist=Specialist(name="Anna Roth", location="Hauptstr. 1, Berlin"),
        starts_at=NINE,
        ends_at=NINE + HOUR,
        status=BookingStatus.CANCELLED if cancelled else BookingStatus.CONFIRMED,
        old_starts_at=NINE - HOUR,
        former_specialist=Specialist(name="Ben Weber"),
        reason="Illness",
        until=NINE - 3 * HOUR,
    )
