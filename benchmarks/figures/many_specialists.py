"""One side: the earliest slots of everybody."""

import sys
from datetime import datetime, timedelta

import django

django.setup()

from django.db import connection  # noqa: E402 -- needs the settings
from django.test.utils import CaptureQueriesContext  # noqa: E402 -- needs the settings

from benchmarks.contestant import compete  # noqa: E402 -- needs the settings
from benchmarks.figures.rows import SERVICE  # noqa: E402 -- needs the settings
from scheduling import queries  # noqa: E402 -- needs the settings
from scheduling.models import Service, Specialist  # noqa: E402 -- needs the settings

monday = datetime.fromisoformat(sys.argv[2])
service = Service.objects.get(pk=SERVICE)
# From Friday's evening on there is nothing before Monday: days that are looked at in vain.
start = monday if sys.argv[1] == "near" else monday + timedelta(days=4, hours=18)


def run():
    """As the API asks, for whoever offers the service."""
    return queries.earliest_slots(
        queries.able_in_brief(Specialist.objects.active(), service), service,
        start=start, end=start + timedelta(days=7), now=monday - timedelta(days=7), limit=20,
    )  # fmt: skip


with CaptureQueriesContext(connection) as captured:
    assert len(run()) == 20  # noqa: S101 -- else nothing is measured
compete(run, facts={"queries": len(captured)})
