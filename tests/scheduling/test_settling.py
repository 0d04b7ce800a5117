"""A change of hours that hits bookings, and what becomes of them: all of it or nothing."""

from datetime import UTC, datetime, time, timedelta

import pytest

from audit.models import AdminLog
from coachbot.errors import DomainError
from scheduling import services
from scheduling.models import Booking, DayOff
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


@pytest.fixture
def rosa(db):
    return StaffFactory(username="rosa")


@pytest.fixture
def ben(db):
    """Works when Anna does."""
    ben = SpecialistFactory(name="Ben")
    ScheduleFactory(specialist=ben, start_time=time(9), end_time=time(12))
    return ben


@pytest.fixture
def settle(specialist, rosa, now):
    """`settle({booking: settlement})` closes Anna's Monday."""

    def close(settlements):
        services.settle(
            services.ChangeHours(save=[DayOff(specialist=specialist, date=NINE.date())]),
            settlements={booking.pk: each for booking, each in settlements.items()},
            actor=rosa,
            reason="Anna is ill",
            now=now,
        )

    return close


def state(booking):
    found = Booking.objects.select_related("specialist").get(pk=booking.pk)
    return found.status, found.starts_at, found.specialist.name


def bookings_of(specialist, count):
    return [
        BookingFactory(specialist=specialist, starts_at=NINE + timedelta(hours=hour))
        for hour in range(count)
    ]


def test_each_booking_becomes_what_was_said(specialist, ben, settle):
    gone, moved, handed, kept = (
        *bookings_of(specialist, 3),
        BookingFactory(specialist=specialist, starts_at=NEXT_WEEK),
    )

    settle(
        {
            gone: Settlement(Outcome.CANCEL),
            moved: Settlement(Outcome.MOVE, starts_at=NEXT_WEEK + timedelta(hours=1)),
            handed: Settlement(Outcome.HAND_OVER, specialist=ben),
        }
    )

    assert [state(each) for each in (gone, moved, handed, kept)] == [
        ("cancelled", NINE, "Anna Roth"),
        ("confirmed", NEXT_WEEK + timedelta(hours=1), "Anna Roth"),
        ("confirmed", NINE + timedelta(hours=2), "Ben"),
        ("confirmed", NEXT_WEEK, "Anna Roth"),
    ]
    assert DayOff.objects.exists()
    entries = AdminLog.objects.order_by("sequence")
    assert [(each.action, each.readable_reason) for each in entries] == [
        ("dayoff.created", ""),
        ("booking.cancelled", "Anna is ill"),
        ("booking.rescheduled", "Anna is ill"),
        ("booking.handed_over", "Anna is ill"),
    ]


def test_a_booking_may_be_kept_as_it_is(specialist, settle):
    [booking] = bookings_of(specialist, 1)

    settle({booking: Settlement(Outcome.KEEP)})

    assert state(booking) == ("confirmed", NINE, "Anna Roth")
    assert DayOff.objects.exists()


@pytest.mark.parametrize(
    ("settlement", "code"),
    [
        pytest.param(Settlement(Outcome.MOVE, starts_at=NINE), "affects_bookings", id="stays"),
        pytest.param(
            Settlement(Outcome.MOVE, starts_at=NINE + timedelta(hours=3)),
            "affects_bookings",
            id="moved to the same closed day",
        ),
        pytest.param("ben is busy", "slot_taken", id="the other is taken"),
        pytest.param(None, "affects_bookings", id="forgotten"),
    ],
)
def test_if_one_cannot_be_settled_nothing_is_done(specialist, ben, settle, settlement, code):
    first, second = bookings_of(specialist, 2)
    BookingFactory(specialist=ben, starts_at=NINE + timedelta(hours=1))
    if settlement == "ben is busy":
        settlement = Settlement(Outcome.HAND_OVER, specialist=ben)
    said = {first: Settlement(Outcome.CANCEL), second: settlement}

    with pytest.raises(DomainError) as refusal:
        settle({booking: each for booking, each in said.items() if each})

    assert refusal.value.code == code
    assert [state(each)[0] for each in (first, second)] == ["confirmed", "confirmed"]
    assert not DayOff.objects.exists()
    assert not AdminLog.objects.exists()


# --- Handing over


def test_a_booking_is_handed_over_with_its_history(specialist, ben, rosa, now):
    booking = BookingFactory(specialist=specialist, starts_at=NINE)

    services.hand_over(booking=booking, specialist=ben, actor=rosa, reason="Ill", now=now)

    event = booking.events.get()
    assert state(booking) == ("confirmed", NINE, "Ben")
    assert (event.from_specialist, event.to_specialist, event.reason, event.by) == (
        *(specialist, ben, "Ill", "staff"),
    )
    assert (event.is_hand_over, event.is_move) == (True, False)


def test_a_hand_over_is_read_over_rest(specialist, ben, rosa, now, signed_in):
    booking = BookingFactory(specialist=specialist, starts_at=NINE)
    services.hand_over(booking=booking, specialist=ben, actor=rosa, reason="Ill", now=now)

    [entry] = signed_in(rosa).get(f"/api/v1/bookings/{booking.pk}/history/").json()

    assert {name: entry[name] for name in ("kind", "from", "to", "reason")} == {
        "kind": "hand_over",
        "from": "Anna Roth",
        "to": "Ben",
        "reason": "Ill",
    }


def test_who_does_not_offer_the_service_gets_no_booking_of_it(specialist, ben, rosa, now):
    massage = ServiceFactory(specialists=[specialist])
    booking = BookingFactory(specialist=specialist, service=massage, starts_at=NINE)

    with pytest.raises(DomainError) as refusal:
        services.hand_over(booking=booking, specialist=ben, actor=rosa, reason="Ill", now=now)

    assert [reason.code for reason in refusal.value.reasons] == ["service_not_offered"]
    assert state(booking)[2] == "Anna Roth"


def test_staff_hand_over_outside_open_hours_and_it_is_told(specialist, rosa, now):
    booking = BookingFactory(specialist=specialist, starts_at=NINE)
    away = SpecialistFactory(name="Cleo")

    services.hand_over(booking=booking, specialist=away, actor=rosa, reason="Ill", now=now)

    assert booking.events.get().reason == "Ill (set aside: outside_open_hours)"


def test_two_bookings_are_never_handed_over_into_one_time(specialist, ben, rosa, now):
    booking = BookingFactory(specialist=specialist, starts_at=NINE)
    BookingFactory(specialist=ben, starts_at=NINE + timedelta(minutes=30))

    with pytest.raises(DomainError) as refusal:
        services.hand_over(booking=booking, specialist=ben, actor=rosa, reason="Ill", now=now)

    assert refusal.value.code == "slot_taken"


@pytest.mark.parametrize("status", ["cancelled", "completed", "no_show"])
def test_what_is_final_is_not_handed_over(specialist, ben, rosa, now, status):
    booking = BookingFactory(specialist=specialist, starts_at=NINE, status=status)

    with pytest.raises(DomainError) as refusal:
        services.hand_over(booking=booking, specialist=ben, actor=rosa, reason="Ill", now=now)

    assert refusal.value.code == "state_conflict"
