"""One process that has many told of the same events. Run by test_races.py.

Says `ready`, waits for a line, and prints what came of each event.
"""

import json
import sys

import django
from django.db import IntegrityError

django.setup()

from django.db import transaction  # noqa: E402 -- needs the settings
from django.utils import timezone  # noqa: E402 -- needs the settings

from coachbot.webhooks.models import WebhookDelivery, WebhookEndpoint  # noqa: E402 -- as above
from coachbot.webhooks.services import fan_out  # noqa: E402 -- needs the settings
from scheduling.models import BookingEvent  # noqa: E402 -- needs the settings


def told(event_id):
    with transaction.atomic():
        return fan_out("booking.created", event_id, now=timezone.now())


def looked_and_told(event_id):
    """The control: look whether it is there, and write it."""
    rows = WebhookDelivery.objects.filter(event_id=event_id)
    if rows.exists():
        return 0
    try:
        rows.create(
            endpoint=WebhookEndpoint.objects.get(), event_id=event_id, type="booking.created"
        )
    except IntegrityError:
        return "too late"
    return 1


def main(way):
    keys = list(BookingEvent.objects.order_by("pk").values_list("pk", flat=True))
    tell = {"told": told, "looked": looked_and_told}[way]
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps([tell(key) for key in keys]))


main(sys.argv[1])
