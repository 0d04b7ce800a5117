"""Many people want the same time at once: threads in several processes, on either engine."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from threading import Event

import pytest
from django.db import connection, transaction

from coachbot.chat.bot.offer import Offer
from coachbot.chat.dialog import Pending, Purpose, State
from coachbot.chat.dialog import Wish as Asked
from coachbot.chat.models import Message
from coachbot.db import guards
from coachbot.errors import DomainError
from scheduling import services
from scheduling.models import (
    Booking,
    BookingEvent,
    DayOff,
    Hold,
    Specialist,
    WaitingListEntry,
)
from scheduling.queries import Slot, Wish
from tests.factories import (
    BookingFactory,
    ChatFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
    WaitingListEntryFactory,
)
from tests.processes import all_at_once

PROCESSES, CLIENTS = 5, 10
RACER = Path(__file__).with_name("racer.py")
NO_OVERLAP_OF_HOLDS = next(c for c in Hold._meta.constraints if c.name == "hold_no_overlap")
NO_OVERLAP = next(c for c in Booking._meta.constraints if c.name == "booking_no_overlap")


@pytest.fixture
def wanted(transactional_db):
    """A specialist who works every day, and the one slot that everybody wants."""
    specialist = SpecialistFactory(time_zone="UTC")
    for weekday in range(7):
        ScheduleFactory(
            specialist=specialist, weekday=weekday, start_time=time(9), end_time=time(10)
        )
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    return specialist, datetime.combine(tomorrow, time(9), UTC)


@pytest.fixture
def unguarded(transactional_db):
    """A database that holds no rule about overlaps, until the test is over."""
    if connection.vendor == "sqlite":
        guards.drop(connection)
    else:
        with connection.schema_editor() as editor:
            editor.remove_constraint(Booking, NO_OVERLAP)
            editor.remove_constraint(Hold, NO_OVERLAP_OF_HOLDS)
    yield
    forget_holds()
    forget_bookings()
    if connection.vendor == "sqlite":
        guards.install(connection)
    else:
        with connection.schema_editor() as editor:
            editor.add_constraint(Booking, NO_OVERLAP)
            editor.add_constraint(Hold, NO_OVERLAP_OF_HOLDS)


def forget_holds():
    Hold.objects.all().delete()
    WaitingListEntry.objects.update(status="waiting", booking=None)


def forget_bookings():
    BookingEvent.objects.all().delete()
    Booking.objects.all().delete()


def race(way, specialist, starts_at, processes=PROCESSES, **settings):
    """How often each status was the answer when all clients asked at once."""
    command = [RACER, way, specialist.pk, starts_at.isoformat(), CLIENTS]
    return all_at_once([command] * processes, **settings)


def test_of_fifty_clients_who_want_one_slot_exactly_one_gets_it(wanted):
    answers = race("api", *wanted)

    assert answers == {201: 1, 409: PROCESSES * CLIENTS - 1}
    assert Booking.objects.count() == 1


def test_of_many_who_say_yes_to_the_bot_one_is_booked_and_the_others_are_offered_others(wanted):
    """The control is the next one: the bot has no other way to book than the API."""
    specialist, starts_at = wanted
    slot = Offer(Wish(specialist), Slot(starts_at, starts_at + timedelta(hours=1))).option()
    state = State(wish=Asked(), slots=(slot,), pending=Pending(Purpose.BOOK, slot=slot))
    for _ in range(CLIENTS):
        ChatFactory(state=state.to_json())

    answers = race("bot", *wanted, processes=1)

    assert answers == {"booking": 1, "slots": CLIENTS - 1}
    assert Booking.objects.count() == 1
    assert Message.objects.filter(role="bot", content__startswith="Booked: ").count() == 1
    assert Message.objects.filter(content__contains="Nothing was booked.").count() == CLIENTS - 1


@pytest.mark.usefixtures("unguarded")
def test_the_race_is_real_without_lock_and_constraint(wanted):
    """The control: if this ever finds a single winner each time, the test above shows nothing."""
    winners = 1
    for _ in range(10):
        forget_bookings()
        winners = race("unguarded", *wanted)[201]
        if winners > 1:
            break

    assert winners > 1
    assert Booking.objects.count() == winners


def test_a_day_off_that_races_bookings_never_leaves_both(wanted):
    """Whoever is first stands in the way of all others."""
    answers = race("day_off", *wanted)

    assert answers == {201: 1, 409: PROCESSES * CLIENTS - 1}
    assert Booking.objects.count() + DayOff.objects.count() == 1


@pytest.mark.usefixtures("unguarded")
def test_the_race_with_a_day_off_is_real_without_the_lock(wanted):
    """The control, as above: it finds a booking on the day off."""
    for _ in range(20):
        forget_bookings()
        DayOff.objects.all().delete()
        race("day_off_unguarded", *wanted)
        if Booking.objects.exists() and DayOff.objects.exists():
            break

    assert Booking.objects.exists()
    assert DayOff.objects.exists()


@pytest.fixture(params=["user", "guest"])
def everyone(request, transactional_db):
    """A specialist for every client of a process, all open at one time; who books is one user, or
    one guest, who may have three bookings."""
    if request.param == "user":
        UserFactory()
    for _ in range(CLIENTS):
        specialist = SpecialistFactory(time_zone="UTC")
        for weekday in range(7):
            ScheduleFactory(specialist=specialist, weekday=weekday)
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    return specialist, datetime.combine(tomorrow, time(9), UTC)


def test_of_fifty_bookings_at_once_a_client_gets_as_many_as_the_limit_allows(everyone):
    answers = race("limit", *everyone, BOOKING_MAX_ACTIVE_PER_CLIENT="3")

    assert answers == {201: 3, 409: PROCESSES * CLIENTS - 3}
    assert Booking.objects.count() == 3


def test_the_race_for_the_limit_is_real_without_the_lock(everyone):
    """The control: it finds more bookings than the limit allows."""
    for _ in range(10):
        forget_bookings()
        race("limit_unguarded", *everyone, BOOKING_MAX_ACTIVE_PER_CLIENT="3")
        if Booking.objects.count() > 3:
            break

    assert Booking.objects.count() > 3


@pytest.mark.parametrize(
    ("first", "second", "refusal"),
    [("book", "take_day_off", "affects_bookings"), ("take_day_off", "book", "slot_unavailable")],
)
def test_who_comes_second_waits_for_the_first_to_be_done(wanted, first, second, refusal):
    specialist, starts_at = wanted
    client, now = UserFactory(), datetime.now(UTC)
    changes = {
        "book": lambda: services.book(
            wish=Wish(specialist), starts_at=starts_at, client=client, now=now
        ),
        "take_day_off": lambda: services.change_hours(
            save=[DayOff(specialist=specialist, date=starts_at.date())], now=now
        ),
    }

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            changes[first]()
            other = pool.submit(alone, changes[second])
            with pytest.raises(TimeoutError):
                other.result(timeout=1)
        answer = other.result(timeout=30)

    assert answer == refusal
    assert Booking.objects.count() + DayOff.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_deleting_a_service_waits_for_who_has_just_come_to_offer_it(transactional_db):
    """Or that specialist could be booked for what is being deleted."""
    ben, service, now = SpecialistFactory(), ServiceFactory(), datetime.now(UTC)
    is_held, is_free = Event(), Event()

    def be_booked():
        with transaction.atomic():
            Specialist.everything.lock(ben.pk)
            is_held.set()
            is_free.wait(30)

    with ThreadPoolExecutor(2) as pool:
        pool.submit(alone, be_booked)
        assert is_held.wait(30)
        with transaction.atomic():
            services.change_service(service=service, fields={}, specialists=[ben], now=now)
            deleting = pool.submit(alone, lambda: services.delete_service(service=service, now=now))
            wait([deleting], timeout=1)
        done_before, _ = wait([deleting], timeout=1)
        is_free.set()

    assert (done_before, deleting.result()) == (set(), None)


def alone(change):
    """The code with which `change` was refused, on a connection of its own."""
    try:
        change()
    except DomainError as refusal:
        return refusal.code
    finally:
        connection.close()
    return None


# --- Time that is held --------------------------------------------------------------------------


@pytest.fixture
def waited_for(wanted):
    """The one slot of the specialist, and as many who wait for it as a process has clients."""
    specialist, starts_at = wanted
    for _ in range(CLIENTS):
        WaitingListEntryFactory(specialist=specialist, earliest=starts_at, latest=starts_at)
    return wanted


def test_time_that_is_offered_while_others_book_it_is_held_or_booked(waited_for):
    answers = race("offer", *waited_for, processes=2)

    assert Booking.objects.count() + Hold.objects.count() == 1
    assert (answers.get(201, 0), answers.get("1 held", 0)) in {(1, 0), (0, 1)}
    assert answers[409] >= 2 * (CLIENTS - 1) - 1


@pytest.mark.usefixtures("unguarded")
def test_the_race_with_an_offer_is_real_without_the_lock(waited_for):
    """The control: it finds time that is held and booked."""
    for _ in range(20):
        forget_holds()
        forget_bookings()
        race("offer_unguarded", *waited_for, processes=2)
        if Booking.objects.exists() and Hold.objects.exists():
            break

    assert Booking.objects.exists()
    assert Hold.objects.exists()


def test_who_takes_an_offer_as_it_expires_has_it_or_lost_it(waited_for):
    """Whoever comes first, one has the time, and everything says who."""
    specialist, _ = waited_for
    WaitingListEntry.objects.exclude(pk=WaitingListEntry.objects.first().pk).delete()
    services.offer_time_of(specialist_id=specialist.pk, now=datetime.now(UTC))

    answers = race("expiry", *waited_for, processes=2)

    entry, booking = WaitingListEntry.objects.get(), Booking.objects.get()
    is_theirs = booking.client_id == entry.client_id
    outcomes = list(Hold.objects.values_list("outcome", flat=True))
    assert answers["booked"] == 1
    assert (entry.status, entry.booking_id, outcomes) == (
        ("booked", booking.pk, ["accepted"]) if is_theirs else ("waiting", None, ["expired"])
    )


def test_what_is_held_is_booked_by_its_holder_whatever_others_try(waited_for):
    """Ten strangers book, move, settle and hand over. The control is the one above: without the
    lock it may be booked before it is held."""
    specialist, starts_at = waited_for
    other, tomorrow = SpecialistFactory(time_zone="UTC"), starts_at + timedelta(days=1)
    for weekday in range(7):
        ScheduleFactory(specialist=other, weekday=weekday, start_time=time(9), end_time=time(10))
    StaffFactory()
    ServiceFactory(specialists=[specialist], duration_minutes=60)
    BookingFactory(specialist=specialist, starts_at=tomorrow)
    BookingFactory(specialist=other, starts_at=starts_at)
    services.offer_time_of(specialist_id=specialist.pk, now=datetime.now(UTC))
    hold = Hold.objects.get()

    answers = race("held", *waited_for, processes=1)

    assert answers == {"booked": 1, "refused": CLIENTS - 1}
    booking = Booking.objects.get(specialist=specialist, starts_at=starts_at)
    assert booking.waiting_list_entry == hold.entry


@pytest.mark.parametrize(
    ("is_offered", "answer"),
    [pytest.param(True, "slot_taken", id="held"), pytest.param(False, None, id="control")],
)
def test_what_is_cancelled_is_held_before_anybody_who_queues_up_can_book_it(
    waited_for, is_offered, answer
):
    """The control: were it a worker's alone to offer, whoever comes first would have it."""
    specialist, starts_at = waited_for
    booking, now = BookingFactory(specialist=specialist, starts_at=starts_at), datetime.now(UTC)
    order = {"wish": Wish(specialist), "starts_at": starts_at, "client": UserFactory(), "now": now}

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            if is_offered:
                services.cancel(booking=booking, actor=StaffFactory(), reason="Flu", now=now)
            else:
                Specialist.everything.lock(specialist.pk)
                Booking.objects.update(status="cancelled")
            other = pool.submit(alone, lambda: services.book(**order))
            with pytest.raises(TimeoutError):
                other.result(timeout=1)
        refused = other.result(timeout=30)

    assert refused == answer
    held = list(Hold.objects.values_list("entry", flat=True))
    assert held == ([WaitingListEntry.objects.first().pk] if is_offered else [])


def test_of_many_offers_at_once_one_holds_the_time(waited_for):
    answers = race("offers", *waited_for, processes=2)

    assert answers == {"1 held": 1, "0 held": 2 * CLIENTS - 1}
    assert Hold.objects.get().entry == WaitingListEntry.objects.first()


@pytest.mark.usefixtures("unguarded")
def test_the_race_of_offers_is_real_without_lock_and_constraint(waited_for):
    """The control: it finds time that is held for several."""
    for _ in range(20):
        forget_holds()
        race("offers_unguarded", *waited_for, processes=2)
        if Hold.objects.count() > 1:
            break

    assert Hold.objects.count() > 1
