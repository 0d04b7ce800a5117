"""Every change of staff and specialists is in the log, once; clients' own doings are not."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import UserSession
from audit.models import AdminLog
from audit.services import record
from coachbot.feeds.models import CalendarFeed
from scheduling.models import DayOff, Schedule, Service, Specialist
from tests.access import tables
from tests.access.world import World
from tests.factories import (
    AvailabilityFactory,
    BookingEventFactory,
    BookingFactory,
    FeedbackFactory,
    MailFactory,
    MailTemplateFactory,
    MessageFactory,
    ReceptionistFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    SuperuserFactory,
    TaskFactory,
    UserFactory,
    WaitingListEntryFactory,
    WebhookDeliveryFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

MATRIX = tables.read("matrix.txt")
# What staff find nothing to write with: their own visits' feedback is in tests/feedback.
TO_RATE = "POST /api/v1/feedback/"
# What is said to the bot is private; what it does for them is in the log, as are the links of
# staff to it: tests/chat.
WRITES = [
    each
    for each in MATRIX.rows
    if not each.startswith("GET") and each != TO_RATE and not re.search("/chats/|/telegram/", each)
]
BOOKINGS, LOGS = "/api/v1/bookings/", "/api/v1/admin-logs/"


def logged():
    """What the log holds, oldest first: who, what, to what."""
    rows = AdminLog.objects.order_by("sequence")
    return list(rows.values_list("actor", "action", "resource_type", "resource_id"))


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize("role", ["manager", "superuser"])
def test_every_change_by_staff_over_rest_leaves_exactly_one_entry(operation, role):
    world = World(operation)
    client = world.client_of(role)
    before = AdminLog.objects.count()

    answer = world.send(client)

    assert answer.status_code < 300
    assert AdminLog.objects.count() == before + 1


@pytest.mark.parametrize(
    "operation", [each for each in WRITES if MATRIX.rows[each]["auditor"] == "403"]
)
def test_what_is_refused_leaves_none(operation):
    world = World(operation)

    assert world.send(world.client_of("auditor")).status_code == 403

    assert not AdminLog.objects.exists()


@pytest.mark.parametrize("verb", ["cancel", "reschedule"])
@pytest.mark.parametrize("role", ["client", "guest"])
def test_what_clients_do_with_their_own_bookings_is_their_history_alone(verb, role):
    world = World(f"POST /api/v1/bookings/{{id}}/{verb}/")

    assert world.send(world.client_of(role)).status_code == 200

    assert logged() == []
    assert world.row.events.count() == 1


def test_an_entry_says_from_where_why_and_what_changed(signed_in):
    rosa, booking = ReceptionistFactory(username="rosa"), BookingFactory()

    answer = signed_in(rosa).post(
        f"{BOOKINGS}{booking.pk}/cancel/",
        {"reason": "The heating broke"},
        headers={"User-Agent": "Front desk"},
        REMOTE_ADDR="192.0.2.7",
    )

    entry = AdminLog.objects.get()
    assert logged() == [("rosa", "booking.cancelled", "scheduling.booking", str(booking.pk))]
    assert (entry.readable_reason, entry.ip_address, entry.user_agent, entry.request_id) == (
        *("The heating broke", "192.0.2.7", "Front desk", answer["X-Request-ID"]),
    )
    assert entry.readable_changes == {
        "status": ["confirmed", "cancelled"],
        "cancellation_reason": ["", "The heating broke"],
        "version": [1, 2],
    }


def test_a_specialist_leaves_entries_of_their_own(signed_in):
    specialist = SpecialistFactory(user=UserFactory(username="anna"))
    client = signed_in(specialist.user)

    made = client.post(
        "/api/v1/days-off/", {"specialist": str(specialist.pk), "date": "2026-12-24"}
    ).json()
    client.patch(f"/api/v1/days-off/{made['id']}/", {"reason": "Christmas"})
    client.delete(f"/api/v1/days-off/{made['id']}/")

    kind = "scheduling.dayoff"
    assert logged() == [
        ("anna", "dayoff.created", kind, made["id"]),
        ("anna", "dayoff.changed", kind, made["id"]),
        ("anna", "dayoff.deleted", kind, made["id"]),
    ]
    assert AdminLog.objects.get(sequence=2).readable_changes == {"reason": ["", "Christmas"]}


def test_who_offers_a_service_is_in_its_entry(signed_in):
    anna, ben = SpecialistFactory(), SpecialistFactory()
    service = ServiceFactory(specialists=[anna])

    signed_in(StaffFactory()).patch(
        f"/api/v1/services/{service.pk}/", {"specialists": [str(ben.pk)], "price": "50.00"}
    )

    assert AdminLog.objects.get().readable_changes == {
        "price": ["45.00", "50.00"],
        "specialists": [[str(anna.pk)], [str(ben.pk)]],
    }


# --- The back office


@pytest.fixture
def boss(client):
    boss = SuperuserFactory(username="boss")
    client.force_login(boss)
    return boss


def page(name, *args):
    return reverse(f"admin:{name}", args=args)


def test_a_user_who_is_changed_in_the_back_office_is_in_the_log_without_secrets(client, boss):
    user = UserFactory(username="kim", first_name="Kim")

    client.post(
        page("accounts_user_change", user.pk),
        {
            "username": "kim",
            "email": user.email,
            "first_name": "Kimberly",
            "last_name": user.last_name,
            "time_zone": "UTC",
            "language": "en",
            "user_type": "staff",
            "groups": [Group.objects.get(name="Auditors").pk],
            "is_active": "on",
        },
    )

    assert logged() == [("boss", "user.changed", "accounts.user", str(user.pk))]
    assert AdminLog.objects.get().readable_changes == {
        "first_name": ["Kim", "Kimberly"],
        "user_type": ["client", "staff"],
        "groups": [[], ["Auditors"]],
    }


def test_a_password_that_staff_set_is_masked(client, boss):
    user = UserFactory()
    new = {"usable_password": "true", "password1": "staple battery", "password2": "staple battery"}

    client.post(page("auth_user_password_change", user.pk), new)

    assert logged() == [("boss", "user.changed", "accounts.user", str(user.pk))]
    assert AdminLog.objects.get().readable_changes == {"password": ["***", "***"]}


def test_an_action_leaves_an_entry_for_each_row(client, boss):
    rows = [BookingFactory(), BookingFactory()]

    client.post(
        page("scheduling_booking_changelist"),
        {
            "action": "cancel",
            "_selected_action": [row.pk for row in rows],
            "index": 0,
            "reason": "Flood",
            "sure": "1",
            **{f"seen-{row.pk}": "1" for row in rows},
        },
    )

    assert {(actor, action, key) for actor, action, _, key in logged()} == {
        ("boss", "booking.cancelled", str(row.pk)) for row in rows
    }


def test_hours_that_are_changed_on_a_page_are_logged_once(client, boss):
    row = ScheduleFactory()

    client.post(page("scheduling_schedule_delete", row.pk), {"post": "yes"})

    assert not Schedule.objects.exists()
    assert logged() == [("boss", "schedule.deleted", "scheduling.schedule", str(row.pk))]


def test_a_session_that_staff_end_is_logged(client, boss, signed_in):
    signed_in(UserFactory())
    session = UserSession.objects.exclude(user=boss).get()

    client.post(
        page("accounts_usersession_changelist"),
        {
            "action": "end",
            "_selected_action": [session.pk],
            "sure": "1",
            f"seen-{session.pk}": "True",
        },
    )

    assert logged() == [("boss", "usersession.ended", "accounts.usersession", str(session.pk))]


def test_history_leads_to_the_entries_of_the_row(client, boss):
    row = DayOff.objects.create(specialist=SpecialistFactory(), date="2026-12-24")
    client.post(page("scheduling_dayoff_delete", row.pk), {"post": "yes"})

    answer = client.get(page("scheduling_booking_history", BookingFactory().pk), follow=True)
    there = client.get(page("scheduling_dayoff_history", row.pk), follow=True)

    assert (answer.status_code, list(answer.context["cl"].result_list)) == (200, [])
    assert [entry.action for entry in there.context["cl"].result_list] == ["dayoff.deleted"]


def test_the_history_of_every_page_of_one_row_is_in_the_log(client, boss):
    """That of an entry, and of what belongs to a user, is the history of what they are about."""
    entry = record("user.changed", boss, changes={"phone": ["", "1"]})
    address = EmailAddress.objects.create(user=boss, email=boss.email)
    key = Authenticator.objects.create(user=boss, type="totp", data={})
    row = DayOff.objects.create(specialist=SpecialistFactory(), date="2026-12-24")
    booking, said = BookingEventFactory().booking, MessageFactory()
    rows = [boss, UserSession.objects.get(), Group.objects.first(), row.specialist, row]
    rows += [ServiceFactory(), ScheduleFactory(), AvailabilityFactory(), booking]
    rows += [booking.events.get(), entry, address, key, FeedbackFactory(), said, said.chat]
    rows += [WaitingListEntryFactory()]
    rows += [
        TaskFactory(),
        MailTemplateFactory(),
        MailFactory(),
        (delivery := WebhookDeliveryFactory()),
        delivery.endpoint,
        CalendarFeed.objects.create(user=boss),
    ]
    about = dict.fromkeys((EmailAddress, Authenticator, AdminLog, CalendarFeed), boss)

    for each in rows:
        name = each._meta.label_lower.replace(".", "_")
        history = page(f"{name}_history", each.pk)
        subject = about.get(type(each), each)
        asked = urlencode(
            {"resource_type": subject._meta.label_lower, "resource_id": str(subject.pk)}
        )

        assert history in client.get(page(f"{name}_change", each.pk)).content.decode()
        assert client.get(history).url == f"{page('audit_adminlog_changelist')}?{asked}"

    assert {type(each) for each in rows} == set(admin.site._registry)


def test_who_may_not_read_the_log_is_shown_no_way_to_it(client):
    rosa, booking = ReceptionistFactory(), BookingFactory()
    client.force_login(rosa)

    text = client.get(page("scheduling_booking_change", booking.pk)).content.decode()

    assert page("scheduling_booking_history", booking.pk) not in text


# What the pages of a specialist and of a service send.
NO_HOURS = {
    f"{name}-{count}_FORMS": 0
    for name in ("schedules", "days_off", "availabilities")
    for count in ("TOTAL", "INITIAL")
}
PROFILE = {
    "name": "Anna",
    "time_zone": "UTC",
    "hourly_rate": "80",
    "currency": "EUR",
    "default_duration_minutes": 60,
    "is_active": "on",
}
OFFER = {
    "name": "Massage",
    "price": "45",
    "currency": "EUR",
    "duration_minutes": 30,
    "buffer_before_minutes": 0,
    "buffer_after_minutes": 0,
    "is_active": "on",
}


def test_specialists_and_services_are_written_by_their_services_on_their_pages(client, boss):
    """Only what was edited, with one entry each; hours leave their own."""
    client.post(page("scheduling_specialist_add"), {**PROFILE, **NO_HOURS})
    anna = Specialist.objects.get()
    client.post(
        page("scheduling_specialist_change", anna.pk), {**PROFILE, **NO_HOURS, "name": "Ann"}
    )
    client.post(page("scheduling_service_add"), OFFER)
    massage = Service.objects.get()
    client.post(
        page("scheduling_service_change", massage.pk),
        {**OFFER, "price": "50.00", "specialists": [anna.pk]},
    )

    entries = AdminLog.objects.order_by("sequence")
    assert [(each.actor, each.action, each.resource_id) for each in entries] == [
        ("boss", "specialist.created", str(anna.pk)),
        ("boss", "specialist.changed", str(anna.pk)),
        ("boss", "service.created", str(massage.pk)),
        ("boss", "service.changed", str(massage.pk)),
    ]
    assert [entries[1].changes, entries[3].changes] == [
        {"name": ["Anna", "Ann"]},
        {"price": ["45.00", "50.00"], "specialists": [[], [str(anna.pk)]]},
    ]
    assert (anna.pk, list(massage.specialists.all())) == (Specialist.objects.get().pk, [anna])


def test_an_entry_is_read_with_what_was_before_and_after(client, boss, signed_in):
    booking = BookingFactory()
    signed_in(boss).patch(f"{BOOKINGS}{booking.pk}/", {"notes": "<b>Left</b> knee"})

    answer = client.get(page("audit_adminlog_change", AdminLog.objects.get().pk))

    text = answer.content.decode()
    assert "&lt;b&gt;Left&lt;/b&gt; knee" in text
    assert page("scheduling_booking_change", booking.pk) in text


# --- Over REST


def test_the_log_is_read_over_rest_and_narrowed(signed_in):
    boss, booking = StaffFactory(username="boss"), BookingFactory()
    other = BookingFactory()
    client = signed_in(boss)
    for row in (booking, other):
        client.patch(f"{BOOKINGS}{row.pk}/", {"notes": "Knee"})

    def found(**query):
        answer = client.get(LOGS, query)
        assert answer.status_code == 200
        return [row["resource_id"] for row in answer.json()["results"]]

    both = [str(other.pk), str(booking.pk)]
    assert found() == both
    assert found(actor=str(boss.pk), action="booking.changed") == both
    assert found(resource_type="scheduling.booking", resource_id=str(other.pk)) == both[:1]
    assert found(created_after="2026-12-01T08:00:00Z") == both
    assert found(created_before="2026-12-01T08:00:00Z") == []
    assert found(actor=str(booking.pk)) == []
    assert client.get(f"{LOGS}?actor=boss").status_code == 400
    [entry] = client.get(LOGS, {"resource_id": str(other.pk)}).json()["results"]
    assert client.get(f"{LOGS}{entry['id']}/").json() == entry
    assert {name: entry[name] for name in ("sequence", "actor", "changes", "created_at")} == {
        "sequence": 2,
        "actor": "boss",
        "changes": {"notes": ["", "Knee"], "version": [1, 2]},
        "created_at": "2026-12-01T08:00:00Z",
    }


def test_a_list_of_entries_takes_the_same_queries_whatever_its_length(
    client, boss, django_assert_max_num_queries
):
    for _ in range(12):
        client.post(page("scheduling_dayoff_delete", _day_off().pk), {"post": "yes"})

    with django_assert_max_num_queries(7):
        client.get(page("audit_adminlog_changelist"))


def _day_off():
    return DayOff.objects.create(specialist=SpecialistFactory(), date="2026-12-24")
