"""Who is told what of a booking's life, in which words, once."""

import re
from datetime import timedelta

import pytest
import time_machine
import vobject
from django.core import mail

from coachbot.jobs.topics import announce
from feedback.services import give_feedback
from scheduling import services
from scheduling.models import BookingEvent
from scheduling.queries import Wish
from tests.factories import UserFactory
from tests.notifications.conftest import GUEST, NINE, TEN, calendar_in

pytestmark = pytest.mark.django_db


def nothing(clinic, booking, now):
    pass


def confirm(clinic, booking, now):
    services.confirm(booking=booking, actor=clinic.anna.user, now=now)


def confirm_at_the_desk(clinic, booking, now):
    services.confirm(booking=booking, actor=clinic.staff, now=now)


def move(clinic, booking, now):
    services.reschedule(booking=booking, starts_at=TEN, actor=booking.client, now=now)


def move_as_specialist(clinic, booking, now):
    said = {"actor": clinic.anna.user, "reason": "A <b>bad</b> back", "now": now}
    services.reschedule(booking=booking, starts_at=TEN, **said)


def hand_over(clinic, booking, now):
    said = {"actor": clinic.staff, "reason": "Anna is ill", "now": now}
    services.hand_over(booking=booking, specialist=clinic.ben, **said)


def cancel(clinic, booking, now):
    services.cancel(booking=booking, actor=booking.client, now=now)


def cancel_at_the_desk(clinic, booking, now):
    services.cancel(booking=booking, actor=clinic.staff, reason="Closed", now=now)


def complete(clinic, booking, now):
    services.complete(booking=booking, actor=clinic.staff, now=NINE)


def stay_away(clinic, booking, now):
    services.mark_no_show(booking=booking, actor=clinic.staff, now=NINE)


TABLE = [
    # what was booked, what happened then, what the client, Anna and Ben are told of it
    ("massage", nothing, "Gebucht REQUEST 0", "Booked REQUEST 0", None),
    ("surgery", nothing, "Ihre Anfrage", "To be confirmed", None),
    ("surgery", confirm, "Bestätigt REQUEST 1", None, None),
    ("surgery", confirm_at_the_desk, "Bestätigt REQUEST 1", "Confirmed REQUEST 1", None),
    ("massage", move, "Verschoben REQUEST 1", "Moved REQUEST 1", None),
    ("massage", move_as_specialist, "Verschoben REQUEST 1", None, None),
    ("massage", hand_over, "Ihr Termin REQUEST 1", "No longer CANCEL 1", "Now REQUEST 1"),
    ("massage", cancel, "Abgesagt CANCEL 1", "Cancelled CANCEL 1", None),
    ("massage", cancel_at_the_desk, "Abgesagt CANCEL 1", "Cancelled CANCEL 1", None),
    ("surgery", cancel_at_the_desk, "Abgesagt CANCEL 1", "Cancelled CANCEL 1", None),
    ("massage", complete, "Wie war es", None, None),
    ("massage", stay_away, None, None, None),
]


def told(message, wanted, booking):
    """How the subject begins, and what the invitation does to which state of the booking."""
    method, sequence = None, None
    if calendar := calendar_in(message):
        method, content = calendar
        parsed = vobject.readOne(content.decode())
        assert parsed.method.value == method
        assert parsed.vevent.uid.value == f"{booking.pk}@coachbot"
        sequence = parsed.vevent.sequence.value
    begins = re.sub(r" (REQUEST|CANCEL) \d$", "", wanted or "nothing")
    subject = begins if message.subject.startswith(begins) else message.subject
    return " ".join([subject, *([method, sequence] if method else [])])


@pytest.mark.parametrize("is_guest", [False, True], ids=["client", "guest"])
@pytest.mark.parametrize("row", TABLE, ids=[f"{row[0]}-{row[1].__name__}" for row in TABLE])
def test_each_change_is_told_to_whom_it_concerns(clinic, delivered, now, is_guest, row):
    service, change, client, anna, ben = row
    booking = clinic.book(now, getattr(clinic, service), client=None if is_guest else clinic.kim)
    if change is not nothing:
        delivered()
        change(clinic, booking, now)
    with time_machine.travel(NINE if change in (complete, stay_away) else now, tick=False):
        sent = delivered()

    to_client = GUEST.email if is_guest else "kim@home.eu"
    wanted = {to_client: client, "anna@work.eu": anna, "ben@work.eu": ben}
    found = {to: told(message, wanted.get(to), booking) for to, message in sent.items()}
    assert found == {to: words for to, words in wanted.items() if words}


