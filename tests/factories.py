"""Rows for tests. What matters to a test stands in the test; the rest is here."""

from datetime import UTC, datetime, time, timedelta
from importlib import import_module

import factory
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from accounts.models import User, UserSession, UserType
from coachbot.chat.models import Chat, Message
from coachbot.ids import uuid7
from coachbot.jobs.models import AT_ONCE, Task
from coachbot.mail.models import Mail
from coachbot.notifications.models import MailTemplate
from coachbot.webhooks.models import WebhookDelivery, WebhookEndpoint
from feedback.models import Feedback
from scheduling.models import (
    Availability,
    Booking,
    BookingEvent,
    DayOff,
    Hold,
    Schedule,
    Service,
    Specialist,
    WaitingListEntry,
)

staff_groups = import_module("coachbot.migrations.0004_staff_groups")
RIGHTS = [
    import_module(name)
    for name in (
        "coachbot.migrations.0005_audit_rights",
        "coachbot.migrations.0006_feedback_rights",
        "coachbot.chat.migrations.0002_staff_rights",
        "scheduling.migrations.0011_waiting_list_rights",
        "coachbot.feeds.migrations.0002_staff_rights",
        "coachbot.jobs.migrations.0002_staff_rights",
        "coachbot.mail.migrations.0002_staff_rights",
        "coachbot.webhooks.migrations.0002_staff_rights",
        "coachbot.notifications.migrations.0002_staff_rights",
    )
]

WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def staff_group(name):
    """The group as its migrations make it. A transactional test leaves every table empty."""
    if not Group.objects.filter(name=name, permissions__isnull=False).exists():
        staff_groups.make_groups(apps, "default")
        for rights in RIGHTS:
            rights.grant(apps, "default")
    return Group.objects.get(name=name)


class UserFactory(DjangoModelFactory):
    """Has no password unless the test gives one: hashing takes a fifth of a second. With one,
    their address is verified, so that they can sign in."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    first_name = "Kim"
    last_name = "Berger"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        user = model_class.objects.create_user(*args, **kwargs)
        if kwargs.get("password"):
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class StaffFactory(UserFactory):
    """A manager, unless the test names other `groups`."""

    username = factory.Sequence(lambda n: f"staff{n}")
    user_type = UserType.STAFF
    groups = ["Managers"]

    @classmethod
    def _create(cls, model_class, *args, groups, **kwargs):
        user = super()._create(model_class, *args, **kwargs)
        user.groups.set(staff_group(name) for name in groups)
        return user


class ReceptionistFactory(StaffFactory):
    groups = ["Receptionists"]


class AuditorFactory(StaffFactory):
    groups = ["Auditors"]


class SuperuserFactory(StaffFactory):
    is_superuser = True
    groups = []


class UserSessionFactory(DjangoModelFactory):
    """A row as it is; `signed_in` makes one with a token."""

    class Meta:
        model = UserSession

    user = factory.SubFactory(UserFactory)
    token_hash = factory.Sequence(str)
    expires_at = datetime(2099, 1, 1, tzinfo=UTC)


class SpecialistFactory(DjangoModelFactory):
    class Meta:
        model = Specialist

    name = factory.Sequence(lambda n: f"Anna Roth {n}")
    specialization = "Physiotherapy"
    languages = ["de", "en"]
    time_zone = "Europe/Berlin"
    hourly_rate = "80.00"


class ServiceFactory(DjangoModelFactory):
    class Meta:
        model = Service
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Massage {n}")
    duration_minutes = 30
    price = "45.00"

    @factory.post_generation
    def specialists(self, create, extracted, **kwargs):
        self.specialists.set(extracted or [])


class ScheduleFactory(DjangoModelFactory):
    """By default a Monday, nine to five."""

    class Meta:
        model = Schedule

    specialist = factory.SubFactory(SpecialistFactory)
    weekday = 0
    start_time = time(9)
    end_time = time(17)


class DayOffFactory(DjangoModelFactory):
    class Meta:
        model = DayOff

    specialist = factory.SubFactory(SpecialistFactory)
    date = factory.LazyFunction(lambda: datetime(2026, 12, 7, tzinfo=UTC).date())


class AvailabilityFactory(DjangoModelFactory):
    class Meta:
        model = Availability

    specialist = factory.SubFactory(SpecialistFactory)
    starts_at = datetime(2026, 12, 5, 9, tzinfo=UTC)
    ends_at = datetime(2026, 12, 5, 12, tzinfo=UTC)


class BookingFactory(DjangoModelFactory):
    """A row as it is, past every rule but the database's. `services.book` is how one is made."""

    class Meta:
        model = Booking

    specialist = factory.SubFactory(SpecialistFactory)
    client = factory.SubFactory(UserFactory)
    client_name = "Kim Berger"
    client_email = "kim@example.com"
    starts_at = datetime(2026, 12, 7, 9, tzinfo=UTC)
    ends_at = factory.LazyAttribute(lambda booking: booking.starts_at + timedelta(hours=1))
    occupied_starts_at = factory.SelfAttribute("starts_at")
    occupied_ends_at = factory.SelfAttribute("ends_at")


