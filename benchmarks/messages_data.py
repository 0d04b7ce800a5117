"""The rows that messages.py needs, and what came of them. Run by it, with the scratch database's
address in the environment; prints JSON."""

import json
import os
import sys
from datetime import time
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
django.setup()

from allauth.account.models import EmailAddress  # noqa: E402 -- needs the settings
from django.test import Client  # noqa: E402 -- needs the settings
from django_tasks import TaskResultStatus  # noqa: E402 -- needs the settings

from accounts.models import User, UserType  # noqa: E402 -- needs the settings
from coachbot.jobs.models import Task  # noqa: E402 -- needs the settings
from coachbot.mail.models import Mail  # noqa: E402 -- needs the settings
from coachbot.webhooks.models import EventType, WebhookDelivery  # noqa: E402 -- needs the settings
from coachbot.webhooks.services import register  # noqa: E402 -- needs the settings
from scheduling.models import (  # noqa: E402 -- needs the settings
    BookingEvent,
    Schedule,
    Service,
    Specialist,
)

# Name, minutes, and whether somebody has to say yes.
SERVICES = (("Massage", 30, False), ("Advice", 30, True), ("Check", 1, False))


def create():
    """Two specialists who never sleep, what they offer, a client, one of the staff, and a webhook
    for every event."""
    people = {name: _person(name) for name in ("client", "anna", "ben", "staff")}
    User.objects.filter(username="staff").update(user_type=UserType.STAFF, is_superuser=True)
    specialists = {name: _specialist(name, people[name]) for name in ("anna", "ben")}
    services = {name: _service(name, *how, specialists) for name, *how in SERVICES}
    receiver = {"name": "Receiver", "url": os.environ["RECEIVER"], "events": EventType.values}
    _, secret = register(actor=None, **receiver)
    return {
        "services": services,
        "specialists": {name: str(each.pk) for name, each in specialists.items()},
        "tokens": {name: _token(user) for name, user in people.items()},
        "secret": secret,
    }


def stored():
    """What was to be told of each change, and what is left to be done."""
    mails = Mail.objects.values_list("pk", "key", "recipient", "status", "was_cut_off")
    events = BookingEvent.objects.values_list("pk", "booking", "version")
    deliveries = WebhookDelivery.objects.values_list("pk", "event_id", "type", "status")
    tasks = list(Task.objects.all())
    undone = [task for task in tasks if task.status != TaskResultStatus.SUCCESSFUL]
    return {
        "mails": [[str(each) for each in row] for row in mails],
        "events": {f"{booking}:{version}": str(pk) for pk, booking, version in events},
        "deliveries": [[str(each) for each in row] for row in deliveries],
        "undone": [(str(task), task.status, task.traceback[-300:]) for task in undone],
        "tasks": len(tasks),
        "tried_again": sum(task.attempts > 1 for task in tasks),
    }


def _person(name):
    email = f"{name}@example.com"
    user = User.objects.create_user(username=name, email=email, first_name=name.title())
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _specialist(name, user):
    specialist = Specialist.objects.create(
        name=name.title(), user=user, email=user.email, hourly_rate=60
    )
    User.objects.filter(pk=user.pk).update(user_type=UserType.SPECIALIST)
    Schedule.objects.bulk_create(
        Schedule(specialist=specialist, weekday=day, start_time=time(0), end_time=time(0))
        for day in range(7)
    )
    return specialist


def _service(name, minutes, needs_yes, specialists):
    service = Service.objects.create(
        name=name,
        duration_minutes=minutes,
        slot_step_minutes=minutes,
        requires_confirmation=needs_yes,
        cancellation_notice_minutes=0,
    )
    service.specialists.set(specialists.values())
    return str(service.pk)


def _token(user):
    browser = Client()
    browser.force_login(user)
    return browser.session.session_key


COMMANDS = {"create": create, "stored": stored}
sys.stdout.write(json.dumps(COMMANDS[sys.argv[1]]()))
