"""Opens every page of the back office some times over, in a database that it fills: prints JSON."""

import json
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402 -- needs the settings
from django.db import connection  # noqa: E402 -- needs the settings
from django.test import Client  # noqa: E402 -- needs the settings
from django.test.utils import CaptureQueriesContext  # noqa: E402 -- needs the settings
from django.utils import timezone  # noqa: E402 -- needs the settings

from benchmarks import back_office_pages as pages  # noqa: E402 -- needs the settings
from benchmarks.many_rows import fill  # noqa: E402 -- needs the settings
from scheduling.models import Booking  # noqa: E402 -- needs the settings
from tests.factories import StaffFactory  # noqa: E402 -- needs the settings

settings.ALLOWED_HOSTS = ["testserver"]
bookings, specialists = map(int, sys.argv[1:])
fill(bookings=bookings, specialists=specialists, clients=specialists * 20)
browser = Client()
browser.force_login(StaffFactory(username="rosa"))
soon = Booking.objects.filter(status="confirmed", starts_at__gt=timezone.now())
booking = soon.select_related("specialist", "service").latest("starts_at")


def opened(address):
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(address)
        count = len(queries)
    assert answer.status_code == 200, (address, answer.status_code)  # noqa: S101 -- else nothing is measured
    taken = [pages.milliseconds(browser, address) for _ in range(pages.TIMES)]
    return {"queries": count, "ms": taken}


everything = [
    *pages.calendar_pages(booking),
    *pages.booking_pages(booking),
    *pages.other_pages(booking),
]
sys.stdout.write(json.dumps({name: opened(address) for name, address in everything}))
