"""The rows that load.py and faults.py need, and what came of them. Run by them, with the scratch
database's address in the environment; prints JSON."""

import json
import sys
from datetime import time
from itertools import pairwise
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
django.setup()

from scheduling.models import (  # noqa: E402 -- needs the settings
    Booking,
    Schedule,
    Service,
    Specialist,
)

PARTS = ("one_slot", "overlapping", "moving", "one_key")


def create():
    """For each part a specialist who works every day from nine to five, UTC."""
    people = {part: Specialist.objects.create(name=part, hourly_rate=60) for part in PARTS}
    Schedule.objects.bulk_create(
        Schedule(specialist=person, weekday=weekday, start_time=time(9), end_time=time(17))
        for person in people.values()
        for weekday in range(7)
    )
    service = Service.objects.create(name="An hour", duration_minutes=60, slot_step_minutes=15)
    quarter = Service.objects.create(name="A quarter", duration_minutes=15, slot_step_minutes=15)
    for each in (service, quarter):
        each.specialists.set(people.values())
    return {
        "service": str(service.pk),
        "quarter": str(quarter.pk),
        "specialists": {part: str(person.pk) for part, person in people.items()},
    }


def census():
    """How many bookings each part has left, and how many of all overlap the one before."""
    rows = Booking.objects.exclude(status="cancelled")
    return {
        "bookings": {part: rows.filter(specialist__name=part).count() for part in PARTS},
        "overlaps": len(overlapping()),
    }


def stored():
    """All bookings: of whom and which; and whose overlap the one before."""
    rows = Booking.objects.values_list("client_email", "pk")
    return {"bookings": [(guest, str(pk)) for guest, pk in rows], "overlapping": overlapping()}


def overlapping():
    rows = Booking.objects.exclude(status="cancelled").order_by("specialist", "starts_at")
    return [
        other.client_email
        for one, other in pairwise(rows)
        if one.specialist_id == other.specialist_id
        and one.occupied_ends_at > other.occupied_starts_at
    ]


COMMANDS = {"create": create, "census": census, "stored": stored}
sys.stdout.write(json.dumps(COMMANDS[sys.argv[1]]()))
