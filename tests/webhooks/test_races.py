"""Several workers tell the same endpoint of the same events at once, on either engine."""

from pathlib import Path

import pytest

from coachbot.jobs.models import Task
from coachbot.webhooks.models import WebhookDelivery
from tests.factories import BookingEventFactory, BookingFactory, WebhookEndpointFactory
from tests.processes import all_at_once

RACER, WORKERS, EVENTS = Path(__file__).with_name("racer.py"), 3, 40


@pytest.fixture
def events(transactional_db):
    WebhookEndpointFactory()
    booking = BookingFactory()
    for version in range(1, EVENTS + 1):
        BookingEventFactory(booking=booking, version=version)


def race(way):
    return all_at_once([RACER, way] for _ in range(WORKERS))


def test_workers_that_fan_out_the_same_event_make_one_delivery_and_one_task(events):
    answers = race("told")

    assert answers == {1: EVENTS, 0: EVENTS * (WORKERS - 1)}
    keys = {str(key) for key in WebhookDelivery.objects.values_list("pk", flat=True)}
    assert sorted(task.args_kwargs["args"] for task in Task.objects.all()) == [
        [key, 1] for key in sorted(keys)
    ]
    assert len(keys) == EVENTS


def test_who_only_looks_first_comes_too_late(events):
    answers = race("looked")

    assert answers["too late"] > 0
