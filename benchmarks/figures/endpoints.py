"""How many queries each public endpoint takes: prints JSON."""

import json
import sys
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402 -- needs the settings
from django.db import connection  # noqa: E402 -- needs the settings
from django.test import Client  # noqa: E402 -- needs the settings
from django.test.utils import CaptureQueriesContext  # noqa: E402 -- needs the settings
from django.utils import timezone  # noqa: E402 -- needs the settings

from benchmarks.figures.rows import SERVICE  # noqa: E402 -- needs the settings
from scheduling.models import Specialist  # noqa: E402 -- needs the settings

settings.ALLOWED_HOSTS = ["testserver"]
API = "/api/v1"
person = Specialist.objects.latest("pk").pk
day = timezone.now().date() + timedelta(days=60)
at = f"starts_at={day}T09:00:00Z&service={SERVICE}"
week = f"start={day}&end={day + timedelta(days=7)}&service={SERVICE}"
GET = {
    "GET specialists/": "specialists/",
    "GET specialists/{id}/": f"specialists/{person}/",
    "GET specialists/{id}/slots/": f"specialists/{person}/slots/?{week}",
    "GET specialists/{id}/why-not/": f"specialists/{person}/why-not/?{at}",
    "GET services/": "services/",
    "GET services/{id}/": f"services/{SERVICE}/",
    "GET slots/": f"slots/?{week}",
    "GET feedback/": "feedback/",
}
client = Client(raise_request_exception=False)


def queries_of(ask):
    ask()  # what is counted once in a while is not counted
    with CaptureQueriesContext(connection) as queries:
        answer = ask()
    assert answer.status_code < 300, (answer.status_code, answer.content[:300])  # noqa: S101 -- else nothing is counted
    return len(queries)


hours = iter(range(9, 17))


def book():
    guest = {"client_name": "Kim", "client_email": "kim@example.com"}
    wanted = {
        "specialist": str(person),
        "service": SERVICE,
        "starts_at": f"{day}T{next(hours):02}:00:00Z",
    }
    return client.post(f"{API}/bookings/", {**wanted, **guest}, "application/json")


found = {
    name: queries_of(lambda path=path: client.get(f"{API}/{path}")) for name, path in GET.items()
}
found["POST bookings/, of a guest"] = queries_of(book)
sys.stdout.write(json.dumps(found))
