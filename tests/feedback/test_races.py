"""Many clients rate at once: threads in several processes, on either engine."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedback.models import Feedback
from scheduling.models import Specialist
from tests.factories import BookingFactory, SpecialistFactory, UserFactory
from tests.processes import all_at_once

PROCESSES, CLIENTS = 3, 8
ALL = PROCESSES * CLIENTS
RACER = Path(__file__).with_name("racer.py")
FIRST = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
def specialist(transactional_db):
    return SpecialistFactory()


def completed(specialist, number):
    client = UserFactory()
    for hour in range(number):
        starts_at = FIRST + hour * timedelta(hours=1)
        BookingFactory(
            specialist=specialist, client=client, starts_at=starts_at, status="completed"
        )


def race(way, *, parts):
    """How often each answer was given. With `parts`, processes share out the bookings."""
    return all_at_once(
        [RACER, way, number if parts > 1 else 0, parts, CLIENTS] for number in range(PROCESSES)
    )


def figures_of(specialist):
    return Specialist.objects.values_list("rating_sum", "rating_count").get(pk=specialist.pk)


def test_of_many_who_rate_one_booking_at_once_exactly_one_does(specialist):
    completed(specialist, 1)

    answers = race("rate", parts=1)

    assert answers == {"rated": 1, "already_rated": ALL - 1}
    assert figures_of(specialist) == (4, 1)


def test_the_race_for_one_booking_is_real_without_the_lock(specialist):
    """The control: some find it unrated and come too late, which only the constraint tells."""
    completed(specialist, 1)

    for _ in range(10):
        Feedback.objects.all().delete()
        answers = race("unlocked", parts=1)
        if "too late" in answers:
            break

    assert answers["rated"] == 1
    assert answers["too late"] > 0


def test_ratings_of_one_specialist_at_once_are_all_counted(specialist):
    completed(specialist, ALL)

    answers = race("rate", parts=PROCESSES)

    assert answers == {"rated": ALL}
    assert figures_of(specialist) == (4 * ALL, ALL)


def test_the_race_for_the_figures_is_real_without_the_triggers(specialist):
    """The control: whoever reads and writes the figures loses some."""
    completed(specialist, ALL)

    for _ in range(10):
        Specialist.objects.update(rating_sum=0, rating_count=0)
        race("uncounted", parts=PROCESSES)
        if figures_of(specialist) != (4 * ALL, ALL):
            break

    assert figures_of(specialist) < (4 * ALL, ALL)
