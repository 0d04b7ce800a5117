"""What of the rows reaches the engine, and who is free first: on both engines the same."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling import queries
from scheduling.models import Specialist
from scheduling.slots import DAY, Hours, Span, WeeklyWindow
from tests.factories import (
    AvailabilityFactory,
    BookingFactory,
    DayOffFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
)

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 12, 7, tzinfo=UTC)
AN_INSTANT = timedelta(microseconds=1)


def at(hour, minute=0, second=0):
    return int((MONDAY + timedelta(hours=hour, minutes=minute, seconds=second)).timestamp())


def test_parts_of_seconds_are_never_open_and_always_taken():
    anna = SpecialistFactory()
    six, hour = MONDAY + timedelta(hours=6), timedelta(hours=1)
    ScheduleFactory(
        specialist=anna,
        start_time=time(9, 0, 0, 1),
        end_time=time(12, 0, 0, 999_999),
        valid_from=date(2026, 1, 1),
    )
    ScheduleFactory(
        specialist=anna, weekday=6, start_time=time(18), end_time=time(0), is_active=True
    )
    ScheduleFactory(specialist=anna, weekday=5, is_active=False)
    DayOffFactory(specialist=anna, date=date(2026, 12, 8))
    DayOffFactory(specialist=anna, date=date(2026, 12, 9), is_active=False)
    AvailabilityFactory(
        specialist=anna, starts_at=six + AN_INSTANT, ends_at=six + hour - AN_INSTANT
    )
    AvailabilityFactory(
        specialist=anna,
        starts_at=six + hour + AN_INSTANT,
        ends_at=six + 2 * hour - AN_INSTANT,
        is_available=False,
    )
    moving, _, _ = (
        BookingFactory(
            specialist=anna,
            starts_at=six + (2 + number) * hour + AN_INSTANT,
            ends_at=six + (2 + number) * hour + 2 * AN_INSTANT,
            occupied_ends_at=six + (2 + number) * hour + 2 * AN_INSTANT,
            status=status,
        )
        for number, status in enumerate(("pending", "confirmed", "cancelled"))
    )

    found = queries.hours_of(anna, Span(at(0), at(24)), now=MONDAY)
    without = queries.hours_of(anna, Span(at(0), at(24)), now=MONDAY, aside=[moving.pk])

    expected = Hours(
        zone=ZoneInfo("Europe/Berlin"),
        weekly=(
            WeeklyWindow(0, 9 * 3_600 + 1, 12 * 3_600, date(2026, 1, 1)),
            WeeklyWindow(6, 18 * 3_600, DAY),
        ),
        days_off=frozenset({date(2026, 12, 8)}),
        opened=[Span(at(6, 0, 1), at(6, 59, 59))],
        blocked=[Span(at(7), at(8))],
        occupied=[Span(at(8), at(8, 0, 1)), Span(at(9), at(9, 0, 1))],
    )
    assert in_order(found) == in_order(expected)
    assert sorted(without.occupied) == [Span(at(9), at(9, 0, 1))]


def in_order(hours):
    fields = ("weekly", "opened", "blocked", "occupied")
    return hours.zone, hours.days_off, *(sorted(getattr(hours, name)) for name in fields)


@pytest.mark.parametrize(("seed", "limit"), [(1, 1), (2, 2), (3, 5), (4, 40)])
def test_whoever_is_free_first_is_found_whatever_is_booked(
    seed, limit, now, django_assert_max_num_queries
):
    """Few slots are asked for and many people there, so that bookings are read in turns."""
    chance = random.Random(seed)
    service = ServiceFactory(duration_minutes=60, slot_step_minutes=30)
    for number in range(30):
        person = SpecialistFactory(name=f"{chance.randrange(5)} {number}")
        ScheduleFactory(specialist=person, start_time=time(chance.choice([9, 9, 9, 10])))
        service.specialists.add(person)
        for hour in chance.sample([8, 9, 10], chance.choice([1, 2, 3, 3])):
            BookingFactory(specialist=person, starts_at=MONDAY + timedelta(hours=hour))
    service.specialists.add(SpecialistFactory(is_active=False))
    asked = {"start": MONDAY, "end": MONDAY + timedelta(days=8), "now": now}

    able = queries.able_in_brief(Specialist.objects.all(), service)
    with django_assert_max_num_queries(4):
        found = queries.earliest_slots(able, service, limit=limit, **asked)

    each = [
        (slot, person.name, person.pk)
        for person in Specialist.objects.all()
        for slot in queries.free_slots(queries.Wish(person, service), **asked)
    ]
    assert [(slot, person.name, person.pk) for slot, person in found] == sorted(each)[:limit]
    assert len(found) == limit
