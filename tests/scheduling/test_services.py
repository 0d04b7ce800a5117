"""The rules of booking and of hours, below any edge."""

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError

from coachbot.errors import Reason
from scheduling import queries, services
from scheduling.errors import (
    DuplicateDayOff,
    HasFutureBookings,
    NotDeleted,
    OverlappingSchedule,
    SlotTaken,
    SlotUnavailable,
    SpecialistDeleted,
    StateConflict,
)
from scheduling.models import Booking, DayOff, Schedule, Specialist
from scheduling.models.booking import new_reference
from scheduling.queries import Slot, Wish
from tests.factories import (
    AvailabilityFactory,
    BookingFactory,
    DayOffFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# Nine o'clock in Berlin on a Monday that the `specialist` fixture works.
NINE = datetime(2026, 12, 7, 8, tzinfo=UTC)


def book(wish, starts_at, now, **more):
    return services.book(
        wish=wish, starts_at=starts_at, client=more.pop("client", None) or UserFactory(), now=now
    ).booking


def free(wish, start, end, now):
    return queries.free_slots(wish, start=start, end=end, now=now)


@pytest.mark.parametrize("seed", range(6))
def test_every_slot_that_a_random_week_offers_can_be_booked(seed, now):
    """Whatever is on offer at a moment is booked at that moment, until nothing is left."""
    chance = random.Random(seed)
    zone = chance.choice(["Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
    specialist = SpecialistFactory(time_zone=zone)
    for weekday in chance.sample(range(7), 4):
        start = chance.randrange(6, 12)
        ScheduleFactory(
            specialist=specialist,
            weekday=weekday,
            start_time=time(start, chance.choice([0, 15])),
            end_time=time(start + chance.randrange(2, 8), 30),
        )
    DayOffFactory(specialist=specialist, date=date(2026, 12, 7 + chance.randrange(7)))
    AvailabilityFactory(specialist=specialist, is_available=chance.random() < 0.5)
    service = ServiceFactory(
        specialists=[specialist],
        duration_minutes=chance.choice([30, 45, 60]),
        slot_step_minutes=chance.choice([None, 15, 40]),
        buffer_before_minutes=chance.choice([0, 10]),
        buffer_after_minutes=chance.choice([0, 15]),
    )
    wish = Wish(specialist, service)
    start = datetime(2026, 12, 5, tzinfo=UTC)
    booked = []

    while offered := free(wish, start, start + timedelta(days=8), now):
        slot = chance.choice(offered)
        booking = book(wish, slot.starts_at, now)
        booked.append(Slot(booking.starts_at, booking.ends_at))

    assert len(booked) > 5
    assert Booking.objects.count() == len(booked)


def test_all_slots_of_a_plain_week_can_be_booked_one_after_another(specialist, now):
    wish = Wish(specialist, duration_minutes=30)
    offered = free(wish, NINE, NINE + timedelta(days=7), now)

    booked = [book(wish, slot.starts_at, now) for slot in offered]

    assert [Slot(booking.starts_at, booking.ends_at) for booking in booked] == offered
    assert len(offered) == 6


def test_booking_tells_every_reason_why_a_time_is_none(specialist, now):
    DayOffFactory(specialist=specialist, date=date(2026, 12, 7))
    AvailabilityFactory(
        specialist=specialist, starts_at=NINE, ends_at=NINE + HOUR, is_available=False
    )

    with pytest.raises(SlotUnavailable) as refusal:
        book(Wish(specialist), NINE, now)

    assert [reason.code for reason in refusal.value.reasons] == ["day_off", "blocked"]


def test_a_deleted_or_inactive_specialist_takes_no_bookings(specialist, now):
    wish = Wish(specialist)
    specialist.delete()

    with pytest.raises(SlotUnavailable) as refusal:
        book(wish, NINE, now)

    assert refusal.value.reasons == (
        Reason("inactive", "The specialist or the service takes no bookings at present."),
    )


def test_the_lock_shows_the_specialist_as_they_are_now_not_as_they_were_read(specialist, now):
    as_read = Wish(Specialist.objects.get(pk=specialist.pk))
    Specialist.objects.filter(pk=specialist.pk).update(is_active=False)

    with pytest.raises(SlotUnavailable):
        book(as_read, NINE, now)


def test_a_booking_remembers_its_buffers_and_its_price(specialist, now):
    service = ServiceFactory(
        specialists=[specialist],
        duration_minutes=60,
        buffer_before_minutes=10,
        buffer_after_minutes=20,
        price="99.50",
        currency="CHF",
    )

    booking = book(Wish(specialist, service), NINE, now)

    booking.refresh_from_db()
    assert (booking.occupied_starts_at, booking.occupied_ends_at) == (
        NINE - timedelta(minutes=10),
        NINE + timedelta(minutes=80),
    )
    assert (booking.price, booking.currency) == (Decimal("99.50"), "CHF")


def test_without_a_service_the_hourly_rate_makes_the_price(specialist, now):
    booking = book(Wish(specialist, duration_minutes=90), NINE, now)

    booking.refresh_from_db()
    assert (booking.duration_minutes, booking.price) == (90, Decimal("120.00"))


def test_a_taken_time_comes_with_the_nearest_alternatives(specialist, now):
    book(Wish(specialist), NINE, now)

    with pytest.raises(SlotTaken) as refusal:
        book(Wish(specialist), NINE, now)

    assert [slot["starts_at"] for slot in refusal.value.extra["alternatives"]] == [
        NINE + HOUR,
        NINE + 2 * HOUR,
        *(NINE + timedelta(days=7) + step * HOUR for step in range(3)),
    ]


def test_a_reference_that_is_taken_is_made_anew(specialist, now, monkeypatch):
    taken = BookingFactory().reference
    made = iter([taken, "NEWREFRN"])
    monkeypatch.setattr(Booking._meta.get_field("reference"), "_get_default", lambda: next(made))

    booking = book(Wish(specialist), NINE, now)

    assert booking.reference == "NEWREFRN"


def test_an_error_that_is_no_refusal_is_not_taken_for_one(specialist, now, monkeypatch):
    taken = BookingFactory().reference
    monkeypatch.setattr(Booking._meta.get_field("reference"), "_get_default", lambda: taken)

    with pytest.raises(IntegrityError):
        book(Wish(specialist), NINE, now)


@pytest.mark.parametrize(
    ("move", "start", "state"),
    [
        pytest.param(services.complete, -HOUR, "completed", id="complete"),
        pytest.param(services.mark_no_show, -HOUR, "no_show", id="no-show"),
    ],
)
def test_a_booking_is_closed_after_it_has_started(move, start, state, now):
    booking = BookingFactory(starts_at=now + start)

    closed = move(booking=booking, actor=StaffFactory(), now=now)

    assert (closed.status, closed.version) == (state, 2)


@pytest.mark.parametrize("move", [services.complete, services.mark_no_show])
def test_a_booking_is_not_closed_before_it_has_started(move, now):
    booking = BookingFactory(starts_at=now + timedelta(seconds=1))

    with pytest.raises(StateConflict, match="not started"):
        move(booking=booking, actor=StaffFactory(), now=now)


def test_only_a_pending_booking_is_confirmed(now):
    staff = StaffFactory()
    pending, cancelled = BookingFactory(status="pending"), BookingFactory(status="cancelled")

    confirmed = services.confirm(booking=pending, actor=staff, now=now)

    assert confirmed.status == "confirmed"
    with pytest.raises(StateConflict, match="is cancelled"):
        services.confirm(booking=cancelled, actor=staff, now=now)


def test_a_specialist_with_future_bookings_is_not_deleted(specialist, now):
    booking = BookingFactory(specialist=specialist, starts_at=now + HOUR)

    with pytest.raises(HasFutureBookings):
        services.delete_specialist(specialist=specialist, now=now)
    Booking.objects.filter(pk=booking.pk).update(status="cancelled")
    services.delete_specialist(specialist=specialist, now=now)

    assert not Specialist.objects.exists()


def test_history_never_runs_backwards(specialist, now):
    """Who waits for the lock has read the clock before it."""
    booking, staff = book(Wish(specialist), NINE, now), StaffFactory()
    later, earlier = now + timedelta(seconds=3), now + timedelta(seconds=1)

    services.reschedule(
        booking=booking, starts_at=NINE + HOUR, actor=staff, now=later, reason="Training"
    )
    services.cancel(booking=booking, actor=staff, now=earlier, reason="Flu")

    assert [event.at for event in booking.events.all()] == [now, later, later]


def test_a_day_of_25_hours_is_counted_whole():
    """Berlin, 2027-10-31: from its first minutes to its last half hour it is more than a day."""
    ben, anna = SpecialistFactory(name="Ben"), SpecialistFactory(name="Anna")
    service = ServiceFactory(specialists=[anna, ben])
    BookingFactory(specialist=anna, starts_at=datetime(2027, 10, 30, 22, tzinfo=UTC))
    at = datetime(2027, 10, 31, 22, 30, tzinfo=UTC)

    order = queries.least_busy(service, at, now=at)

    assert order == [ben, anna]


def test_only_what_is_deleted_is_restored(specialist):
    with pytest.raises(NotDeleted):
        services.restore(row=specialist)


def test_schedules_that_overlap_are_refused(specialist, now):
    overlapping = Schedule(specialist=specialist, weekday=0, start_time=time(11), end_time=time(13))

    with pytest.raises(OverlappingSchedule):
        services.change_hours(save=[overlapping], now=now)
    overlapping.weekday = 1
    services.change_hours(save=[overlapping], now=now)

    assert Schedule.objects.count() == 2


def test_a_deleted_specialist_gets_no_new_hours(specialist, now):
    day_off = DayOff(specialist=specialist, date=date(2026, 12, 24))
    specialist.delete()

    with pytest.raises(SpecialistDeleted):
        services.change_hours(save=[day_off], now=now)


def test_a_second_day_off_on_a_date_is_refused(specialist, now):
    one, two = (DayOff(specialist=specialist, date=date(2026, 12, 24)) for _ in range(2))
    services.change_hours(save=[one], now=now)

    with pytest.raises(DuplicateDayOff):
        services.change_hours(save=[two], now=now)


def test_removed_hours_are_open_again(specialist, now):
    day_off = DayOffFactory(specialist=specialist, date=date(2026, 12, 7))
    closed = free(Wish(specialist), NINE, NINE + HOUR, now)

    services.change_hours(remove=[day_off], now=now)

    assert closed == []
    assert free(Wish(specialist), NINE, NINE + HOUR, now) == [Slot(NINE, NINE + HOUR)]


def test_why_not_is_silent_exactly_about_slots(specialist, now):
    wish = Wish(specialist)
    book(wish, NINE + HOUR, now)
    half_hours = [NINE - HOUR + step * timedelta(minutes=30) for step in range(12)]

    silent = [at for at in half_hours if not queries.why_not(wish, at, now=now)]

    offered = free(wish, half_hours[0], half_hours[-1] + HOUR, now)
    assert silent == [slot.starts_at for slot in offered] == [NINE, NINE + 2 * HOUR]


def test_a_reference_is_never_a_word_and_never_a_number():
    made = [new_reference() for _ in range(500)]

    assert not [text for text in made if text.isalpha() or text.isdigit() or len(text) != 8]
