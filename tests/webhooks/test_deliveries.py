"""What receivers get: what is in it, who can tell that it is ours, and how often it comes."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from audit.models import AdminLog
from coachbot.jobs.models import Task
from coachbot.me.erasure import erase
from coachbot.webhooks import services, signing
from coachbot.webhooks.deliveries import attempt, deliver, forget, send
from coachbot.webhooks.documents import body_of, document_of
from coachbot.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from feedback.services import give_feedback
from scheduling.models import BookingEvent
from scheduling.queries import Wish
from scheduling.services import Contact, book, cancel, complete, hand_over, reschedule
from tests.conftest import NOW
from tests.factories import WEBHOOK_SECRET as SECRET
from tests.factories import (
    BookingEventFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
)
from tests.jobs import failures, work

NINE, TEN = datetime(2026, 12, 7, 8, tzinfo=UTC), datetime(2026, 12, 7, 9, tzinfo=UTC)
EVERYTHING = [
    *("booking.created", "booking.confirmed", "booking.rescheduled", "booking.handed_over"),
    *("booking.cancelled", "booking.completed", "booking.no_show", "feedback.created"),
]
GUEST = {"client_name": "Kim Berger", "client_email": "kim@example.com", "notes": "Knee"}


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def listening(receiver, **fields):
    return WebhookEndpointFactory(**{"url": receiver.url, "events": EVERYTHING, **fields})


def booked(specialist, starts_at=NINE):
    contact = Contact(GUEST["client_name"], GUEST["client_email"])
    return book(
        wish=Wish(specialist),
        starts_at=starts_at,
        client=None,
        now=NOW,
        contact=contact,
        notes=GUEST["notes"],
    ).booking


def documents(receiver):
    return [request.body for request in receiver.requests]


def ids(receiver):
    return [request.headers["webhook-id"] for request in receiver.requests]


def verified(request, secret=SECRET):
    return Webhook(secret).verify(request.raw, request.headers)


# --- What it says


def test_a_signature_is_that_of_the_specification():
    """The vector that the libraries of Standard Webhooks are tested with."""
    head = signing.headers(
        b'{"test": 2432232314}',
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        secrets=[SECRET],
        now=datetime.fromtimestamp(1614265330, UTC),
    )

    assert head["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_function_in_the_manual_tells_ours_from_others():
    manual = Path(settings.BASE_DIR, "docs", "webhooks.md").read_text(encoding="utf-8")
    found = {}
    exec(re.search(r"```python\n(.*?)```", manual, re.DOTALL)[1], found)
    is_ours, body, now = found["is_ours"], b'{"type":"test"}', datetime.now(UTC)
    other = signing.new_secret()
    head = signing.headers(body, message_id="1", secrets=[other, SECRET], now=now)
    old = now - timedelta(minutes=6)
    late = signing.headers(body, message_id="1", secrets=[SECRET], now=old)

    assert [
        is_ours(body, head, SECRET),
        is_ours(body, head, other),
        is_ours(body + b" ", head, SECRET),
        is_ours(body, head, signing.new_secret()),
        is_ours(body, late, SECRET),
    ] == [True, True, False, False, False]


def test_what_happens_is_told_in_words_that_stay_and_nothing_of_the_client(
    receiver, specialist, clock
):
    listening(receiver)

    booking = booked(specialist)
    work()

    (request,) = receiver.requests
    event, delivery = BookingEvent.objects.get(), WebhookDelivery.objects.get()
    assert verified(request) == {
        "type": "booking.created",
        "timestamp": "2026-12-01T08:00:00Z",
        "data": {
            "event_id": str(event.pk),
            "booking": {
                "id": str(booking.pk),
                "reference": booking.reference,
                "specialist": {"id": str(specialist.pk), "name": "Anna Roth"},
                "service": None,
                "client": None,
                "starts_at": "2026-12-07T08:00:00Z",
                "ends_at": "2026-12-07T09:00:00Z",
                "duration_minutes": 60,
                "status": "confirmed",
                "price": "80.00",
                "currency": "EUR",
                "version": 1,
                "created_at": "2026-12-01T08:00:00Z",
            },
            "change": {
                "by": "guest",
                "from_status": None,
                "from_starts_at": None,
                "from_specialist": None,
            },
        },
    }
    assert request.headers["webhook-id"] == str(delivery.pk)
    assert request.headers["Content-Type"] == "application/json"
    assert (delivery.status, delivery.attempts_made) == ("delivered", 1)
    assert delivery.endpoint.last_success_at == NOW
    assert failures() == {}


def test_each_change_is_told_as_it_was_however_late_it_is_sent(receiver, specialist, clock):
    staff, ben = StaffFactory(), SpecialistFactory(name="Ben")
    listening(receiver)
    booking = booked(specialist)
    booking = reschedule(booking=booking, starts_at=TEN, actor=staff, reason="Flu", now=NOW)
    booking = hand_over(booking=booking, specialist=ben, actor=staff, reason="Flu", now=NOW)
    clock.move_to(TEN + timedelta(hours=2))
    booking = complete(booking=booking, actor=staff, now=TEN + timedelta(hours=2))
    give_feedback(booking=booking, actor=None, rating=4, comment="Good", now=TEN)

    work()

    told = {each["type"]: each["data"] for each in documents(receiver)}
    assert [
        (name, data["booking"]["specialist"]["name"], data["booking"]["starts_at"])
        for name, data in told.items()
        if name != "feedback.created"
    ] == [
        ("booking.created", "Anna Roth", "2026-12-07T08:00:00Z"),
        ("booking.rescheduled", "Anna Roth", "2026-12-07T09:00:00Z"),
        ("booking.handed_over", "Ben", "2026-12-07T09:00:00Z"),
        ("booking.completed", "Ben", "2026-12-07T09:00:00Z"),
    ]
    assert told["booking.handed_over"]["change"]["from_specialist"]["name"] == "Anna Roth"
    assert told["booking.rescheduled"]["change"]["from_starts_at"] == "2026-12-07T08:00:00Z"
    assert told["booking.completed"]["change"]["from_status"] == "confirmed"
    rated = told["feedback.created"]["feedback"]
    assert (rated["rating"], rated["booking"]["reference"]) == (4, booking.reference)
    assert "comment" not in rated


def test_who_may_have_personal_data_gets_it_and_none_is_kept_with_the_delivery(
    receiver, specialist, clock
):
    listening(receiver, includes_personal_data=True, events=["booking.cancelled"])
    booking = booked(specialist)

    cancel(booking=booking, actor=StaffFactory(), reason="Kim has the flu", now=NOW)
    work()

    (document,) = documents(receiver)
    told, kept = document["data"]["booking"], WebhookDelivery.objects.values_list()
    assert {name: told[name] for name in (*GUEST, "client_phone")} == {**GUEST, "client_phone": ""}
    assert document["data"]["change"]["reason"] == "Kim has the flu"
    assert "Kim" not in str([*kept, *Task.objects.values_list("args_kwargs")])


def test_a_booking_by_the_api_is_told_to_those_who_are_on_and_want_to_know(
    receiver, specialist, api
):
    """The rest of the paths meet in the same service."""
    listening(receiver, events=["booking.created"])
    listening(receiver, events=["booking.cancelled"])
    listening(receiver, is_active=False)
    body = {"specialist": str(specialist.pk), "starts_at": "2027-01-04T09:00:00Z", **GUEST}

    answer = api.post("/api/v1/bookings/", body)
    work()

    assert answer.status_code == 201
    assert [each["type"] for each in documents(receiver)] == ["booking.created"]


def test_for_a_day_both_secrets_sign_then_the_new_one_alone(receiver, clock):
    endpoint = listening(receiver)
    secret = services.rotate_secret(endpoint=endpoint, actor=None, now=NOW)

    services.send_test(endpoint=endpoint, actor=None, now=NOW)
    work()
    (first,) = receiver.requests
    during = [verified(first, each)["type"] for each in (SECRET, secret)]
    clock.move_to(NOW + timedelta(hours=24))
    services.send_test(endpoint=endpoint, actor=None, now=NOW)
    work()
    _, second = receiver.requests

    assert during == ["test", "test"]
    assert verified(second, secret)["type"] == "test"
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        verified(second, SECRET)


# --- How often it comes


def test_the_same_event_is_told_once_however_often_workers_hear_of_it(receiver, specialist, clock):
    listening(receiver)
    booked(specialist)
    event = BookingEvent.objects.get()

    counts = [services.fan_out("booking.created", event.pk, now=NOW) for _ in range(3)]
    work()

    assert (counts, len(receiver.requests)) == ([1, 0, 0], 1)


def test_what_is_not_taken_comes_again_for_a_day_with_the_same_id_and_longer_and_longer_pauses(
    receiver, clock
):
    endpoint = listening(receiver)
    receiver.answer = lambda request: (500, b"Down for \x00 maintenance" + b"!" * 2000)
    services.send_test(endpoint=endpoint, actor=None, now=NOW)

    work()
    for _ in range(9):
        clock.move_to(WebhookDelivery.objects.get().next_attempt_at)
        work()

    delivery, attempts = WebhookDelivery.objects.get(), list(WebhookAttempt.objects.all())
    pauses = [later.at - sooner.at for sooner, later in pairwise(attempts)]
    assert (delivery.status, delivery.next_attempt_at) == ("failed", None)
    assert [(each.number, each.status_code) for each in attempts] == [
        (number, 500) for number in range(1, 11)
    ]
    assert attempts[0].error == "500: it did not take it."
    assert attempts[0].answer.startswith("Down for  maintenance!!")
    assert len(attempts[0].answer) < 1024
    assert pauses == sorted(pauses)
    assert timedelta(hours=20) < sum(pauses, timedelta(0)) < timedelta(hours=27)
    assert len(set(ids(receiver))) == 1
    assert len({request.headers["webhook-timestamp"] for request in receiver.requests}) == 10
    assert (work(), Task.objects.dead().count()) == (0, 0)


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "600"}, timedelta(minutes=10), timedelta(minutes=10)),
        ({"Retry-After": "999999999"}, timedelta(hours=12), timedelta(hours=12)),
        (
            {"Retry-After": "Tue, 01 Dec 2026 08:20:00 GMT"},
            timedelta(minutes=20),
            timedelta(minutes=20),
        ),
        ({"Retry-After": "1"}, timedelta(seconds=9), timedelta(seconds=11)),
        ({"Retry-After": "soon"}, timedelta(seconds=9), timedelta(seconds=11)),
        ({}, timedelta(seconds=9), timedelta(seconds=11)),
    ],
)
def test_who_asks_for_time_gets_it_within_bounds(receiver, clock, headers, least, most):
    receiver.answer = lambda request: (503, {}, headers)
    services.send_test(endpoint=listening(receiver), actor=None, now=NOW)

    work()

    delivery = WebhookDelivery.objects.get()
    assert delivery.error == "503: it asks for time."
    assert least <= delivery.next_attempt_at - NOW <= most


def test_nobody_waits_for_a_receiver_that_has_been_failing(receiver, clock):
    failing, well = listening(receiver, name="Failing", failing_since=NOW), listening(receiver)
    for each in (failing, well):
        services.send_test(endpoint=each, actor=None, now=NOW)

    keys = [task.args_kwargs["args"][0] for task in Task.objects.due(NOW)]
    endpoints = [WebhookDelivery.objects.get(pk=key).endpoint for key in keys]
    assert endpoints == [well, failing]


def test_a_redirect_is_not_followed_and_said_to_be_one(receiver, clock):
    receiver.answer = lambda request: (307, {})
    services.send_test(endpoint=listening(receiver), actor=None, now=NOW)

    work()

    assert len(receiver.requests) == 1
    assert WebhookDelivery.objects.get().error == (
        "307: it sends us elsewhere, which is not followed. Change the address."
    )


def test_who_is_lost_after_sending_sends_again_and_who_is_lost_after_noting_does_not(
    receiver, clock
):
    delivery = services.send_test(endpoint=listening(receiver), actor=None, now=NOW)

    send(delivery, body_of(delivery), now=NOW, resolve=local)  # and lost
    work()
    deliver.call(str(delivery.pk), 1)  # and lost; it was noted

    assert ids(receiver) == [str(delivery.pk)] * 2
    assert WebhookAttempt.objects.count() == 1


def test_a_replay_has_the_same_id_and_as_many_attempts_again(receiver, clock):
    staff, endpoint = StaffFactory(), listening(receiver)
    delivery = services.send_test(endpoint=endpoint, actor=staff, now=NOW)
    work()
    receiver.answer = lambda request: (500, {})

    services.replay(delivery=delivery, actor=staff, now=NOW)
    work()

    delivery.refresh_from_db()
    assert ids(receiver) == [str(delivery.pk)] * 2
    assert (delivery.status, delivery.attempts_made, delivery.tries) == ("pending", 2, 1)
    assert list(AdminLog.objects.order_by("sequence").values_list("action", "actor_id")) == [
        ("webhook.tested", staff.pk),
        ("webhook.replayed", staff.pk),
    ]


# --- Whom nothing is sent to any more


def test_who_says_gone_is_switched_off_and_what_waits_is_not_sent(receiver, clock):
    staff, gone = StaffFactory(), StaffFactory(is_active=False)
    endpoint = listening(receiver, created_by=staff)
    other = listening(receiver, created_by=gone)
    receiver.answer = lambda request: (410, {})
    for each in (endpoint, endpoint, other):
        services.send_test(endpoint=each, actor=None, now=NOW)

    work()

    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.off_because) == (
        False,
        "It answered 410: it wants to be told of nothing any more.",
    )
    assert len(receiver.requests) == 2
    assert [(each.to, each.subject) for each in mail.outbox] == [
        ([staff.email], "[CoachBot] The webhook Bookkeeping is switched off")
    ]
    assert {*WebhookDelivery.objects.values_list("status", "error")} == {
        ("failed", "410: it wants to be told of nothing any more."),
        ("failed", "Not sent: the endpoint is switched off."),
    }
    entry = AdminLog.objects.get(resource_id=str(endpoint.pk), action="webhook.switched_off")
    assert (entry.actor_id, entry.changes) == (
        None,
        {"is_active": [True, False], "off_because": ["", endpoint.off_because]},
    )


@pytest.mark.parametrize(("hours", "is_active"), [(71, True), (73, False)])
def test_who_has_taken_nothing_for_three_days_is_switched_off_when_a_delivery_is_given_up(
    receiver, clock, hours, is_active
):
    receiver.answer = lambda request: (500, {})
    endpoint = listening(receiver, failing_since=NOW - timedelta(hours=hours))
    delivery = services.send_test(endpoint=endpoint, actor=None, now=NOW)
    WebhookDelivery.objects.filter(pk=delivery.pk).update(tries=9)

    work()

    endpoint.refresh_from_db()
    assert (endpoint.is_active, WebhookDelivery.objects.get().status) == (is_active, "failed")


# --- Where nothing is sent to


def local(host, port):
    return ["127.0.0.1"]


@pytest.mark.django_db(transaction=True)
def test_the_name_is_looked_up_once_outside_transactions_and_what_it_stood_for_is_connected_to(
    receiver, clock
):
    asked = []
    port = receiver.url.rpartition(":")[2]
    endpoint = listening(receiver, url=f"http://hook.example:{port}/in?a=b")
    delivery = services.send_test(endpoint=endpoint, actor=None, now=NOW)

    def once(host, port):
        asked.append((host, connection.in_atomic_block))
        return local(host, port)

    attempt(str(delivery.pk), 1, resolve=once, clock=lambda: NOW)

    (request,) = receiver.requests
    assert asked == [("hook.example", False)]
    assert (request.path, request.headers["Host"]) == ("/in?a=b", f"hook.example:{port}")


def test_a_name_that_leads_to_the_inside_by_now_gets_nothing(receiver, clock, settings):
    """As it does if a rebinding name server answers, or one of several addresses is inside."""
    settings.WEBHOOKS_ALLOW_PRIVATE = False
    port = receiver.url.rpartition(":")[2]
    url = f"https://hook.example:{port}/"
    endpoint = WebhookEndpointFactory(url=url)
    services.require_outward(url, resolve=lambda host, port: ["93.184.216.34"])
    delivery = services.send_test(endpoint=endpoint, actor=None, now=NOW)

    attempt(str(delivery.pk), 1, resolve=local, clock=lambda: NOW)

    made = WebhookAttempt.objects.get()
    assert (made.status_code, made.error) == (
        None,
        "This address leads to the inside of a network, where nothing is sent to.",
    )


def test_who_does_not_answer_is_said_not_to_have(receiver, clock):
    services.send_test(endpoint=listening(receiver, url="http://127.0.0.1:1/"), actor=None, now=NOW)

    work()

    assert WebhookDelivery.objects.get().error == "No answer: ConnectionRefusedError."


# --- What is kept


def test_no_secret_is_in_a_log_a_task_or_a_row(receiver, clock, caplog):
    endpoint, secret = services.register(
        actor=StaffFactory(), name="Till", url=receiver.url, events=["booking.created"]
    )
    other = services.rotate_secret(endpoint=endpoint, actor=None, now=NOW)
    services.send_test(endpoint=endpoint, actor=None, now=NOW)
    work()

    rows = [
        *WebhookEndpoint.objects.values_list(),
        *Task.objects.values_list(),
        *AdminLog.objects.values_list(),
        *WebhookAttempt.objects.values_list(),
    ]
    kept = json.dumps(rows, default=str) + caplog.text
    assert [each in kept for each in (secret, other)] == [False, False]
    assert AdminLog.objects.first().action == "webhook.tested"


@pytest.mark.django_db
def test_who_is_erased_is_erased_from_what_is_sent_again_and_from_what_was_answered():
    kim, lea = UserFactory(), UserFactory(first_name="Lea")
    endpoint = WebhookEndpointFactory(includes_personal_data=True)
    deliveries = [
        WebhookDeliveryFactory(
            endpoint=endpoint,
            type="booking.created",
            event_id=BookingEventFactory(
                booking__client=who, booking__client_name=who.first_name, booking__starts_at=at
            ).pk,
        )
        for who, at in ((kim, NOW), (lea, NOW))
    ]
    for each in deliveries:
        each.attempts.create(number=1, at=NOW, duration_ms=1, answer=body_of(each).decode())

    erase(user=kim, now=NOW + timedelta(days=1))

    told = [document_of(each)["data"]["booking"]["client_name"] for each in deliveries]
    answers = [each.attempts.get().answer for each in deliveries]
    assert told == ["Erased", "Lea"]
    assert [bool(answer) for answer in answers] == [False, True]


@pytest.mark.django_db
def test_deliveries_are_kept_for_ninety_days_but_those_still_to_be_sent():
    long_ago = NOW - timedelta(days=91)
    done, waiting = (WebhookDeliveryFactory(status=each) for each in ("failed", "pending"))
    young = WebhookDeliveryFactory(status="delivered", created_at=NOW - timedelta(days=89))
    WebhookDelivery.objects.filter(pk__in=[done.pk, waiting.pk]).update(created_at=long_ago)

    count = forget(NOW)

    assert count == 1
    assert {*WebhookDelivery.objects.all()} == {waiting, young}


def test_a_new_secret_key_opens_what_was_sealed_once_it_is_sealed_anew(receiver, clock, settings):
    """Else the delivery says why nothing was sent."""
    old, new = settings.SECRET_KEY, "a new key of thirty-two characters or more"
    listening(receiver)
    lost = WebhookEndpointFactory(url=receiver.url, name="Lost")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = new, [old]

    call_command("reseal_webhook_secrets", stdout=StringIO())
    WebhookEndpoint.objects.filter(pk=lost.pk).update(sealed_secret=lost.sealed_secret)
    settings.SECRET_KEY_FALLBACKS = []
    for each in WebhookEndpoint.objects.all():
        services.send_test(endpoint=each, actor=None, now=NOW)
    work()

    (request,) = receiver.requests
    assert verified(request)["type"] == "test"
    assert {*WebhookDelivery.objects.values_list("endpoint__name", "error")} == {
        ("Bookkeeping", ""),
        ("Lost", "Not sent: the secret is sealed with a key that is gone. Make a new one."),
    }
    with pytest.raises(CommandError, match="No known key opens the secrets of 1 endpoint"):
        call_command("reseal_webhook_secrets", stdout=StringIO())
