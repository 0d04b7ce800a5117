"""Bookings for calendars: as a file (RFC 5545) and as an invitation by mail (RFC 5546)."""

import unicodedata
from copy import copy
from urllib.parse import quote

from icalendar import Calendar, Event, vCalAddress

from scheduling.models import Booking, BookingEvent, BookingStatus, Specialist

STATUSES = {
    BookingStatus.PENDING: "TENTATIVE",
    BookingStatus.CANCELLED: "CANCELLED",
}

# What an address of mail may hold and need not be escaped in a URI (RFC 6068).
IN_ADDRESSES = "@!$'*+"


def calendar_of(booking: Booking) -> bytes:
    """One VEVENT in UTC. Its UID stays, its SEQUENCE grows with every change."""
    cancelled = booking.status == BookingStatus.CANCELLED
    calendar = new_calendar("CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(entry_of(booking))
    return calendar.to_ical()


def method_of(event: BookingEvent, *, specialist: Specialist | None = None) -> str:
    """CANCEL if `event` took the booking away from whom the message is for, else REQUEST."""
    handed_on = specialist is not None and event.from_specialist_id == specialist.pk
    return "CANCEL" if handed_on or event.to_status == BookingStatus.CANCELLED else "REQUEST"


def invitation(
    event: BookingEvent,
    *,
    attendee_name: str,
    attendee_email: str,
    organizer_name: str,
    organizer_email: str,
    specialist: Specialist | None = None,
) -> bytes:
    """What `event` made of its booking, as the message that a mail carries to a calendar (iTIP).

    It is for the client or, if `specialist` is given, for them. The booking is as the event left
    it, so messages written late are right too: of each UID a calendar takes the highest SEQUENCE.
    Nobody reads answers, so none is asked for (RSVP): who booked, or is booked, has said yes.

    Google and Outlook take it for an invitation only if it is an alternative of the mail's text
    whose type names the method: `text/calendar; method=REQUEST; charset=utf-8` (see `method_of`).
    """
    method = method_of(event, specialist=specialist)
    booking = _as_left_by(event)
    entry = entry_of(booking, for_specialist=specialist is not None)
    entry["status"] = "CANCELLED" if method == "CANCEL" else entry["status"]
    entry.add("organizer", _address(organizer_name, organizer_email))
    waits = specialist is not None and booking.status == BookingStatus.PENDING
    answer = {"PARTSTAT": "NEEDS-ACTION" if waits else "ACCEPTED", "RSVP": "FALSE"}
    entry.add("attendee", _address(attendee_name, attendee_email), parameters=answer)
    calendar = new_calendar(method)
    calendar.add_component(entry)
    return calendar.to_ical()


def new_calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//CoachBot//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def entry_of(booking: Booking, *, for_specialist: bool = False) -> Event:
    """`booking` in words for its client, or for its specialist: who comes, and their number."""
    what = booking.service.name if booking.service else "Appointment"
    about = f"Reference {booking.reference}"
    if for_specialist:
        summary = f"{what}: {booking.client_name}"
        about += f"\nPhone {booking.client_phone}" if booking.client_phone else ""
    else:
        summary = f"{what} with {booking.specialist.name}"
    event = Event()
    event.add("uid", f"{booking.pk}@coachbot")
    event.add("dtstamp", booking.updated_at)
    event.add("last-modified", booking.updated_at)
    event.add("sequence", booking.version - 1)
    event.add("dtstart", booking.starts_at)
    event.add("dtend", booking.ends_at)
    event.add("status", STATUSES.get(BookingStatus(booking.status), "CONFIRMED"))
    event.add("summary", clean(summary))
    event.add("description", clean(about))
    if booking.specialist.location:
        event.add("location", clean(booking.specialist.location))
    return event


def clean(text: str) -> str:
    """`text` without control characters, which no calendar may hold; a line feed stays."""
    return "".join(
        letter for letter in text if letter == "\n" or unicodedata.category(letter) != "Cc"
    )


def _as_left_by(event: BookingEvent) -> Booking:
    """The booking as it was right after `event`; its length never changes."""
    booking = copy(event.booking)
    booking.specialist = event.specialist_then()
    booking.ends_at += event.to_starts_at - booking.starts_at
    booking.starts_at, booking.status = event.to_starts_at, event.to_status
    booking.version, booking.updated_at = event.version, event.at
    return booking


def _address(name: str, email: str) -> vCalAddress:
    """A name stands in quotes there, so it holds none, and no line feed."""
    address = vCalAddress("mailto:" + quote(email, safe=IN_ADDRESSES))
    address.params["CN"] = clean(name).replace("\n", " ").replace('"', "'")
    return address
