"""The pages that a receptionist meets, and how long each takes. Needs the settings."""

import sys
import time
from argparse import Namespace
from statistics import median

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from benchmarks.many_rows import fill
from scheduling.models import Booking
from tests.factories import StaffFactory

BOUND_MS = 1_000
TIMES = 7

Pages = list[tuple[str, str]]


def measure(chosen: Namespace) -> int:
    """Print a row for each page; 1 if one misses its bound. An empty database is filled first."""
    settings.ALLOWED_HOSTS = ["testserver"]
    if not Booking.objects.exists():
        fill(bookings=chosen.bookings, specialists=chosen.specialists, clients=chosen.clients)
    browser = Client()
    browser.force_login(StaffFactory(username=f"rosa{time.time_ns()}"))
    say(f"\n{connection.vendor}, {Booking.objects.count():,} bookings\n")
    say("| page | queries | median, ms | slowest, ms |")
    say("| --- " * 4 + "|")
    soon = Booking.objects.filter(status="confirmed", starts_at__gt=timezone.now())
    booking = soon.select_related("specialist", "service").latest("starts_at")
    pages = [*calendar_pages(booking), *booking_pages(booking), *other_pages(booking)]
    late = [is_late(browser, name, address) for name, address in pages]
    return int(any(late))


def is_late(browser: Client, name: str, address: str) -> bool:
    """Whether the page misses its bound; its row is printed."""
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(address)
        count = len(queries)
    taken = sorted(milliseconds(browser, address) for _ in range(TIMES))
    late = median(taken) > BOUND_MS or answer.status_code != 200
    note = f" MISSED ({answer.status_code})" if late else ""
    say(f"| {name} | {count} | {median(taken):.0f} | {taken[-1]:.0f} |{note}")
    return late


def milliseconds(browser: Client, address: str) -> float:
    begun = time.perf_counter()
    browser.get(address).getvalue()
    return (time.perf_counter() - begun) * 1_000


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def listed(model: str, query: str = "") -> str:
    return reverse(f"admin:{model}_changelist") + query


def calendar(name: str, query: str = "", **route: object) -> str:
    return reverse(f"admin:scheduling_booking_{name}", kwargs=route) + query


def calendar_pages(booking: Booking) -> Pages:
    start, day = f"{booking.starts_at:%Y-%m-%dT%H:%M:%SZ}", f"{booking.starts_at:%Y-%m-%d}"
    book = f"?specialist={booking.specialist_id}&at={start}&service={booking.service_id}"
    people = {
        "by name": "ada+berger",
        "by half an email": "guest4711",
        "by half a phone number": "0004711",
        "who is nobody": "zzzzzz",
    }
    return [
        ("start page", reverse("admin:index")),
        ("calendar, day", calendar("calendar")),
        ("calendar, day of the booking", calendar("calendar", f"?date={day}")),
        ("calendar, week", calendar("calendar", "?view=week")),
        ("calendar, specialists by name", calendar("calendar", "?q=ada")),
        ("calendar, a booking", calendar("calendar_show", pk=booking.pk)),
        ("calendar, move a booking", calendar("calendar_move", pk=booking.pk)),
        ("calendar, book a slot", calendar("calendar_book", book)),
        *(
            (f"calendar, client {how}", calendar("calendar_people", f"?q={text}"))
            for how, text in people.items()
        ),
    ]


def booking_pages(booking: Booking) -> Pages:
    today = f"{timezone.now().date()}"
    queries = {
        "bookings": "",
        "bookings, page 50": "?p=50",
        "bookings, pending": "?status__exact=pending",
        "bookings, pending, the first first": "?status__exact=pending&o=1",
        "bookings, today": f"?starts_at_from={today}&starts_at_to={today}",
        "bookings, of a specialist": f"?specialist__id__exact={booking.specialist_id}",
        "bookings, by reference": f"?q={booking.reference}",
        "bookings, by name": "?q=berger",
        "bookings, by email": "?q=guest4711@example.com",
        "bookings, by half a phone number": "?q=0004711",
        "bookings, by nobody's name": "?q=zzzzzz",
    }
    return [
        *((name, listed("scheduling_booking", query)) for name, query in queries.items()),
        ("a booking", reverse("admin:scheduling_booking_change", args=[booking.pk])),
        ("booking events", listed("scheduling_bookingevent")),
    ]


def other_pages(booking: Booking) -> Pages:
    person = User.objects.get(username="client7")
    entries = f"?resource_type=scheduling.booking&resource_id={booking.pk}"
    specialist, service = booking.specialist_id, booking.service_id
    return [
        ("specialists", listed("scheduling_specialist")),
        ("a specialist", reverse("admin:scheduling_specialist_change", args=[specialist])),
        ("a service", reverse("admin:scheduling_service_change", args=[service])),
        ("schedules", listed("scheduling_schedule")),
        ("days off", listed("scheduling_dayoff")),
        ("users", listed("accounts_user")),
        ("users, by half a name", listed("accounts_user", "?q=erge")),
        ("a user", reverse("admin:accounts_user_change", args=[person.pk])),
        ("sessions", listed("accounts_usersession")),
        ("log", listed("audit_adminlog")),
        ("log of a booking", listed("audit_adminlog", entries)),
    ]
