"""A booking as a calendar file (RFC 5545)."""

import unicodedata

from icalendar import Calendar, Event

from scheduling.models import Booking, BookingStatus

STATUSES = {
    BookingStatus.PENDING: "TENTATIVE",
    BookingStatus.CANCELLED: "CANCELLED",
}


def calendar_of(booking: Booking) -> bytes:
    """One VEVENT in UTC. Its UID stays, its SEQUENCE grows with every change."""
    calendar = Calendar()
    calendar.add("prodid", "-//CoachBot//Appointments//EN")
    calendar.add("version", "2.0")
    cancelled = booking.status == BookingStatus.CANCELLED
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(_event(booking))
    return calendar.to_ical()


def _event(booking: Booking) -> Event:
    what = booking.service.name if booking.service else "Appointment"
    event = Event()
    event.add("uid", f"{booking.pk}@coachbot")
    event.add("dtstamp", booking.updated_at)
    event.add("last-modified", booking.updated_at)
    event.add("sequence", booking.version - 1)
    event.add("dtstart", booking.starts_at)
    event.add("dtend", booking.ends_at)
    event.add("status", STATUSES.get(BookingStatus(booking.status), "CONFIRMED"))
    event.add("summary", _clean(f"{what} with {booking.specialist.name}"))
    event.add("description", _clean(f"Reference {booking.reference}"))
    if booking.specialist.location:
        event.add("location", _clean(booking.specialist.location))
    return event


def _clean(text: str) -> str:
    """`text` without control characters, which no calendar may hold; a line feed stays."""
    return "".join(
        letter for letter in text if letter == "\n" or unicodedata.category(letter) != "Cc"
    )
