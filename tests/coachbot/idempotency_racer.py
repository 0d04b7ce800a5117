"""One process of guests who send the same request with the same key. Run by test_idempotency.py.

`repeat` says `ready`, waits for a line, lets all its guests loose at once, and prints what each
got. `die` does the work and dies by kill -9 before it answers.
"""

import json
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from threading import Barrier

import django
from django.db import connection

django.setup()

from rest_framework.test import APIRequestFactory  # noqa: E402 -- needs the settings

from scheduling.views import BookingViewSet  # noqa: E402 -- needs the settings

TIMES = 2


class MortalBookings(BookingViewSet):
    def create(self, request):
        super().create(request)
        os.kill(os.getpid(), signal.SIGKILL)


def ask(view, key, body):
    request = APIRequestFactory().post("/api/v1/bookings/", body, headers={"Idempotency-Key": key})
    return view.as_view({"post": "create"}, basename="booking")(request).render()


def repeat(key, body, guests):
    together = Barrier(guests)

    def guest(_):
        connection.ensure_connection()
        together.wait()
        try:
            answers = [ask(BookingViewSet, key, body) for _ in range(TIMES)]
        finally:
            connection.close()
        return [
            (each.status_code, each.get("Idempotent-Replayed"), each.content.decode())
            for each in answers
        ]

    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(guests) as pool:
        print(json.dumps(list(chain.from_iterable(pool.map(guest, range(guests))))))


way, key, body, guests = sys.argv[1:]
if way == "repeat":
    repeat(key, json.loads(body), int(guests))
else:
    ask(MortalBookings, key, json.loads(body))
