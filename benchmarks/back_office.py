"""How long the pages of the back office take when there are a million bookings.

`python benchmarks/back_office.py [--engine sqlite|postgresql] [--bookings 1000000]`. A manager
opens every page some times over. The exit code is 1 if the median of a page misses its bound.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from tests.__main__ import postgresql  # noqa: E402 -- this is a script beside the project

BOUND_MS = 1_000
TIMES = 7
MEASURE = "--measure"
URL = "--url"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"])
    parser.add_argument("--bookings", type=int, default=1_000_000)
    parser.add_argument("--specialists", type=int, default=1_000)
    parser.add_argument("--clients", type=int, default=20_000)
    parser.add_argument(URL, help="a database that this has filled before: measure there")
    parser.add_argument(MEASURE, action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        sys.exit(measure(chosen))
    results = []
    if chosen.url:
        results.append(start(chosen.url))
    elif chosen.engine != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            results.append(start(f"sqlite:///{folder}/app.db"))
    if not chosen.url and chosen.engine != "sqlite":
        with postgresql() as url:
            results.append(start(url))
    sys.exit(max(results))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def start(url: str) -> int:
    variables = {
        **os.environ,
        "DATABASE_URL": url,
        "DEBUG": "false",
        "DJANGO_SETTINGS_MODULE": "coachbot.settings",
        "ENV_FILE": "",
        "HTTPS": "false",
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(PROJECT),
        "SECRET_KEY": "for-this-benchmark-alone-0123456789-abcdefghij",
        "STAFF_SECOND_FACTOR": "false",
    }
    migrate = (sys.executable, "manage.py", "migrate", "-v0")
    subprocess.run(migrate, check=True, cwd=PROJECT, env=variables)  # noqa: S603 -- our own
    again = (sys.executable, __file__, MEASURE, *sys.argv[1:])
    return subprocess.run(again, check=False, cwd=PROJECT, env=variables).returncode  # noqa: S603 -- our own


def measure(chosen: argparse.Namespace) -> int:
    import django  # noqa: PLC0415 -- this process alone has settings

    django.setup()
    from django.conf import settings  # noqa: PLC0415 -- needs the settings
    from django.db import connection  # noqa: PLC0415 -- needs the settings
    from django.test import Client  # noqa: PLC0415 -- needs the settings
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 -- needs the settings

    from benchmarks.many_rows import fill  # noqa: PLC0415 -- needs the settings
    from scheduling.models import Booking  # noqa: PLC0415 -- needs the settings
    from tests.factories import StaffFactory  # noqa: PLC0415 -- needs the settings

    settings.ALLOWED_HOSTS = ["testserver"]
    if not Booking.objects.exists():
        fill(bookings=chosen.bookings, specialists=chosen.specialists, clients=chosen.clients)
    browser = Client()
    browser.force_login(StaffFactory(username=f"rosa{time.time_ns()}"))
    say(f"\n{connection.vendor}, {Booking.objects.count():,} bookings\n")
    say("| page | queries | median, ms | slowest, ms |")
    say("| --- " * 4 + "|")
    slow = 0
    for name, address in pages():
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(address)
            count = len(queries)
        taken = sorted(seconds(browser, address) * 1_000 for _ in range(TIMES))
        late = median(taken) > BOUND_MS or answer.status_code != 200
        slow += late
        note = f" MISSED ({answer.status_code})" if late else ""
        say(f"| {name} | {count} | {median(taken):.0f} | {taken[-1]:.0f} |{note}")
    return int(slow > 0)


def seconds(browser, address) -> float:
    begun = time.perf_counter()
    browser.get(address).getvalue()
    return time.perf_counter() - begun


def pages() -> list[tuple[str, str]]:
    """Every page that a receptionist meets, by name."""
    from django.urls import reverse  # noqa: PLC0415 -- needs the settings
    from django.utils import timezone  # noqa: PLC0415 -- needs the settings

    from accounts.models import User  # noqa: PLC0415 -- needs the settings
    from scheduling.models import Booking  # noqa: PLC0415 -- needs the settings

    now = timezone.now()
    booking = Booking.objects.filter(status="confirmed", starts_at__gt=now).latest("starts_at")
    person = User.objects.get(username="client7")
    today = f"{now.date()}"

    def listed(model, query=""):
        return reverse(f"admin:{model}_changelist") + query

    def calendar(name, query="", **route):
        return reverse(f"admin:scheduling_booking_{name}", kwargs=route) + query

    start = f"{booking.starts_at:%Y-%m-%dT%H:%M:%SZ}"
    book = f"?specialist={booking.specialist_id}&at={start}&service={booking.service_id}"
    rows, one = "scheduling_booking", booking.pk
    return [
        ("start page", reverse("admin:index")),
        ("calendar, day", calendar("calendar")),
        (
            "calendar, day of the booking",
            calendar("calendar", f"?date={booking.starts_at:%Y-%m-%d}"),
        ),
        ("calendar, week", calendar("calendar", "?view=week")),
        ("calendar, specialists by name", calendar("calendar", "?q=ada")),
        ("calendar, a booking", calendar("calendar_show", pk=one)),
        ("calendar, move a booking", calendar("calendar_move", pk=one)),
        ("calendar, book a slot", calendar("calendar_book", book)),
        ("calendar, client by name", calendar("calendar_people", "?q=ada+berger")),
        ("calendar, client by half an email", calendar("calendar_people", "?q=guest4711")),
        ("calendar, client by half a phone number", calendar("calendar_people", "?q=0004711")),
        ("calendar, client who is nobody", calendar("calendar_people", "?q=zzzzzz")),
        ("bookings", listed(rows)),
        ("bookings, page 50", listed(rows, "?p=50")),
        ("bookings, pending", listed(rows, "?status__exact=pending")),
        ("bookings, pending, the first first", listed(rows, "?status__exact=pending&o=1")),
        ("bookings, today", listed(rows, f"?starts_at_from={today}&starts_at_to={today}")),
        (
            "bookings, of a specialist",
            listed(rows, f"?specialist__id__exact={booking.specialist_id}"),
        ),
        ("bookings, by reference", listed(rows, f"?q={booking.reference}")),
        ("bookings, by name", listed(rows, "?q=berger")),
        ("bookings, by email", listed(rows, "?q=guest4711@example.com")),
        ("bookings, by half a phone number", listed(rows, "?q=0004711")),
        ("bookings, by nobody's name", listed(rows, "?q=zzzzzz")),
        ("a booking", reverse("admin:scheduling_booking_change", args=[one])),
        ("booking events", listed("scheduling_bookingevent")),
        ("specialists", listed("scheduling_specialist")),
        (
            "a specialist",
            reverse("admin:scheduling_specialist_change", args=[booking.specialist_id]),
        ),
        ("a service", reverse("admin:scheduling_service_change", args=[booking.service_id])),
        ("schedules", listed("scheduling_schedule")),
        ("days off", listed("scheduling_dayoff")),
        ("users", listed("accounts_user")),
        ("users, by half a name", listed("accounts_user", "?q=erge")),
        ("a user", reverse("admin:accounts_user_change", args=[person.pk])),
        ("sessions", listed("accounts_usersession")),
        ("log", listed("audit_adminlog")),
        (
            "log of a booking",
            listed("audit_adminlog", f"?resource_type=scheduling.booking&resource_id={one}"),
        ),
    ]


if __name__ == "__main__":
    main()
