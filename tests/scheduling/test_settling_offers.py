"""A specialist or a service is deactivated or removed, and what becomes of the bookings to come."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AdminLog
from coachbot.errors import DomainError
from scheduling import queries, services
from scheduling.models import Booking, DayOff, Service, Specialist
from scheduling.services import Outcome, Settlement
from tests.factories import (
    BookingFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db

# A Monday on which Anna works from nine to noon in Berlin.
NINE = datetime(2026, 12, 7, 8, tzinfo=UTC)
NEXT_WEEK = NINE + timedelta(weeks=1)
KEPT, CANCELLED = Settlement(Outcome.KEEP), Settlement(Outcome.CANCEL)


@pytest.fixture
def ben(db):
    """Works when Anna does."""
    ben = SpecialistFactory(name="Ben")
    ScheduleFactory(specialist=ben, start_time=time(9), end_time=time(12))
    return ben


@pytest.fixture
def massage(specialist, ben):
    return ServiceFactory(name="Massage", specialists=[specialist, ben], duration_minutes=60)


@pytest.fixture
def settle(db, now):
    def settle(change, settlements):
        services.settle(
            change,
            settlements={booking.pk: each for booking, each in settlements.items()},
            actor=StaffFactory(),
            reason="Anna leaves",
            now=now,
        )

    return settle


def hour(number):
    return NINE + timedelta(hours=number)


def state(booking):
    found = Booking.objects.select_related("specialist").get(pk=booking.pk)
    return found.status, found.starts_at, found.specialist.name


def logged():
    return list(AdminLog.objects.order_by("sequence").values_list("action", flat=True))


def deactivated(row):
    fields = {"is_active": False}
    if isinstance(row, Service):
        return services.ChangeService(row, fields)
    return services.ChangeSpecialist(specialist=row, fields=fields)


def refusal(change, settlements, settle):
    with pytest.raises(DomainError) as refused:
        settle(change, settlements)
    return refused.value.code


# --- Who is deactivated


def test_a_deactivated_specialists_bookings_become_what_was_said(specialist, ben, settle):
    gone, moved, handed, kept = (
        BookingFactory(specialist=specialist, starts_at=at)
        for at in (hour(0), hour(1), hour(2), NEXT_WEEK)
    )

    settle(
        deactivated(specialist),
        {
            gone: CANCELLED,
            moved: Settlement(Outcome.MOVE, starts_at=NEXT_WEEK + timedelta(hours=1)),
            handed: Settlement(Outcome.HAND_OVER, specialist=ben),
            kept: KEPT,
        },
    )

    assert [state(each) for each in (gone, moved, handed, kept)] == [
        ("cancelled", hour(0), "Anna Roth"),
        ("confirmed", NEXT_WEEK + timedelta(hours=1), "Anna Roth"),
        ("confirmed", hour(2), "Ben"),
        ("confirmed", NEXT_WEEK, "Anna Roth"),
    ]
    assert not Specialist.objects.get(pk=specialist.pk).is_active
    assert sorted(logged()) == [
        *("booking.cancelled", "booking.handed_over", "booking.rescheduled"),
        "specialist.changed",
    ]


def test_a_deactivated_services_bookings_become_what_was_said(specialist, ben, massage, settle):
    handed, kept = (
        BookingFactory(specialist=specialist, service=massage, starts_at=at)
        for at in (hour(0), hour(1))
    )

    settle(
        deactivated(massage),
        {handed: Settlement(Outcome.HAND_OVER, specialist=ben), kept: KEPT},
    )

    assert [state(each)[2] for each in (handed, kept)] == ["Ben", "Anna Roth"]
    assert not Service.objects.get().is_active


@pytest.mark.parametrize("name", ["specialist", "massage"])
def test_who_is_forgotten_keeps_everything_as_it_is(request, specialist, massage, settle, name):
    first, _ = (
        BookingFactory(specialist=specialist, service=massage, starts_at=at)
        for at in (hour(0), hour(1))
    )
    row = request.getfixturevalue(name)

    code = refusal(deactivated(row), {first: CANCELLED}, settle)

    assert (code, state(first)[0], logged()) == ("affects_bookings", "confirmed", [])
    row.refresh_from_db()
    assert row.is_active


def test_bookings_that_are_past_over_or_of_others_are_not_hit(
    specialist, ben, massage, settle, now
):
    BookingFactory(specialist=specialist, starts_at=now - timedelta(days=7))
    BookingFactory(specialist=specialist, starts_at=NINE, status="cancelled")
    BookingFactory(specialist=ben, starts_at=NINE)

    settle(deactivated(specialist), {})
    settle(deactivated(massage), {})

    assert logged() == ["specialist.changed", "service.changed"]


def test_what_is_inactive_already_is_changed_without_a_question(specialist, settle):
    BookingFactory(specialist=specialist, starts_at=NINE)
    Specialist.objects.update(is_active=False)

    settle(
        services.ChangeSpecialist(
            specialist=specialist, fields={"is_active": False, "location": "Ulm"}
        ),
        {},
    )

    assert Specialist.objects.get().location == "Ulm"


# --- Who is removed


def test_a_removed_specialists_bookings_are_handed_over_or_cancelled(specialist, ben, settle):
    gone, handed = (
        BookingFactory(specialist=specialist, starts_at=at) for at in (hour(0), hour(1))
    )

    settle(
        services.RemoveSpecialists([specialist]),
        {gone: CANCELLED, handed: Settlement(Outcome.HAND_OVER, specialist=ben)},
    )

    assert [state(gone)[0], state(handed)[2]] == ["cancelled", "Ben"]
    assert list(Specialist.objects.all()) == [ben]


@pytest.mark.parametrize(
    "settlement", [KEPT, Settlement(Outcome.MOVE, starts_at=NEXT_WEEK)], ids=["kept", "moved"]
)
def test_nothing_stays_with_who_is_removed(specialist, settle, settlement):
    booking = BookingFactory(specialist=specialist, starts_at=NINE)

    code = refusal(services.RemoveSpecialists([specialist]), {booking: settlement}, settle)

    assert (code, state(booking)[1]) == ("has_future_bookings", NINE)
    assert Specialist.objects.exists()


def test_nobody_is_handed_over_to_who_is_removed_as_well(specialist, ben, settle):
    booking = BookingFactory(specialist=specialist, starts_at=NINE)
    handed = {booking: Settlement(Outcome.HAND_OVER, specialist=ben)}

    code = refusal(services.RemoveSpecialists([specialist, ben]), handed, settle)

    assert (code, Specialist.objects.count()) == ("has_future_bookings", 2)


def test_what_is_booked_of_a_removed_service_may_take_place(specialist, massage, settle):
    kept, forgotten = (
        BookingFactory(specialist=specialist, service=massage, starts_at=at)
        for at in (hour(0), hour(1))
    )
    change = services.RemoveServices([massage])

    code = refusal(change, {kept: KEPT}, settle)
    settle(change, {kept: KEPT, forgotten: CANCELLED})

    assert code == "has_future_bookings"
    assert [state(kept)[0], state(forgotten)[0]] == ["confirmed", "cancelled"]
    assert not Service.objects.exists()


# --- What is offered


def offered(change, now):
    return [
        (each.may_stay, [slot.starts_at for slot in each.moves], [who.name for who in each.others])
        for each in services.ways_out(change, now=now)
    ]


def test_moves_are_offered_that_are_slots_after_the_change(specialist, now):
    BookingFactory(specialist=specialist, starts_at=NINE)
    closed = services.ChangeHours(save=[DayOff(specialist=specialist, date=NINE.date())])

    found = offered(closed, now)

    following = [NEXT_WEEK + timedelta(hours=number) for number in range(3)]
    assert found == [(True, following, [])]
    assert (DayOff.objects.count(), logged()) == (0, [])


def test_only_who_is_free_is_offered_and_no_move_with_who_is_removed(specialist, ben, massage, now):
    for at in (hour(0), hour(1)):
        BookingFactory(specialist=specialist, service=massage, starts_at=at)
    BookingFactory(specialist=ben, starts_at=hour(1))
    ScheduleFactory(specialist=SpecialistFactory(name="Cleo"))  # does not offer it

    assert offered(services.RemoveSpecialists([specialist]), now) == [
        (False, [], ["Ben"]),
        (False, [], []),
    ]


def test_the_bookings_of_all_who_are_removed_are_shown_and_none_is_offered_them(
    specialist, ben, now
):
    for person in (specialist, ben):
        BookingFactory(specialist=person, starts_at=hour(person == ben))

    assert offered(services.RemoveSpecialists([specialist, ben]), now) == [(False, [], [])] * 2


def test_what_is_offered_can_be_done(specialist, ben, massage, now):
    """The batch agrees with the engine that services ask, one booking at a time."""
    for at in (hour(0), hour(2), NEXT_WEEK):
        BookingFactory(specialist=specialist, service=massage, starts_at=at)
    BookingFactory(specialist=ben, starts_at=hour(2))

    for each in services.ways_out(deactivated(specialist), now=now):
        asked, at = each.booking, each.booking.starts_at
        free = not queries.why_not_hand_over(asked, ben, now=now)
        assert each.moves == queries.nearest_slots_for_move(asked, at, now=now)
        assert each.others == ([ben] if free else [])


def test_many_bookings_are_offered_ways_out_in_the_queries_of_few(specialist, ben, massage, now):
    counts = []
    for number in range(30):
        BookingFactory(
            specialist=specialist,
            service=massage if number % 2 else None,
            starts_at=NINE + timedelta(weeks=number % 15, hours=number // 15),
        )
        if number in (1, 29):
            with CaptureQueriesContext(connection) as asked:
                services.ways_out(deactivated(specialist), now=now)
            counts.append(len(asked))

    assert counts == [counts[0]] * 2
