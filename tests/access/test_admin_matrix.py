"""Who gets which page of the back office: admin.txt, and that it leaves nothing out."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from audit.services import record
from coachbot.feeds.services import make_feed
from tests.access import tables
from tests.factories import (
    AuditorFactory,
    AvailabilityFactory,
    BookingEventFactory,
    BookingFactory,
    ChatFactory,
    DayOffFactory,
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
    UserSessionFactory,
    WaitingListEntryFactory,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
)

pytestmark = pytest.mark.django_db

PAGES = tables.read("admin.txt")
EACH = {"list", "add", "open", "save", "delete"}
IMPORTED = {"scheduling.specialist", "scheduling.schedule", "scheduling.dayoff", "accounts.user"}
EXPORTED = {"scheduling.booking", "feedback.feedback"}
OF_LISTS = {
    *(f"{model} {name}" for model in {*IMPORTED, *EXPORTED} for name in ("csv", "xlsx")),
    *(f"{model} import" for model in IMPORTED),
}
# With the booking in its address, or without.
CALENDAR = {"calendar": False, "calendar_show": True, "calendar_move": True}
CALENDAR |= {"calendar_hand_over": True}
OF_CALENDAR = {f"scheduling.booking {name}" for name in CALENDAR}
OF_FEEDS = {"feeds.calendarfeed of_specialist"}
ROWS = {
    "account.emailaddress": lambda: EmailAddress.objects.create(user=UserFactory(), email="a@b.eu"),
    "accounts.user": UserFactory,
    "accounts.usersession": UserSessionFactory,
    "audit.adminlog": lambda: record("x", UserFactory()),
    "auth.group": lambda: Group.objects.create(name="Own"),
    "feedback.feedback": FeedbackFactory,
    "chat.chat": ChatFactory,
    "chat.message": MessageFactory,
    "feeds.calendarfeed": lambda: make_feed(
        owner=SpecialistFactory(), actor=StaffFactory(), now=timezone.now()
    ),
    "jobs.task": TaskFactory,
    "mail.mail": MailFactory,
    "notifications.mailtemplate": MailTemplateFactory,
    "mfa.authenticator": lambda: Authenticator.objects.create(
        user=UserFactory(), type="totp", data={}
    ),
    "scheduling.availability": AvailabilityFactory,
    "scheduling.booking": BookingFactory,
    "scheduling.bookingevent": BookingEventFactory,
    "scheduling.dayoff": DayOffFactory,
    "scheduling.schedule": ScheduleFactory,
    "scheduling.service": ServiceFactory,
    "scheduling.specialist": SpecialistFactory,
    "scheduling.waitinglistentry": WaitingListEntryFactory,
    "webhooks.webhookdelivery": WebhookDeliveryFactory,
    "webhooks.webhookendpoint": WebhookEndpointFactory,
}
PEOPLE = {
    "client": UserFactory,
    "specialist": lambda: SpecialistFactory(user=UserFactory(user_type="specialist")).user,
    "receptionist": ReceptionistFactory,
    "manager": StaffFactory,
    "auditor": AuditorFactory,
    "superuser": SuperuserFactory,
}


def address(model, name, row):
    if name == "password":
        return reverse("admin:auth_user_password_change", args=[row.pk])
    if name == "of_specialist":
        return reverse("admin:feeds_calendarfeed_of_specialist", args=[row.specialist_id])
    pages = {"list": "changelist", "open": "change", "save": "change"}
    page = {**pages, "csv": "export_csv", "xlsx": "export_xlsx"}.get(name, name)
    args = [row.pk] if name in EACH - {"list", "add"} or CALENDAR.get(name) else []
    return reverse(f"admin:{model.replace('.', '_')}_{page}", args=args)


@pytest.mark.parametrize("page", PAGES.rows)
def test_everyone_gets_the_page_that_is_theirs(client, page):
    model, name = page.split()
    place = address(model, name, ROWS[model]())

    answers = {}
    for role in PAGES.columns:
        client.force_login(PEOPLE[role]())
        answer = client.post(place, {}) if name == "save" else client.get(place)
        answers[role] = str(answer.status_code)

    assert answers == PAGES.rows[page]


def test_the_table_names_every_page_of_every_model_that_is_registered():
    registered = {model._meta.label_lower for model in admin.site._registry}

    wanted = {f"{model} {name}" for model in registered for name in EACH}

    more = OF_LISTS | OF_CALENDAR | OF_FEEDS
    assert {*PAGES.rows} - {"accounts.user password"} - more == wanted
    assert {*PAGES.rows} >= more


def test_receptionists_and_auditors_find_no_action_that_they_may_not_do(client):
    FeedbackFactory()
    offered = {}
    for role in ("receptionist", "auditor"):
        client.force_login(PEOPLE[role]())
        for model in ("specialist", "service", "booking", "feedback"):
            app = "feedback" if model == "feedback" else "scheduling"
            place = reverse(f"admin:{app}_{model}_changelist")
            form = client.get(place).context["action_form"]
            choices = form.fields["action"].choices if form else []
            offered[role, model] = [name for name, _ in choices if name]

    assert offered == {
        ("receptionist", "specialist"): [],
        ("receptionist", "service"): [],
        ("receptionist", "booking"): ["cancel", "confirm", "complete", "mark_no_show"],
        ("receptionist", "feedback"): [],
        ("auditor", "specialist"): [],
        ("auditor", "service"): [],
        ("auditor", "booking"): [],
        ("auditor", "feedback"): [],
    }
