"""One process of many clients who rate at once. Run by test_races.py.

Says `ready`, waits for a line, lets all its clients loose at once, and prints what each got.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import django
from django.db import IntegrityError, connection

django.setup()

from django.utils import timezone  # noqa: E402 -- needs the settings

from coachbot.errors import DomainError  # noqa: E402 -- needs the settings
from feedback.models import Feedback  # noqa: E402 -- needs the settings
from feedback.services import give_feedback  # noqa: E402 -- needs the settings
from scheduling.models import Booking, Specialist  # noqa: E402 -- needs the settings


def rate(booking):
    try:
        give_feedback(booking=booking, actor=booking.client, rating=4, now=timezone.now())
    except DomainError as refusal:
        return refusal.code
    return "rated"


def rate_without_the_lock(booking):
    """The control: the same check and insert, but nobody queues up."""
    if Feedback.objects.filter(booking=booking).exists():
        return "already_rated"
    try:
        Feedback.objects.create(booking=booking, specialist=booking.specialist, rating=4)
    except IntegrityError:
        return "too late"
    return "rated"


def count_without_the_trigger(booking):
    """The control: read the figures, add one's own, write them."""
    seen = Specialist.objects.get(pk=booking.specialist_id)
    Specialist.objects.filter(pk=seen.pk).update(
        rating_sum=seen.rating_sum + 4, rating_count=seen.rating_count + 1
    )
    return "rated"


WAYS = {
    "rate": rate,
    "unlocked": rate_without_the_lock,
    "uncounted": count_without_the_trigger,
}


def main(way, part, parts, clients):
    """Of all bookings, the clients of this process take every `parts`th from `part` on."""
    attempt, together = WAYS[way], Barrier(int(clients))
    keys = list(Booking.objects.order_by("pk").values_list("pk", flat=True))
    keys = keys[int(part) :: int(parts)]

    def client(number):
        booking = Booking.objects.with_people().get(pk=keys[number % len(keys)])
        together.wait()
        try:
            return attempt(booking)
        finally:
            connection.close()

    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(int(clients)) as pool:
        print(json.dumps(list(pool.map(client, range(int(clients))))))


main(*sys.argv[1:])