class BookingEventFactory(DjangoModelFactory):
    class Meta:
        model = BookingEvent

    booking = factory.SubFactory(BookingFactory)
    version = 1
    to_status = "confirmed"
    to_starts_at = factory.SelfAttribute("booking.starts_at")
    by = "client"


class WaitingListEntryFactory(DjangoModelFactory):
    """A row as it is; `services.join_waiting_list` is how one is made. Waits for the Monday after
    next."""

    class Meta:
        model = WaitingListEntry

    specialist = factory.SubFactory(SpecialistFactory)
    client = factory.SubFactory(UserFactory)
    client_name = "Kim Berger"
    client_email = "kim@example.com"
    earliest = datetime(2026, 12, 7, tzinfo=UTC)
    latest = datetime(2026, 12, 8, tzinfo=UTC)
    queued_at = factory.Sequence(lambda n: datetime(2026, 11, 30, tzinfo=UTC) + timedelta(0, n))


class HoldFactory(DjangoModelFactory):
    """A row as it is; `services.offer_time_of` is how one is made."""

    class Meta:
        model = Hold

    entry = factory.SubFactory(WaitingListEntryFactory, status="offered")
    specialist = factory.SelfAttribute("entry.specialist")
    starts_at = datetime(2026, 12, 7, 9, tzinfo=UTC)
    ends_at = factory.LazyAttribute(lambda hold: hold.starts_at + timedelta(hours=1))
    occupied_starts_at = factory.SelfAttribute("starts_at")
    occupied_ends_at = factory.SelfAttribute("ends_at")
    expires_at = datetime(2026, 12, 1, 10, tzinfo=UTC)


class FeedbackFactory(DjangoModelFactory):
    """A row as it is; `feedback.services.give_feedback` is how one is made."""

    class Meta:
        model = Feedback

    booking = factory.SubFactory(BookingFactory, status="completed")
    specialist = factory.SelfAttribute("booking.specialist")
    rating = 5
    comment = "Patient and clear."
    author = "Kim B."
    created_at = datetime(2026, 11, 30, 8, tzinfo=UTC)


class ChatFactory(DjangoModelFactory):
    """One in which nothing was said."""

    class Meta:
        model = Chat

    user = factory.SubFactory(UserFactory)
    time_zone = "Europe/Berlin"


class MessageFactory(DjangoModelFactory):
    """A row as it is; `answer` takes turns."""

    class Meta:
        model = Message

    chat = factory.SubFactory(ChatFactory)
    position = factory.Sequence(lambda n: n + 1)
    role = "user"
    content = "Hello"


class TaskFactory(DjangoModelFactory):
    """Of a kind that runs whatever it is given: nobody listens to this topic."""

    class Meta:
        model = Task

    task_path = "coachbot.jobs.topics.tell"
    args_kwargs = factory.LazyFunction(lambda: {"args": ["nothing", {}], "kwargs": {}})
    backend_name = "default"
    run_after = AT_ONCE


class MailFactory(DjangoModelFactory):
    """Sent already."""

    class Meta:
        model = Mail

    key = factory.Sequence(lambda n: f"mail {n}")
    recipient = "kim@example.com"
    subject = "Hello"
    status = "sent"
    sent_at = datetime(2026, 11, 30, tzinfo=UTC)


class WebhookEndpointFactory(DjangoModelFactory):
    """Told of every booking that is made, with WEBHOOK_SECRET. `services.register` makes one."""

    class Meta:
        model = WebhookEndpoint

    name = "Bookkeeping"
    url = "https://hooks.example.com/coachbot"
    events = ["booking.created"]

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        endpoint = model_class(**kwargs)
        endpoint.sealed_secret = endpoint.seal(WEBHOOK_SECRET)
        endpoint.save()
        return endpoint


class WebhookDeliveryFactory(DjangoModelFactory):
    """Of a test; `services.fan_out` makes those of events."""

    class Meta:
        model = WebhookDelivery

    endpoint = factory.SubFactory(WebhookEndpointFactory)
    type = "test"
    event_id = factory.LazyFunction(uuid7)


class MailTemplateFactory(DjangoModelFactory):
    class Meta:
        model = MailTemplate

    kind = "client_booked"
    language = "en"
    subject = "See you: {starts}"
    text = "Dear {client_name},\n\n{details}"
