"""What the database itself holds, whoever writes: the ORM, raw SQL, on either engine."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from coachbot.db import guards
from coachbot.db.violations import violates
from scheduling.models import Booking, BookingStatus, Hold, Schedule
from tests.factories import (
    AvailabilityFactory,
    BookingFactory,
    DayOffFactory,
    HoldFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    UserFactory,
    WaitingListEntryFactory,
)

pytestmark = pytest.mark.django_db

NINE = datetime(2026, 12, 7, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

sqlite_only = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="only SQLite keeps instants as text and remakes tables"
)


@contextmanager
def refused_by(*names):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        yield
    assert violates(refusal.value, *names)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(NINE, NINE + HOUR, id="the same time"),
        pytest.param(NINE - MINUTE, NINE + MINUTE, id="over its start"),
        pytest.param(NINE + 59 * MINUTE, NINE + 2 * HOUR, id="over its end"),
        pytest.param(NINE + MINUTE, NINE + 2 * MINUTE, id="within it"),
        pytest.param(NINE - HOUR, NINE + 2 * HOUR, id="around it"),
    ],
)
@pytest.mark.parametrize("status", ["pending", "confirmed", "completed", "no_show"])
def test_two_bookings_of_a_specialist_never_overlap(start, end, status):
    specialist = BookingFactory(starts_at=NINE, status=status).specialist

    with refused_by("booking_no_overlap"):
        BookingFactory(specialist=specialist, starts_at=start, ends_at=end)


def test_buffers_keep_bookings_apart_too():
    first = BookingFactory(starts_at=NINE, occupied_ends_at=NINE + HOUR + 15 * MINUTE)

    with refused_by("booking_no_overlap"):
        BookingFactory(specialist=first.specialist, starts_at=NINE + HOUR)


def test_bookings_that_touch_or_are_cancelled_or_of_others_are_no_matter():
    first = BookingFactory(starts_at=NINE)
    cancelled = BookingFactory(
        specialist=first.specialist, starts_at=NINE, status=BookingStatus.CANCELLED
    )
    touching = BookingFactory(specialist=first.specialist, starts_at=NINE + HOUR)
    of_another = BookingFactory(starts_at=NINE)

    assert set(Booking.objects.all()) == {first, cancelled, touching, of_another}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"status": "confirmed"}, id="un-cancelling"),
        pytest.param({"status": "pending"}, id="asking again"),
    ],
)
def test_a_cancelled_booking_does_not_come_back_over_another(change):
    cancelled = BookingFactory(starts_at=NINE, status=BookingStatus.CANCELLED)
    BookingFactory(specialist=cancelled.specialist, starts_at=NINE)

    with refused_by("booking_no_overlap"):
        Booking.objects.filter(pk=cancelled.pk).update(**change)


def test_moving_a_booking_onto_another_is_refused():
    first = BookingFactory(starts_at=NINE)
    second = BookingFactory(specialist=first.specialist, starts_at=NINE + HOUR)

    with refused_by("booking_no_overlap"):
        Booking.objects.filter(pk=second.pk).update(occupied_starts_at=NINE + HOUR - MINUTE)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(NINE, NINE + HOUR, id="the same time"),
        pytest.param(NINE + 59 * MINUTE, NINE + 2 * HOUR, id="over its end"),
        pytest.param(NINE - HOUR, NINE + 2 * HOUR, id="around it"),
    ],
)
def test_two_holds_of_a_specialist_never_overlap_before_one_is_released(start, end):
    specialist = SpecialistFactory()
    first = HoldFactory(entry__specialist=specialist, starts_at=NINE)
    HoldFactory(entry__specialist=specialist, starts_at=NINE + 2 * HOUR)
    HoldFactory(starts_at=NINE)

    with refused_by("hold_no_overlap"):
        HoldFactory(entry__specialist=specialist, starts_at=start, ends_at=end)

    Hold.objects.filter(pk=first.pk).update(released_at=NINE, outcome="expired")
    second = HoldFactory(entry__specialist=specialist, starts_at=NINE)
    with refused_by("hold_no_overlap"):
        Hold.objects.filter(pk=first.pk).update(released_at=None, outcome="")
    assert set(Hold.objects.filter(specialist=specialist, starts_at=NINE)) == {first, second}


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"ends_at": NINE}, "hold_not_empty"),
        ({"occupied_starts_at": NINE + MINUTE}, "hold_inside_its_occupied_time"),
        ({"expires_at": NINE + MINUTE}, "hold_expires_before_it_starts"),
        ({"released_at": NINE}, "hold_released_with_outcome"),
        ({"outcome": "accepted"}, "hold_released_with_outcome"),
        ({"released_at": NINE, "outcome": "lost"}, "hold_released_with_outcome"),
    ],
)
def test_a_hold_is_whole(fields, name):
    with refused_by(name):
        HoldFactory(starts_at=NINE, **fields)


def test_one_who_waits_has_one_hold_and_waits_once():
    hold = HoldFactory(starts_at=NINE)
    specialist, client = hold.specialist, hold.entry.client
    massage = ServiceFactory()

    with refused_by("hold_one_per_entry", "scheduling_hold.entry_id"):
        HoldFactory(entry=hold.entry, starts_at=NINE + HOUR)
    with refused_by("waiting_once_per_client"):
        WaitingListEntryFactory(specialist=specialist, client=client)
    WaitingListEntryFactory(specialist=specialist, client=client, service=massage)
    WaitingListEntryFactory(specialist=specialist, client=client, status="left")
    WaitingListEntryFactory(specialist=None, client=None, service=massage, client_email="A@b.eu")
    with refused_by("waiting_once_per_guest"):
        WaitingListEntryFactory(
            specialist=None, client=None, service=massage, client_email="a@b.eu"
        )


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"specialist": None}, "waiting_for_something"),
        ({"duration_minutes": 0}, "waiting_duration_in_range"),
        ({"client": None, "client_email": ""}, "waiting_has_client_or_guest"),
        ({"latest": NINE - 30 * HOUR}, "waiting_range_in_order"),
        ({"latest": datetime(2101, 1, 2, tzinfo=UTC)}, "waiting_within_horizon"),
        ({"earliest_time": time(9), "latest_time": time(8)}, "waiting_times_in_order"),
        ({"status": "Waiting"}, "waiting_status_known"),
        ({"status": "booked"}, "waiting_booked_with_booking"),
    ],
)
def test_an_entry_of_the_waiting_list_is_whole(fields, name):
    with refused_by(name):
        WaitingListEntryFactory(**fields)


def test_raw_sql_cannot_overlap_either():
    BookingFactory(starts_at=NINE)
    columns = ", ".join(f'"{f.column}"' for f in Booking._meta.concrete_fields if f.name != "id")
    copy = columns.replace('"reference"', "'ZZZZZZZZ'")
    new_id = "'01a1fdbe14f4756ea9e4640778074f37'"

    with refused_by("booking_no_overlap"), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO scheduling_booking (id, {columns}) "
            f"SELECT {new_id}, {copy} FROM scheduling_booking"
        )


@sqlite_only
@pytest.mark.parametrize("text", ["2026-12-07T09:00:00Z", "2026-12-07 99:99:99"])
def test_raw_sql_cannot_slip_through_with_another_spelling_of_an_instant(text):
    booking = BookingFactory(starts_at=NINE)

    with refused_by("booking_instant_spelling"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE scheduling_booking SET starts_at = %s WHERE id = %s", [text, booking.pk.hex]
        )


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_guards_outlive_a_migration_that_remakes_their_table():
    """SQLite changes a table by copying it, and drops its triggers on the way."""
    booking = BookingFactory(starts_at=NINE)
    wider = models.CharField(max_length=300)
    wider.set_attributes_from_name("client_name")

    guards.drop(connection)  # as `migrate` does, when there is something to do
    with connection.schema_editor() as editor:
        editor.alter_field(Booking, Booking._meta.get_field("client_name"), wider)
    after_the_change = set(guards.missing(connection))
    call_command("migrate", verbosity=0)

    assert after_the_change >= {"booking_no_overlap_insert", "booking_no_overlap_update"}
    assert guards.missing(connection) == []
    with refused_by("booking_no_overlap"):
        BookingFactory(specialist=booking.specialist, starts_at=NINE)


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_rows_that_slipped_in_while_guards_were_off_are_named():
    guards.drop(connection)
    first = BookingFactory(starts_at=NINE)
    second = BookingFactory(specialist=first.specialist, starts_at=NINE)

    with pytest.raises(guards.GuardedRowsBroken, match=second.pk.hex):
        guards.install(connection)

    assert guards.missing(connection) == []


def test_a_missing_guard_is_named_by_check_deploy():
    if connection.vendor == "sqlite":
        sql, name = "DROP TRIGGER booking_no_overlap_insert", "booking_no_overlap_insert"
    else:
        sql, name = (
            "ALTER TABLE scheduling_booking DROP CONSTRAINT booking_no_overlap",
            ("booking_no_overlap"),
        )

    before = guards.check(databases=["default"])
    with connection.cursor() as cursor:
        cursor.execute(sql)
    after = guards.check(databases=["default"])

    assert before == []
    assert [(error.id, name in error.msg) for error in after] == [("coachbot.E001", True)]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"start_time": time(9), "end_time": time(17)}, id="the same"),
        pytest.param({"start_time": time(16, 59), "end_time": time(0)}, id="to midnight"),
        pytest.param(
            {"start_time": time(8), "end_time": time(10), "valid_from": date(2026, 1, 1)},
            id="valid from some day on",
        ),
    ],
)
def test_two_active_windows_of_a_weekday_never_overlap(other):
    specialist = ScheduleFactory(start_time=time(9), end_time=time(17)).specialist

    with refused_by("schedule_no_overlap"):
        ScheduleFactory(specialist=specialist, **other)


def test_windows_of_other_times_days_and_seasons_stand_beside_each_other():
    specialist = ScheduleFactory(
        start_time=time(9), end_time=time(17), valid_until=date(2026, 6, 30)
    ).specialist

    ScheduleFactory(specialist=specialist, start_time=time(17), end_time=time(0))
    ScheduleFactory(specialist=specialist, weekday=1)
    ScheduleFactory(specialist=specialist, valid_from=date(2026, 7, 1), end_time=time(17))
    ScheduleFactory(specialist=specialist, is_active=False)

    assert Schedule.objects.filter(specialist=specialist).count() == 5


LONG_AGO = datetime(1999, 12, 31, tzinfo=UTC)
FAR_AHEAD = datetime(2101, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("factory", "columns", "constraint"),
    [
        (BookingFactory, {"ends_at": NINE}, "booking_not_empty"),
        (BookingFactory, {"status": "Confirmed"}, "booking_status_known"),
        (BookingFactory, {"client": None, "client_email": ""}, "booking_has_client_or_guest"),
        (BookingFactory, {"starts_at": LONG_AGO}, "booking_within_horizon"),
        (BookingFactory, {"starts_at": FAR_AHEAD}, "booking_within_horizon"),
        (
            BookingFactory,
            {"occupied_starts_at": NINE + MINUTE},
            "booking_inside_its_occupied_time",
        ),
        (BookingFactory, {"price": -1}, "booking_price_not_negative"),
        (BookingFactory, {"reference": "SHORT"}, "booking_reference_complete"),
        (BookingFactory, {"version": 0}, "booking_version_positive"),
        (ScheduleFactory, {"weekday": 7}, "schedule_weekday_known"),
        (ScheduleFactory, {"end_time": time(9)}, "schedule_not_empty"),
        (
            ScheduleFactory,
            {"valid_from": date(2026, 2, 1), "valid_until": date(2026, 1, 1)},
            "schedule_validity_in_order",
        ),
        (DayOffFactory, {"date": date(1999, 1, 1)}, "day_off_within_horizon"),
        (AvailabilityFactory, {"ends_at": NINE - HOUR * 24 * 9}, "availability_not_empty"),
        (AvailabilityFactory, {"ends_at": FAR_AHEAD + HOUR}, "availability_within_horizon"),
        (SpecialistFactory, {"name": ""}, "specialist_has_name"),
        (SpecialistFactory, {"hourly_rate": -1}, "specialist_rate_not_negative"),
        (SpecialistFactory, {"currency": "E"}, "specialist_currency_iso"),
        (SpecialistFactory, {"default_duration_minutes": 1441}, "specialist_duration_in_range"),
        (SpecialistFactory, {"rating_sum": 6, "rating_count": 1}, "specialist_rating_in_range"),
        (ServiceFactory, {"name": ""}, "service_has_name"),
        (ServiceFactory, {"duration_minutes": 0}, "service_duration_in_range"),
        (ServiceFactory, {"buffer_after_minutes": 1441}, "service_buffers_in_range"),
        (ServiceFactory, {"slot_step_minutes": 0}, "service_step_in_range"),
        (ServiceFactory, {"max_advance_days": 0}, "service_max_advance_in_range"),
        (ServiceFactory, {"price": -1}, "service_price_not_negative"),
        (UserFactory, {"user_type": "root"}, "user_type_known"),
        (UserFactory, {"is_superuser": True}, "user_superuser_is_staff"),
        (UserFactory, {"username": "x", "email": ""}, "user_can_be_named"),
    ],
)
def test_each_rule_about_one_row_has_a_constraint(factory, columns, constraint):
    if factory is BookingFactory:
        columns = {"starts_at": NINE, **columns}

    with refused_by(constraint):
        factory(**columns)


def test_a_day_off_stands_once_per_date():
    day_off = DayOffFactory()
    DayOffFactory(specialist=day_off.specialist, is_active=False)

    with pytest.raises(IntegrityError), transaction.atomic():
        DayOffFactory(specialist=day_off.specialist)


@pytest.mark.parametrize("field", ["username", "email"])
def test_names_and_addresses_of_users_differ_by_more_than_case(field):
    user = UserFactory(username="kim", email="kim@example.com")
    other = UserFactory(username="lee", email="lee@example.com")

    with pytest.raises(IntegrityError), transaction.atomic():
        type(user).objects.filter(pk=other.pk).update(**{field: getattr(user, field).upper()})


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite compares otherwise")
@pytest.mark.django_db
def test_an_index_finds_the_bookings_of_a_guest():
    specialist, first = SpecialistFactory(), datetime(2026, 12, 1, tzinfo=UTC)
    hours = (first + timedelta(hours=number) for number in range(500))
    Booking.objects.bulk_create(
        BookingFactory.build(
            specialist=specialist, client=None, client_email=f"{at:%j%H}@example.com", starts_at=at
        )
        for at in hours
    )
    theirs = Booking.objects.filter(client=None, client_email__iexact="lee@example.com").active()

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE scheduling_booking")
    plan = theirs.order_by().explain()

    assert "booking_guest_email" in plan
