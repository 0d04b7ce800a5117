"""Changes of hours and the bookings that stand in their way, below any edge."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from audit.services import record
from scheduling import services
from scheduling.errors import (
    AffectsBookings,
    DuplicateDayOff,
    HoursChanged,
    OverlappingSchedule,
    SpecialistDeleted,
)
from scheduling.models import Availability, Booking, DayOff, Schedule
from scheduling.slots import DAY, Hours, Refusal, Span, Terms, WeeklyWindow, is_open, refusals
from tests.factories import (
    AvailabilityFactory,
    BookingFactory,
    DayOffFactory,
    ScheduleFactory,
    SpecialistFactory,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# Nine o'clock in Berlin on a Monday that the `specialist` fixture works until noon.
NINE = datetime(2026, 12, 7, 8, tzinfo=UTC)
TEN, ELEVEN, NOON = NINE + HOUR, NINE + 2 * HOUR, NINE + 3 * HOUR
MONDAY, TUESDAY = date(2026, 12, 7), date(2026, 12, 8)


def edited(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    return row


def block(specialist, starts_at, ends_at):
    return Availability(
        specialist=specialist, starts_at=starts_at, ends_at=ends_at, is_available=False
    )


def stored():
    return [list(model.objects.values()) for model in (Schedule, DayOff, Availability)]


def left_out(refusal):
    return [booking["starts_at"] for booking in refusal.value.extra["bookings"]]


# Each takes away the time from ten to eleven of a specialist who works from nine to noon.
CLOSING = [
    pytest.param(
        lambda person, week: {"save": [DayOff(specialist=person, date=MONDAY)]}, id="a day off"
    ),
    pytest.param(
        lambda person, week: {
            "save": [edited(DayOffFactory(specialist=person, date=TUESDAY), date=MONDAY)]
        },
        id="a day off is moved",
    ),
    pytest.param(
        lambda person, week: {
            "save": [
                edited(
                    DayOffFactory(specialist=person, date=MONDAY, is_active=False), is_active=True
                )
            ]
        },
        id="a day off is taken after all",
    ),
    pytest.param(
        lambda person, week: {"save": [block(person, TEN + 59 * MINUTE, NOON)]},
        id="a minute is blocked",
    ),
    pytest.param(
        lambda person, week: {
            "save": [
                edited(
                    AvailabilityFactory(specialist=person, starts_at=TEN, ends_at=ELEVEN),
                    is_available=False,
                )
            ]
        },
        id="an opening becomes a block",
    ),
    pytest.param(lambda person, week: {"remove": [week]}, id="the window is removed"),
    pytest.param(
        lambda person, week: {"save": [edited(week, is_active=False)]}, id="the window rests"
    ),
    pytest.param(
        lambda person, week: {"save": [edited(week, start_time=time(10, 1))]}, id="starts later"
    ),
    pytest.param(
        lambda person, week: {"save": [edited(week, end_time=time(10, 59))]}, id="ends earlier"
    ),
    pytest.param(lambda person, week: {"save": [edited(week, weekday=1)]}, id="another weekday"),
    pytest.param(
        lambda person, week: {"save": [edited(week, valid_until=date(2026, 12, 6))]},
        id="ends the day before",
    ),
    pytest.param(
        lambda person, week: {"save": [edited(week, valid_from=TUESDAY)]}, id="begins the day after"
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize("change", CLOSING)
def test_a_change_that_leaves_a_booking_outside_open_time_is_refused(specialist, now, change):
    booking = BookingFactory(specialist=specialist, starts_at=TEN)
    rows = change(specialist, Schedule.objects.get())
    before = stored()

    with pytest.raises(AffectsBookings) as refusal:
        services.change_hours(**rows, now=now)

    assert refusal.value.extra == {
        "bookings": [{"id": booking.pk, "reference": booking.reference, "starts_at": TEN}]
    }
    assert str(refusal.value) == (
        f"Bookings would be left outside open hours: {booking.reference}."
    )
    assert stored() == before


@pytest.mark.django_db
@pytest.mark.parametrize("change", CLOSING)
def test_the_same_is_done_anyway_and_the_booking_stays_as_it_is(specialist, now, change):
    BookingFactory(specialist=specialist, starts_at=TEN)
    rows = change(specialist, Schedule.objects.get())
    before, bookings = stored(), list(Booking.objects.values())

    services.change_hours_anyway(**rows, now=now)

    assert stored() != before
    assert list(Booking.objects.values()) == bookings


@pytest.mark.django_db
@pytest.mark.parametrize("change", CLOSING)
@pytest.mark.parametrize(
    "booking",
    [
        pytest.param({"status": "cancelled"}, id="cancelled"),
        pytest.param({"status": "completed"}, id="completed"),
        pytest.param({"status": "no_show"}, id="no-show"),
        pytest.param({"starts_at": datetime(2026, 11, 30, 9, tzinfo=UTC)}, id="past"),
        pytest.param({"starts_at": datetime(2026, 12, 7, 13, tzinfo=UTC)}, id="outside before"),
        pytest.param({"starts_at": ELEVEN + 30 * MINUTE}, id="half outside before"),
        pytest.param({"specialist": "another"}, id="another specialist's"),
    ],
)
def test_other_bookings_stand_in_nobodys_way(specialist, now, change, booking):
    person = SpecialistFactory() if "specialist" in booking else specialist
    BookingFactory(**{"starts_at": TEN, **booking, "specialist": person})
    rows = change(specialist, Schedule.objects.get())
    before = stored()

    services.change_hours(**rows, now=now)

    assert stored() != before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda person, week: {"save": [block(person, NINE, TEN)]}, id="blocked until it begins"
        ),
        pytest.param(
            lambda person, week: {"save": [block(person, ELEVEN, NOON)]}, id="blocked from its end"
        ),
        pytest.param(
            lambda person, week: {"save": [edited(week, start_time=time(10), end_time=time(11))]},
            id="open for it alone",
        ),
        pytest.param(
            lambda person, week: {"save": [DayOff(specialist=person, date=TUESDAY)]},
            id="the next day off",
        ),
        pytest.param(
            lambda person, week: {
                "save": [DayOff(specialist=person, date=MONDAY, is_active=False)]
            },
            id="a day off that is not taken",
        ),
        pytest.param(
            lambda person, week: {
                "remove": [week],
                "save": [
                    Schedule(
                        specialist=person, weekday=0, start_time=time(10), end_time=time(10, 30)
                    ),
                    Availability(specialist=person, starts_at=TEN + 30 * MINUTE, ends_at=NOON),
                ],
            },
            id="other windows that touch instead",
        ),
        pytest.param(
            lambda person, week: {
                "save": [
                    Schedule(specialist=person, weekday=0, start_time=time(13), end_time=time(0))
                ]
            },
            id="more time",
        ),
    ],
)
def test_a_change_that_leaves_the_booking_its_time_is_made(specialist, now, change):
    """The buffers of a booking may reach into closed time."""
    BookingFactory(
        specialist=specialist,
        starts_at=TEN,
        occupied_starts_at=TEN - HOUR,
        occupied_ends_at=ELEVEN + HOUR,
    )
    rows = change(specialist, Schedule.objects.get())
    before = stored()

    services.change_hours(**rows, now=now)

    assert stored() != before


@pytest.mark.django_db
def test_a_removed_opening_leaves_its_booking_outside(specialist, now):
    opening = AvailabilityFactory(specialist=specialist)
    BookingFactory(specialist=specialist, starts_at=opening.starts_at)

    with pytest.raises(AffectsBookings) as refusal:
        services.change_hours(remove=[opening], now=now)

    assert left_out(refusal) == [opening.starts_at]
    assert Availability.objects.filter(pk=opening.pk).exists()


@pytest.mark.django_db
def test_a_removed_day_off_or_block_refuses_nothing(specialist, now):
    BookingFactory(specialist=specialist, starts_at=TEN)
    closed = [DayOffFactory(specialist=specialist, date=MONDAY), block(specialist, NINE, NOON)]
    closed[1].save()

    services.change_hours(remove=closed, now=now)

    assert stored()[1:] == [[], []]


@pytest.mark.django_db
def test_only_those_are_named_whose_time_this_change_takes(specialist, now):
    ScheduleFactory(specialist=specialist, start_time=time(13), end_time=time(15))
    starts = [NINE, TEN, ELEVEN, NOON + HOUR, NOON + 4 * HOUR, NINE + timedelta(days=7)]
    for starts_at in starts:
        BookingFactory(specialist=specialist, starts_at=starts_at)

    with pytest.raises(AffectsBookings) as refusal:
        services.change_hours(save=[block(specialist, TEN, NOON + 6 * HOUR)], now=now)

    assert left_out(refusal) == [TEN, ELEVEN, NOON + HOUR]


@pytest.mark.django_db
def test_a_person_reads_ten_references_and_a_program_all(specialist, now):
    starts = [NINE + timedelta(weeks=week) for week in range(12)]
    made = [BookingFactory(specialist=specialist, starts_at=starts_at) for starts_at in starts]

    with pytest.raises(AffectsBookings) as refusal:
        services.change_hours(remove=[Schedule.objects.get()], now=now)

    names = ", ".join(booking.reference for booking in made[:10])
    assert str(refusal.value).endswith(f": {names}, and 2 more.")
    assert left_out(refusal) == starts


@pytest.mark.django_db
def test_rows_make_room_for_each_other_in_any_order(specialist, now):
    BookingFactory(specialist=specialist, starts_at=TEN)
    morning = Schedule.objects.get()
    afternoon = ScheduleFactory(specialist=specialist, start_time=time(12), end_time=time(15))
    edited(afternoon, start_time=time(10))
    edited(morning, start_time=time(8), end_time=time(10))

    services.change_hours(save=[afternoon, morning], now=now)

    windows = Schedule.objects.values_list("start_time", "end_time")
    assert list(windows) == [(time(8), time(10)), (time(10), time(15))]


@pytest.mark.django_db
def test_of_several_rows_all_are_written_or_none(specialist, now):
    fine = DayOff(specialist=specialist, date=TUESDAY)
    twice = [DayOff(specialist=specialist, date=MONDAY) for _ in range(2)]
    before = stored()

    with pytest.raises(DuplicateDayOff):
        services.change_hours(save=[fine, *twice], remove=[Schedule.objects.get()], now=now)
    with pytest.raises(DuplicateDayOff):
        services.change_hours_anyway(save=[fine, *twice], now=now)

    assert stored() == before


@pytest.mark.django_db
def test_windows_that_overlap_are_refused_also_when_it_is_done_anyway(specialist, now):
    overlapping = Schedule(specialist=specialist, weekday=0, start_time=time(8), end_time=time(0))

    with pytest.raises(OverlappingSchedule):
        services.change_hours_anyway(save=[overlapping], now=now)


@pytest.mark.django_db
def test_hours_of_several_specialists_change_together_or_not_at_all(specialist, now):
    days_off = [
        DayOff(specialist=person, date=MONDAY) for person in (SpecialistFactory(), specialist)
    ]
    BookingFactory(specialist=specialist, starts_at=TEN)

    with pytest.raises(AffectsBookings):
        services.change_hours(save=days_off, now=now)

    assert not DayOff.objects.exists()


@pytest.mark.django_db
def test_a_row_removed_in_the_meantime_does_not_come_back(specialist, now):
    row = DayOffFactory(specialist=specialist, date=MONDAY)
    services.change_hours(remove=[DayOff.objects.get()], now=now)

    with pytest.raises(HoursChanged):
        services.change_hours(save=[edited(row, reason="Ill")], now=now)

    assert not DayOff.objects.exists()


@pytest.mark.django_db
def test_a_row_changed_in_the_meantime_keeps_that_change(specialist, now):
    one, two = Schedule.objects.get(), Schedule.objects.get()
    [one] = services.change_hours(save=[edited(one, end_time=time(14))], now=now)

    with pytest.raises(HoursChanged):
        services.change_hours(save=[edited(two, start_time=time(8))], now=now)
    services.change_hours(save=[edited(one, start_time=time(8))], now=now)

    kept = Schedule.objects.get()
    assert (kept.start_time, kept.end_time) == (time(8), time(14))


@pytest.mark.django_db
def test_hours_are_not_taken_from_a_specialist_who_is_not_asked(specialist, now):
    window, another = Schedule.objects.get(), SpecialistFactory()

    with pytest.raises(HoursChanged):
        services.change_hours(save=[edited(window, specialist=another)], now=now)


@pytest.mark.django_db
def test_a_deleted_specialist_keeps_their_hours(specialist, now):
    window = Schedule.objects.get()
    specialist.delete()

    for change in (lambda: services.change_hours(remove=[window], now=now),
                   lambda: services.change_hours_anyway(remove=[window], now=now)):  # fmt: skip
        with pytest.raises(SpecialistDeleted):
            change()


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 20])
def test_a_change_takes_the_same_queries_however_many_bookings_there_are(
    specialist, now, django_assert_num_queries, count
):
    for week in range(count):
        BookingFactory(specialist=specialist, starts_at=NINE + timedelta(weeks=week))
    day_off = DayOff(specialist=specialist, date=TUESDAY)

    # Two savepoints have two queries each.
    record("first", specialist)

    # One tells, five log, and one asks whether anybody waits.
    with django_assert_num_queries(1 + 1 + 2 * (1 + 1) + 4 + 1 + 5 + 1):
        services.change_hours(save=[day_off], now=now)


# Rule 2: days on which the clocks change. In Berlin 2027-03-28 has no two o'clock, and
# 2027-10-31 has it twice.


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ends", "kept"),
    [
        pytest.param(time(3), True, id="three"),
        pytest.param(time(2, 30), True, id="half past two does not exist and means three"),
        pytest.param(time(2), True, id="two is three that night"),
        pytest.param(time(1, 59), False, id="before two"),
    ],
)
def test_in_spring_a_window_may_end_in_the_gap(specialist, now, ends, kept):
    window = ScheduleFactory(specialist=specialist, weekday=6, start_time=time(0), end_time=time(4))
    BookingFactory(specialist=specialist, starts_at=datetime(2027, 3, 28, 0, tzinfo=UTC))

    assert is_made([edited(window, end_time=ends)], now) == kept


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("starts_at", "kept"),
    [
        pytest.param("2027-10-31T00:30:00+00:00", True, id="half past two for the first time"),
        pytest.param("2027-10-31T01:00:00+00:00", True, id="until it for the second time"),
        pytest.param("2027-10-31T01:15:00+00:00", False, id="after it for the second time"),
    ],
)
def test_in_autumn_a_window_ends_at_the_second_half_past_two(specialist, now, starts_at, kept):
    window = ScheduleFactory(specialist=specialist, weekday=6, start_time=time(0), end_time=time(4))
    starts_at = datetime.fromisoformat(starts_at)
    BookingFactory(specialist=specialist, starts_at=starts_at, ends_at=starts_at + 30 * MINUTE)

    assert is_made([edited(window, end_time=time(2, 30))], now) == kept


@pytest.mark.django_db
@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31)])
@pytest.mark.parametrize(
    ("days", "moved", "kept"),
    [
        pytest.param(0, -HOUR, True, id="ends as the day begins"),
        pytest.param(0, timedelta(0), False, id="the day's first hour"),
        pytest.param(1, -HOUR, False, id="the day's last hour"),
        pytest.param(1, timedelta(0), True, id="begins as the day ends"),
    ],
)
def test_a_day_off_is_23_or_25_hours_long(now, day, days, moved, kept):
    specialist = SpecialistFactory(time_zone="Europe/Berlin")
    for weekday in range(7):
        ScheduleFactory(
            specialist=specialist, weekday=weekday, start_time=time(0), end_time=time(0)
        )
    midnight = datetime.combine(day + timedelta(days), time(0), ZoneInfo("Europe/Berlin"))
    BookingFactory(specialist=specialist, starts_at=midnight.astimezone(UTC) + moved)

    assert is_made([DayOff(specialist=specialist, date=day)], now) == kept


def is_made(rows, now):
    try:
        services.change_hours(save=rows, now=now)
    except AffectsBookings:
        return False
    return True


@pytest.mark.parametrize("seed", range(20))
def test_time_is_open_exactly_where_no_rule_about_hours_refuses_it(seed):
    chance = random.Random(seed)
    zone = ZoneInfo(chance.choice(["Europe/Berlin", "America/New_York", "Asia/Kathmandu"]))
    changeover = datetime(2027, 3, chance.choice([14, 28]), tzinfo=UTC)
    begin = int(changeover.timestamp()) - DAY
    hours = Hours(
        zone=zone,
        weekly=[
            WeeklyWindow(weekday, start, chance.randrange(start + 60, DAY + 1, 60))
            for weekday in range(7)
            for start in chance.sample(range(0, DAY - 60, 60), 2)
        ],
        days_off={(changeover + timedelta(chance.randrange(-2, 3))).date()},
        opened=[spanned(chance, begin) for _ in range(3)],
        blocked=[spanned(chance, begin) for _ in range(3)],
    )

    for _ in range(200):
        span = spanned(chance, begin, longest=8)
        terms = Terms(duration=span.end - span.start, step=60)
        found = refusals(hours, terms, start=span.start, now=span.start)
        closed = {Refusal.OUTSIDE_OPEN_HOURS, Refusal.DAY_OFF, Refusal.BLOCKED}.intersection(found)
        assert is_open(hours, span) is not bool(closed)


def spanned(chance, begin, *, longest=12):
    start = begin + 60 * chance.randrange(3 * 24 * 60)
    return Span(start, start + 60 * chance.randint(1, longest * 60))


def test_many_days_that_all_move_by_one_take_two_turns(
    specialist, now, django_assert_max_num_queries
):
    """Each wants the day that the next one leaves."""
    days = [MONDAY + timedelta(days=number) for number in range(40)]
    rows = [DayOffFactory(specialist=specialist, date=day) for day in days]
    moved = [edited(row, date=row.date + timedelta(days=1)) for row in rows]

    with django_assert_max_num_queries(10 * len(rows)):
        services.change_hours(save=moved, now=now)

    assert [row.date for row in DayOff.objects.all()] == [row.date for row in moved]
