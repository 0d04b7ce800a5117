"""Invitations by mail: what a calendar makes of them, whoever writes it."""

from datetime import UTC, datetime, timedelta

import pytest
import vobject
from icalendar import Calendar

from scheduling import services
from scheduling.calendars import invitation, method_of
from scheduling.models import Booking
from scheduling.queries import Wish
from tests.factories import (
    BookingEventFactory,
    BookingFactory,
    ReceptionistFactory,
    ServiceFactory,
    SpecialistFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# The specialist works from nine to noon in Berlin.
NINE, TEN, ELEVEN = (datetime(2026, 12, 7, hour, tzinfo=UTC) for hour in (8, 9, 10))


class Inbox:
    """A calendar that is fed by mail, with RFC 5546's rule on what is newer (section 2.1.5)."""

    def __init__(self):
        self.entries = {}

    def take(self, message):
        """Whether it was news."""
        calendar = vobject.readOne(message.decode())
        event = calendar.vevent
        known = self.entries.get(event.uid.value)
        if known and int(known.sequence.value) >= int(event.sequence.value):
            return False
        self.entries[event.uid.value] = event
        return True

    def shows(self):
        [event] = self.entries.values()
        return (event.status.value, event.dtstart.value, event.dtend.value, event.summary.value)


def mail(event, specialist=None, **more):
    people = {
        "attendee_name": "Max Muster",
        "attendee_email": "max@example.com",
        "organizer_name": "Studio",
        "organizer_email": "studio@example.com",
    }
    return invitation(event, specialist=specialist, **people | more)


def book(specialist, now, **wish):
    service = ServiceFactory(name="Massage", specialists=[specialist], duration_minutes=60, **wish)
    wish = Wish(specialist=specialist, service=service)
    client = UserFactory(first_name="Max", last_name="Muster")
    return services.book(wish=wish, starts_at=NINE, client=client, now=now).booking


def test_booked_moved_and_cancelled_reach_a_calendar_in_whatever_order_the_mail_comes(
    specialist, now
):
    booking = book(specialist, now)
    someone = booking.client
    services.reschedule(booking=booking, starts_at=TEN, actor=someone, now=now)
    services.cancel(booking=booking, actor=someone, now=now)
    booked, moved, cancelled = map(mail, booking.events.all())
    in_order, out_of_order = Inbox(), Inbox()

    seen = [(in_order.take(message), in_order.shows()) for message in (booked, moved, cancelled)]
    late = [out_of_order.take(message) for message in (booked, cancelled, moved, cancelled)]

    assert seen == [
        (True, ("CONFIRMED", NINE, TEN, "Massage with Anna Roth")),
        (True, ("CONFIRMED", TEN, ELEVEN, "Massage with Anna Roth")),
        (True, ("CANCELLED", TEN, ELEVEN, "Massage with Anna Roth")),
    ]
    assert (late, out_of_order.shows()) == ([True, True, False, False], in_order.shows())


def test_a_hand_over_takes_it_from_one_calendar_and_puts_it_into_another(specialist, now):
    booking = book(specialist, now)
    ben = SpecialistFactory(name="Ben")
    booking.service.specialists.add(ben)
    services.hand_over(
        booking=booking, specialist=ben, actor=ReceptionistFactory(), reason="Ill", now=now
    )
    booked, handed_over = booking.events.all()
    anna, clients = Inbox(), Inbox()

    for event in (booked, handed_over):
        anna.take(mail(event, specialist))
        clients.take(mail(event))

    assert anna.shows() == ("CANCELLED", NINE, TEN, "Massage: Max Muster")
    assert clients.shows() == ("CONFIRMED", NINE, TEN, "Massage with Ben")
    assert [method_of(handed_over, specialist=each) for each in (specialist, ben, None)] == [
        *("CANCEL", "REQUEST", "REQUEST")
    ]
    assert b"with Anna Roth" in mail(Booking.objects.get().events.first())


def test_an_invitation_says_who_asks_whom_and_asks_for_no_answer():
    booking = BookingFactory(
        reference="ABCD2345",
        specialist=SpecialistFactory(name="Anna", location="Hall 1, Berlin"),
        service=ServiceFactory(name="Massage"),
        client_name="Max Müster",
        client_phone="+49 30 1234",
        starts_at=NINE,
        version=3,
        status="confirmed",
    )
    event = BookingEventFactory(booking=booking, version=2, to_status="pending", at=TEN)

    message = mail(event, booking.specialist, attendee_name='Anna "A"\r\nRoth; x:y')

    assert message.decode().replace("\r\n ", "").split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//CoachBot//Appointments//EN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "SUMMARY:Massage: Max Müster",
        "DTSTART:20261207T080000Z",
        "DTEND:20261207T090000Z",
        "DTSTAMP:20261207T090000Z",
        f"UID:{booking.pk}@coachbot",
        "SEQUENCE:1",
        "ATTENDEE;CN=\"Anna 'A' Roth; x:y\";PARTSTAT=NEEDS-ACTION;RSVP=FALSE"
        ":mailto:max@example.com",
        "DESCRIPTION:Reference ABCD2345\\nPhone +49 30 1234",
        "LAST-MODIFIED:20261207T090000Z",
        "LOCATION:Hall 1\\, Berlin",
        "ORGANIZER;CN=Studio:mailto:studio@example.com",
        "STATUS:TENTATIVE",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_an_invitation_for_the_client_of_what_waits_for_approval_is_tentative(specialist, now):
    booking = book(specialist, now, requires_confirmation=True)
    [event] = booking.events.all()

    [entry] = Calendar.from_ical(mail(event, attendee_email="m#x?@example.com")).walk("VEVENT")

    assert (entry["STATUS"], entry["ATTENDEE"].params["PARTSTAT"]) == ("TENTATIVE", "ACCEPTED")
    assert entry["ATTENDEE"] == "mailto:m%23x%3F@example.com"