def test_a_mail_speaks_the_language_and_the_time_of_who_reads_it(clinic, delivered, now):
    booking = clinic.book(now, client=clinic.kim)
    move_as_specialist(clinic, booking, now)

    delivered()

    [moved] = [message for message in mail.outbox if message.subject.startswith("Verschoben")]
    html = moved.alternatives[0].content
    assert moved.subject == "Verschoben: Massage, jetzt Montag, 7. Dezember 2026, 18:00"
    assert moved.body.startswith(
        "Guten Tag Kim Berger,\n\nIhr Termin hat eine neue Zeit. Bisher war er "
        "Montag, 7. Dezember 2026, 17:00–18:00, Asia/Tokyo (UTC+09:00).\n\n"
        "Grund: A <b>bad</b> back\n\n"
        "Was: Massage\n"
        "Wann: Montag, 7. Dezember 2026, 18:00–19:00, Asia/Tokyo (UTC+09:00)\n"
        "Bei: Anna\nWo: Room 1\nPreis: 45.00 EUR\n"
        f"Buchungsnummer: {booking.reference}\n\n"
        "Ansehen, verschieben oder absagen:\nhttps://clinic.example/mail/booking/?token="
    )
    assert '<html lang="de">' in html
    assert "A &lt;b&gt;bad&lt;/b&gt; back" in html
    assert "http" not in html.replace("https://clinic.example/mail/booking/", "")
    assert moved.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_guest_reads_the_language_of_their_request_and_the_specialists_clock(
    api, clinic, delivered
):
    UserFactory(email="gus@example.com", language="en", time_zone="Asia/Tokyo")
    order = {"specialist": str(clinic.anna.pk), "starts_at": "2026-12-07T08:00:00Z"}
    guest = {"client_name": "Gus", "client_email": "gus@example.com"}
    answer = api.post("/api/v1/bookings/", {**order, **guest}, headers={"Accept-Language": "de-CH"})

    subject = delivered()["gus@example.com"].subject

    assert answer.status_code == 201
    assert subject == "Gebucht: Termin, Montag, 7. Dezember 2026, 09:00"


def test_a_mail_shows_the_booking_as_the_change_left_it_however_late_it_is(clinic, delivered, now):
    booking = clinic.book(now, client=clinic.kim)
    move(clinic, booking, now)
    hand_over(clinic, booking.events.last().booking, now)

    delivered()

    to_kim = [message for message in mail.outbox if message.to == ["kim@home.eu"]]
    assert [(each.subject, calendar_in(each)[0]) for each in to_kim] == [
        ("Gebucht: Massage, Montag, 7. Dezember 2026, 17:00", "REQUEST"),
        ("Verschoben: Massage, jetzt Montag, 7. Dezember 2026, 18:00", "REQUEST"),
        ("Ihr Termin ist jetzt bei Ben: Montag, 7. Dezember 2026, 18:00", "REQUEST"),
    ]
    assert ["Bei: " in each.body for each in to_kim] == [True] * 3
    assert [each.body.partition("Bei: ")[2].split()[0] for each in to_kim] == [
        "Anna",
        "Anna",
        "Ben",
    ]


def test_nobody_is_told_twice_however_often_it_is_announced(clinic, delivered, now):
    clinic.book(now, client=clinic.kim)
    first = delivered()

    announce("booking.created", event=str(BookingEvent.objects.get().pk))
    again = delivered()

    assert (sorted(first), again) == (["anna@work.eu", "kim@home.eu"], {})


def test_nobody_is_told_of_what_was_past_when_it_was_written_down(clinic, delivered, now):
    wish = clinic.book(now, client=clinic.kim)
    services.cancel(booking=wish, actor=clinic.kim, now=now)
    delivered()
    late = NINE + timedelta(days=1)
    with time_machine.travel(late, tick=False):
        booked = services.book_outside_hours(
            wish=Wish(clinic.anna, clinic.massage),
            starts_at=NINE,
            client=clinic.kim,
            actor=clinic.staff,
            reason="Walked in",
            now=late,
        )
        services.complete(booking=booked.booking, actor=clinic.staff, now=late)

        assert delivered() == {}


def test_what_is_over_when_the_worker_comes_back_is_not_news(clinic, delivered, now):
    clinic.book(now, client=clinic.kim)

    with time_machine.travel(NINE + timedelta(hours=1), tick=False):
        assert delivered() == {}


def test_closed_accounts_and_specialists_without_an_address_get_no_mail(clinic, delivered, now):
    booking = clinic.book(now, client=clinic.kim)
    clinic.kim.is_active = False
    clinic.kim.save()
    clinic.anna.user.is_active = False
    clinic.anna.user.save()

    assert delivered() == {}
    clinic.anna.user, clinic.anna.email = None, ""
    clinic.anna.save()
    cancel_at_the_desk(clinic, booking, now)
    assert delivered() == {}


def test_who_has_given_feedback_is_not_asked_for_it(clinic, delivered, now):
    booking = clinic.book(now, client=clinic.kim)
    delivered()
    with time_machine.travel(NINE, tick=False):
        complete(clinic, booking, now)
        give_feedback(booking=booking, actor=clinic.kim, rating=5, now=NINE)

        assert delivered() == {}


def test_a_name_that_is_an_advertisement_is_not_passed_on(clinic, delivered, now):
    guest = services.Contact("Win at http://casino.example\nnow", "victim@example.com")
    clinic.book(now, guest=guest)

    message = delivered()["victim@example.com"]

    assert "casino" not in message.message().as_string()
    assert message.body.startswith("Hello,\n")
