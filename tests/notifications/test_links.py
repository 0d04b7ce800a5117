"""The pages that mails lead to: looking changes nothing, posting does what one may."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core import mail

from coachbot.notifications.models import Unsubscription
from coachbot.notifications.reminders import find_reminders
from feedback.models import Feedback
from scheduling import services
from scheduling.models import Booking, BookingEvent
from tests.jobs import work
from tests.notifications.conftest import ELEVEN, NINE, SITE, TEN

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
PAGES = ("booking", "unsubscribe")


def link_in(message, page="booking"):
    found = re.search(rf"{SITE}(/mail/{page}/\S+)", message.body)
    return found[1] if found else None


@pytest.fixture
def links(clinic, delivered, now):
    """`links(...)` books, and gives the booking with the links of its client and of Anna."""

    def make(service=None, **who):
        booking = clinic.book(now, service, **who)
        sent = delivered()
        client = booking.client.email if booking.client else booking.client_email
        return booking, link_in(sent[client]), link_in(sent["anna@work.eu"])

    return make


def history(booking):
    rows = BookingEvent.objects.filter(booking=booking).order_by("version")
    return [(row.to_status, row.by, row.reason) for row in rows]


def test_looking_changes_nothing_and_says_nothing_to_others(client, clinic, links):
    booking, link, _ = links(client=clinic.kim)

    for address in (link, f"{link}&done=cancel", f"{link}&from=2026-12-07"):
        answer = client.get(address)
    head = client.head(link)

    assert (answer.status_code, head.status_code) == (200, 200)
    assert history(booking) == [("confirmed", "client", "")]
    assert {name: answer.headers[name] for name in ("Cache-Control", "X-Robots-Tag")} == {
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow",
    }
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not answer.cookies
    page = answer.content.decode()
    assert "<script" not in page
    assert "style=" not in page
    assert "Montag, 7. Dezember 2026, 17:00–18:00, Asia/Tokyo (UTC+09:00)" in page


@pytest.mark.parametrize("who", ["client", "guest"])
def test_a_client_cancels_by_the_link(client, clinic, links, who):
    booking, link, _ = links(client=clinic.kim if who == "client" else None)

    answer = client.post(link, {"deed": "cancel", "version": 1, "reason": "Ill"})

    assert answer.status_code == 303
    assert "Der Termin ist abgesagt." in client.get(answer.url).content.decode()
    assert history(booking)[1:] == [("cancelled", who, "Ill")]


def test_a_client_moves_to_a_time_that_is_offered(client, clinic, links):
    booking, link, _ = links(client=clinic.kim)
    page = client.get(f"{link}&from=2026-12-07").content.decode()
    offered = re.findall(r'name="starts_at" value="([^"]+)"', page)

    answer = client.post(link, {"deed": "move", "version": 1, "starts_at": offered[0]})

    assert offered == [TEN.isoformat(), ELEVEN.isoformat()]
    assert answer.status_code == 303
    booking.refresh_from_db()
    assert (booking.starts_at, booking.version) == (TEN, 2)


def test_a_specialist_confirms_or_declines_with_a_reason_and_it_is_in_the_log(
    client, clinic, links
):
    booking, _, link = links(clinic.surgery, client=clinic.kim)

    refused = client.post(link, {"deed": "cancel", "version": 1, "reason": " "})
    answer = client.post(link, {"deed": "confirm", "version": 1})

    assert (refused.status_code, answer.status_code) == (400, 303)
    assert history(booking)[1:] == [("confirmed", "specialist", "")]


def test_nobody_does_what_is_not_theirs(client, clinic, links):
    booking, link, _ = links(clinic.surgery, client=clinic.kim)

    answers = [
        client.post(link, {"deed": "confirm", "version": 1}),
        client.post(link, {"deed": "feedback", "version": 1, "rating": 5}),
        client.post(link, {"deed": "erase", "version": 1}),
        client.post(link.replace("booking", "unsubscribe"), {}),
    ]

    assert [answer.status_code for answer in answers] == [409, 409, 409, 404]
    assert history(booking) == [("pending", "client", "")]


def test_refusals_are_put_in_words_of_the_language(client, clinic, links, now):
    booking, link, _ = links(client=clinic.kim)
    clinic.book(now, client=clinic.staff, actor=clinic.staff, at=TEN)

    taken = client.post(link, {"deed": "move", "version": 1, "starts_at": TEN.isoformat()})
    stale = client.post(link, {"deed": "cancel", "version": 7})
    with time_machine.travel(NINE - timedelta(hours=1), tick=False):
        late = client.post(link, {"deed": "cancel", "version": 1})
        page = client.get(link)

    assert [answer.status_code for answer in (taken, stale, late)] == [409, 409, 409]
    assert "Diese Zeit wurde gerade vergeben." in taken.content.decode()
    assert '<details open id="move">' in taken.content.decode()
    assert "hat sich geändert, seit Sie die Seite" in stale.content.decode()
    for answer in (late, page):
        assert "Es ist zu spät, diesen Termin hier zu ändern" in answer.content.decode()
    assert "<form" not in page.content.decode()
    assert Booking.objects.get(pk=booking.pk).version == 1


@pytest.mark.parametrize(
    "given",
    [
        {"version": "x"},
        {"version": "1", "starts_at": "soon"},
        {"version": "1", "starts_at": "9999-12-31T23:59:59+00:00"},
        {"version": "1", "starts_at": "2026-12-07T09:00:00+00:00", "reason": "x" * 401},
        {"version": "1", "starts_at": "2026-12-07T09:00:00+00:00", "reason": "\0"},
    ],
)
def test_what_cannot_be_meant_is_said_on_the_page(client, clinic, links, given):
    _, link, _ = links(client=clinic.kim)

    answer = client.post(link, {"deed": "move", **given})

    assert answer.status_code == 400
    assert "Es fehlt noch etwas" in answer.content.decode()


def test_links_end_with_the_person_the_address_and_the_time(client, clinic, links, now):
    booking, kims, annas = links(client=clinic.kim)
    other = parse_qs(urlsplit(kims).query)["token"][0][:-1] + "x"
    forged = [client.get("/mail/booking/", {"token": each}) for each in ("", "x.y.z:q", other)]
    clinic.kim.email = "new@home.eu"
    clinic.kim.save()
    services.hand_over(
        booking=booking, specialist=clinic.ben, actor=clinic.staff, reason="Ill", now=now
    )

    answers = [*forged, client.get(kims), client.get(annas)]
    clinic.kim.email = "kim@home.eu"
    clinic.kim.save()
    with time_machine.travel(NINE + 29 * DAY, tick=False):
        open_still = client.get(kims)
    with time_machine.travel(NINE + 31 * DAY, tick=False):
        answers.append(client.get(kims))

    assert [answer.status_code for answer in answers] == [404] * 6
    assert open_still.status_code == 200
    assert answers[0].headers["Referrer-Policy"] == "no-referrer"


def test_staff_look_and_act_in_the_back_office(client, clinic, delivered, now):
    clinic.book(now, client=clinic.staff, actor=clinic.staff)
    link = link_in(delivered()[clinic.staff.email])

    page, answer = client.get(link), client.post(link, {"deed": "cancel", "version": 1})

    assert (page.status_code, answer.status_code) == (200, 409)
    assert "<form" not in page.content.decode()


def test_feedback_is_given_by_the_link(client, clinic, links, delivered):
    booking, *_ = links(guest=services.Contact("Gus", "gus@example.com"))
    with time_machine.travel(NINE, tick=False):
        services.complete(booking=booking, actor=clinic.staff, now=NINE)
        invitation = delivered()["gus@example.com"]
        link = link_in(invitation)
        answers = [
            client.post(link, {"deed": "feedback", "version": 2, "rating": rating, "comment": "Ok"})
            for rating in (9, 4, 5)
        ]

    assert [answer.status_code for answer in answers] == [400, 303, 409]
    assert [(row.rating, row.comment) for row in Feedback.objects.all()] == [(4, "Ok")]
    assert invitation.extra_headers["List-Unsubscribe"].startswith(f"<{SITE}/mail/unsubscribe/")


def test_one_click_unsubscribes_looking_does_not_and_one_may_come_back(client, clinic, now):
    clinic.book(now, client=clinic.kim)
    with time_machine.travel(NINE - DAY, tick=False):
        find_reminders.enqueue()
        work()
    [reminder] = [each for each in mail.outbox if each.subject.startswith("Erinnerung")]
    link = reminder.extra_headers["List-Unsubscribe"].strip("<>").removeprefix(SITE)

    looked = client.get(link)
    before = list(Unsubscription.objects.all())
    for _ in range(2):
        clicked = client.post(link, {"List-Unsubscribe": "One-Click"})
    after = [(each.email, each.topic) for each in Unsubscription.objects.all()]
    client.post(link, {"again": "1"})

    assert link == link_in(reminder, "unsubscribe")
    assert (looked.status_code, clicked.status_code) == (200, 200)
    assert "Sie sind abgemeldet" in clicked.content.decode()
    assert (before, after) == ([], [("kim@home.eu", "reminder")])
    assert not Unsubscription.objects.exists()
    assert [client.get(f"/mail/{page}/?token=x:y").status_code for page in PAGES] == [404, 404]
