"""The back office of webhooks: registering, trying, looking, and sending again."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from standardwebhooks.webhooks import Webhook

from audit.models import AdminLog
from coachbot.jobs.models import Task
from coachbot.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.conftest import NOW
from tests.factories import (
    AuditorFactory,
    BookingEventFactory,
    StaffFactory,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
)
from tests.jobs import work

pytestmark = pytest.mark.django_db
ADD = reverse("admin:webhooks_webhookendpoint_add")
ENDPOINTS = reverse("admin:webhooks_webhookendpoint_changelist")
DELIVERIES = reverse("admin:webhooks_webhookdelivery_changelist")


@pytest.fixture
def office(client):
    client.user = StaffFactory()
    client.force_login(client.user)
    return client


def page_of(row, name="change"):
    return reverse(f"admin:webhooks_{row._meta.model_name}_{name}", args=[row.pk])


def text_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def sent(url, **fields):
    form = {"name": "Till", "url": url, "events": ["booking.created", "booking.cancelled"]}
    return {**form, "is_active": "on", **fields}


def logged():
    return list(AdminLog.objects.order_by("sequence").values_list("action", "actor_id"))


def test_who_registers_an_address_sees_its_secret_once_and_it_signs(receiver, office):
    answer = office.post(ADD, sent(receiver.url))
    (secret,) = re.findall(r"whsec_[\w+/=]+", answer.content.decode())
    endpoint = WebhookEndpoint.objects.get()
    again = office.get(page_of(endpoint))
    office.post(
        ENDPOINTS,
        {"action": "send_test", "_selected_action": endpoint.pk, "sure": 1, **seen(endpoint)},
    )
    work()

    (request,) = receiver.requests
    assert Webhook(secret).verify(request.raw, request.headers)["type"] == "test"
    assert secret not in again.content.decode()
    assert (endpoint.events, endpoint.created_by) == (
        ["booking.created", "booking.cancelled"],
        office.user,
    )
    assert logged() == [
        ("webhook.created", office.user.pk),
        ("webhook.tested", office.user.pk),
    ]


def seen(row):
    row.refresh_from_db()
    return {f"seen-{row.pk}": row.updated_at.isoformat()}


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", "must begin with https://"),
        ("https://169.254.169.254/latest/", "leads to the inside of a network"),
        ("https://localhost/", "leads to the inside of a network"),
        ("https://name.invalid/", "is it spelt right?"),
    ],
)
def test_an_address_to_which_nothing_would_be_sent_is_refused_beside_the_field(office, url, why):
    answer = office.post(ADD, sent(url))

    assert why in answer.context["adminform"].form.errors["url"][0]
    assert (WebhookEndpoint.objects.count(), logged()) == (0, [])


def test_a_change_leaves_one_entry_and_switching_on_forgets_what_was_wrong(office):
    endpoint = WebhookEndpointFactory(
        is_active=False, off_because="It answered 410.", failing_since=NOW
    )

    office.post(page_of(endpoint), sent(endpoint.url, name="New till"))

    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.is_active, endpoint.off_because, endpoint.failing_since) == (
        *("New till", True),
        *("", None),
    )
    assert logged() == [("webhook.changed", office.user.pk)]


def test_a_new_secret_is_made_only_after_a_yes_and_shown_once(office):
    endpoint = WebhookEndpointFactory()
    page = reverse("admin:webhooks_webhookendpoint_rotate_secret", args=[endpoint.pk])

    asked = text_of(office.get(page))
    before = logged()
    done = text_of(office.post(page))

    assert "Nothing is done yet." in asked
    assert "whsec_" not in asked
    assert before == []
    assert len(re.findall(r"whsec_[\w+/=]+", done)) == 1
    assert logged() == [("webhook.secret_rotated", office.user.pk)]
    changes = AdminLog.objects.get().changes
    assert changes["sealed_secret"] == ["***", "***"]


def test_many_deliveries_are_sent_again_after_a_page_of_what_will_happen(office):
    on, off = WebhookEndpointFactory(), WebhookEndpointFactory(name="Old", is_active=False)
    rows = [WebhookDeliveryFactory(endpoint=each, status="failed") for each in (on, off)]
    chosen = {"action": "replay", "_selected_action": [row.pk for row in rows]}

    asked = text_of(office.post(DELIVERIES, chosen))
    before = Task.objects.count()
    done = text_of(office.post(DELIVERIES, {**chosen, "sure": 1, **seen(rows[0]), **seen(rows[1])}))

    assert "Nothing is done yet. 1 will be sent again, the rest stay as they are." in asked
    assert "This endpoint is switched off." in asked
    assert before == 0
    assert "1 sent again, 1 refused." in done
    assert [task.args_kwargs["args"] for task in Task.objects.all()] == [[str(rows[0].pk), 1]]
    assert logged() == [("webhook.replayed", office.user.pk)]


def test_a_delivery_tells_what_was_sent_and_what_came_back(office):
    event = BookingEventFactory()
    delivery = WebhookDeliveryFactory(
        type="booking.created", event_id=event.pk, status="failed", attempts_made=1
    )
    delivery.attempts.create(
        number=1, at=NOW, status_code=500, duration_ms=12, error="500: no", answer="<b>Oh</b>"
    )

    page = text_of(office.get(page_of(delivery)))
    found = [
        office.get(DELIVERIES, {"q": text}).context["cl"].result_count
        for text in (event.booking.reference.lower(), str(delivery.pk), str(event.pk), "XX", "")
    ]

    assert "500: no &lt;b&gt;Oh&lt;/b&gt;" in page
    assert f"&quot;event_id&quot;: &quot;{event.pk}&quot;" in page
    assert found == [1, 1, 1, 0, 1]


def test_the_lists_say_what_to_do_while_they_are_empty_and_ask_a_few_questions_when_full(
    office, django_assert_max_num_queries
):
    empty = [text_of(office.get(page)) for page in (ENDPOINTS, DELIVERIES)]
    for _ in range(5):
        WebhookDeliveryFactory(endpoint=WebhookEndpointFactory())

    for page in (ENDPOINTS, DELIVERIES):
        with django_assert_max_num_queries(8):
            office.get(page)

    assert "Nobody is told of anything yet. Add an endpoint" in empty[0]
    assert "Nothing was sent yet." in empty[1]


def test_the_start_page_names_those_that_need_somebody_to_those_who_may_see_them(office, client):
    calm = text_of(office.get(reverse("admin:index")))
    WebhookEndpointFactory(name="Till", is_active=False, off_because="It answered 410.")
    WebhookEndpointFactory(name="Bookkeeping", failing_since=NOW - timedelta(hours=1))
    WebhookEndpointFactory(name="Fine")

    page = text_of(office.get(reverse("admin:index")))

    assert "Webhooks that need you" not in calm
    assert ">Till</a> Switched off. It answered 410." in page
    assert ">Bookkeeping</a> Nothing was taken since 01 Dec, 07:00 UTC; we go on trying." in page
    assert "Fine</a>" not in page


def test_auditors_look_and_send_nothing(client):
    client.force_login(AuditorFactory())
    delivery = WebhookDeliveryFactory(status="failed")

    client.post(
        DELIVERIES,
        {"action": "replay", "_selected_action": delivery.pk, "sure": 1, **seen(delivery)},
    )
    refused = client.post(
        reverse("admin:webhooks_webhookendpoint_rotate_secret", args=[delivery.endpoint_id])
    )

    assert refused.status_code == 403
    assert WebhookDelivery.objects.get().status == "failed"
    assert logged() == []
