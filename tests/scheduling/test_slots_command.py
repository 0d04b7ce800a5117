import json
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from scheduling.models import Service, Specialist
from tests.factories import (
    AvailabilityFactory,
    BookingFactory,
    DayOffFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    UserFactory,
)

# 2026-12-07 is a Monday.
AT = "--at=2026-12-01T08:00:00Z"
MONDAY = ("--start=2026-12-07", "--end=2026-12-08", AT)

pytestmark = pytest.mark.django_db


def slots(*arguments):
    output = StringIO()
    call_command("slots", *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def anna():
    """Works on Mondays from 9 to 12, in Berlin."""
    specialist = SpecialistFactory(
        name="Anna Röth",
        email="desk@example.com",
        user=UserFactory(username="anna", email="anna@example.com"),
    )
    ScheduleFactory(specialist=specialist, weekday=0, start_time=time(9), end_time=time(12))
    return specialist


@pytest.fixture
def massage(anna):
    return ServiceFactory(
        name="Massage", specialists=[anna], duration_minutes=50, slot_step_minutes=30
    )


def test_the_slots_of_a_week_are_printed_day_by_day(anna):
    output = slots("Anna Röth", "--start=2026-12-06", "--end=2026-12-20", AT)

    assert output == (
        "Anna Röth: 60 minutes, times of Europe/Berlin\n"
        "\n"
        "Monday, 7 December 2026 (3)\n"
        "  09:00  10:00  11:00\n"
        "Monday, 14 December 2026 (3)\n"
        "  09:00  10:00  11:00\n"
        "\n"
        "6 slots on 2 days.\n"
    )


def test_a_service_has_its_own_length_and_steps(anna, massage):
    output = slots("Anna Röth", "--service=MASSAGE", *MONDAY)

    assert output == (
        "Anna Röth: Massage, 50 minutes, times of Europe/Berlin\n"
        "\n"
        "Monday, 7 December 2026 (5)\n"
        "  09:00  09:30  10:00  10:30  11:00\n"
        "\n"
        "5 slots on 1 day.\n"
    )


def test_another_zone_shows_its_own_clock(anna):
    assert "(3)\n  03:00  04:00  05:00\n" in slots("Anna Röth", "--tz=America/New_York", *MONDAY)


def test_times_that_occur_twice_carry_their_offset(anna):
    ScheduleFactory(specialist=anna, weekday=6, start_time=time(2), end_time=time(3))

    output = slots(
        "Anna Röth", "--start=2026-10-25", "--end=2026-10-26", "--at=2026-10-01T00:00:00Z"
    )

    assert "(2)\n  02:00+0200  02:00+0100\n" in output


def test_without_dates_the_next_seven_days_are_meant(anna):
    ScheduleFactory(specialist=anna, weekday=1, start_time=time(9), end_time=time(10))

    with time_machine.travel("2026-12-01T12:00:00Z", tick=False):
        output = slots("Anna Röth")

    # Today's hour is over, and next Tuesday is the eighth day.
    assert output.endswith(
        "Monday, 7 December 2026 (3)\n  09:00  10:00  11:00\n\n3 slots on 1 day.\n"
    )


@pytest.mark.parametrize(
    "text", ["anna röth", "ANNA RÖTH", "anna@example.com", "Desk@Example.com", " Anna Röth "]
)
def test_a_specialist_answers_to_name_and_addresses_in_any_case(anna, text):
    assert slots(text, *MONDAY).startswith("Anna Röth: ")


def test_a_specialist_and_a_service_answer_to_their_ids(anna, massage):
    assert slots(str(anna.pk), f"--service={massage.pk}", *MONDAY).startswith("Anna Röth: Massage")


def test_of_two_services_with_one_name_the_specialists_own_is_meant(anna, massage):
    ServiceFactory(name="Massage", duration_minutes=15)

    assert "50 minutes" in slots("Anna Röth", "--service=massage", *MONDAY)


def test_json_is_the_document_of_the_api(anna, massage, client):
    asked = {
        "start": "2026-12-07",
        "end": "2026-12-08",
        "service": str(massage.pk),
        "tz": "Asia/Tokyo",
    }

    with time_machine.travel("2026-12-01T08:00:00Z"):
        answer = client.get(f"/api/v1/specialists/{anna.pk}/slots/", asked)
    printed = slots("Anna Röth", "--service=massage", "--tz=Asia/Tokyo", "--json", *MONDAY)

    assert answer.status_code == 200
    assert json.loads(printed) == answer.json()
    assert len(answer.json()["slots"]) == 5


def test_nothing_free_is_explained_and_the_next_slot_named(anna):
    BookingFactory(specialist=anna)
    DayOffFactory(specialist=anna, date=date(2026, 12, 14))

    output = slots("Anna Röth", "--start=2026-12-07T08:30:00Z", "--end=2026-12-15", AT)

    assert output.startswith("Anna Röth: 60 minutes, times of Europe/Berlin\n\nMonday, 7 December")

    output = slots("Anna Röth", "--start=2026-12-07T08:30:00Z", "--end=2026-12-07T09:30:00Z", AT)

    assert output.splitlines()[2:] == [
        "No free slots from 7 December 2026, 09:30 to 7 December 2026, 10:30.",
        "  It is booked, or held for somebody. (1 of 1 start)",
        "The next one: Monday, 7 December 2026, 11:00.",
    ]

    output = slots("Anna Röth", "--start=2026-12-14", "--end=2026-12-15", AT)

    assert output.splitlines()[3:] == [
        "  The specialist has this day off. (3 of 3 starts)",
        "The next one: Monday, 21 December 2026, 09:00.",
    ]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param(
            ("--start=2026-11-23", "--end=2026-11-24"), "All of this is in the past.", id="past"
        ),
        pytest.param(
            ("--start=2026-12-08", "--end=2026-12-09"),
            "Anna Röth has no open hours long enough in this time.",
            id="closed",
        ),
        pytest.param(
            ("--start=2026-12-07", "--duration-minutes=181"),
            "Anna Röth has no open hours long enough in this time.",
            id="longer than any window",
        ),
        pytest.param(
            ("--start=2029-01-01",),
            "It is too far ahead to be booked yet. (3 of 3 starts)",
            id="too far",
        ),
        pytest.param(
            ("--start=2026-12-07", "--service=Yoga"),
            "The specialist does not offer this service.",
            id="service of others",
        ),
    ],
)
def test_an_empty_answer_says_why(anna, arguments, reason):
    ServiceFactory(name="Yoga")

    assert slots("Anna Röth", AT, *arguments).splitlines()[3] == f"  {reason}"


def test_the_starts_looked_at_are_those_on_the_grid_of_who_never_closes():
    ben = SpecialistFactory(name="Ben", default_duration_minutes=50)
    for weekday in range(7):
        ScheduleFactory(specialist=ben, weekday=weekday, start_time=time(0), end_time=time(0))
    DayOffFactory(specialist=ben, date=date(2026, 12, 8))

    output = slots("Ben", "--start=2026-12-08", "--end=2026-12-09", AT)

    assert output.splitlines()[3:] == [
        "  The specialist has this day off. (29 of 29 starts)",
        "The next one: Wednesday, 9 December 2026, 00:00.",
    ]


def test_openings_that_touch_have_the_grid_of_the_first_two_months_later():
    ben = SpecialistFactory(name="Ben", default_duration_minutes=50)
    first = datetime(2026, 10, 1, 8, tzinfo=UTC)
    for days in range(60):
        at = first + timedelta(days=days)
        AvailabilityFactory(specialist=ben, starts_at=at, ends_at=at + timedelta(days=1))

    output = slots(
        "Ben",
        "--start=2026-11-29T08:00:00Z",
        "--end=2026-11-29T10:00:00Z",
        "--at=2026-11-20T08:00:00Z",
    )

    # 59 days are 1,699 steps of 50 minutes and ten minutes.
    assert "(2)\n  09:40  10:30\n" in output


def test_someone_who_takes_no_bookings_is_said_to(anna):
    Specialist.objects.update(is_active=False)

    assert "  The specialist or the service takes no bookings at present.\n" in slots(
        "Anna Röth", *MONDAY
    )


def test_someone_without_hours_is_said_to_have_none():
    SpecialistFactory(name="Ben")

    assert "  Ben has no weekly hours yet.\n" in slots("Ben", *MONDAY)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Ann", "Did you mean: Anna Röth?"),
        ("Anna Roth", "Did you mean: Anna Röth?"),
        ("röht", "Did you mean: Anna Röth?"),
        ("xyz", "There are: Anna Röth, Ben Vogt."),
        ("", "There are: Anna Röth, Ben Vogt."),
    ],
)
def test_an_unknown_name_is_answered_with_those_it_may_have_been(anna, text, hint):
    SpecialistFactory(name="Ben Vogt")

    with pytest.raises(CommandError) as refusal:
        slots(text)

    assert str(refusal.value) == f'No specialist "{text}". {hint}'


def test_a_name_that_two_share_is_refused_with_their_ids(anna):
    other = SpecialistFactory(name="anna röth")

    with pytest.raises(CommandError, match=r'^2 specialists answer to "Anna Röth"') as refusal:
        slots("Anna Röth")

    assert str(anna.pk) in str(refusal.value)
    assert str(other.pk) in str(refusal.value)


def test_who_is_deleted_is_not_found(anna, massage):
    Service.objects.all().delete()

    with pytest.raises(CommandError, match=r"^There are no services yet"):
        slots("Anna Röth", "--service=Massage")

    anna.delete()

    with pytest.raises(CommandError, match=r"^There are no specialists yet"):
        slots("Anna Röth")


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (("--start=tomorrow",), "--start: Give a date"),
        (("--start=2026-12-07", "--end=2026-02-30"), "--end: Give a date"),
        (("--start=2026-12-07", "--end=2026-12-06"), "--end: The end is before the start."),
        (("--start=2026-12-07", "--end=2027-12-06"), "--end: Ask for at most 62 days at once."),
        (("--at=2026-12-07",), "--at: Give an instant"),
        (("--tz=Berlin",), "--tz: A valid timezone is required."),
        (("--duration-minutes=0",), "--duration-minutes: "),
        (("--duration-minutes=60", "--service=Massage"), "A service has its own duration"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_its_option(anna, massage, arguments, refusal):
    with pytest.raises(CommandError) as refused:
        slots("Anna Röth", *arguments)

    assert str(refused.value).startswith(refusal)


def test_the_queries_do_not_grow_with_the_slots(anna, django_assert_num_queries):
    for weekday in range(1, 7):
        ScheduleFactory(specialist=anna, weekday=weekday, start_time=time(0), end_time=time(0))

    with django_assert_num_queries(3):
        slots("Anna Röth", "--start=2026-12-01", "--end=2027-01-31", AT)
