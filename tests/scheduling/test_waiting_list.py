"""Who waits is offered what comes free, in the order of the line."""

from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AdminLog
from coachbot.errors import DomainError
from coachbot.jobs.models import Task
from coachbot.jobs.topics import tell
from scheduling import queries, services
from scheduling.models import (
    Availability,
    Booking,
    Hold,
    Schedule,
    Specialist,
    WaitingListEntry,
)
from scheduling.queries import Slot, Wish
from scheduling.services import Contact
from scheduling.services.bookings import insert
from scheduling.subscriptions import look_at_the_line, pass_offers_on
from tests.factories import (
    AvailabilityFactory,
    BookingFactory,
    HoldFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
    WaitingListEntryFactory,
)
from tests.jobs import due, failures, work

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# The three slots of a Monday of the fixture's specialist, in UTC.
NINE, TEN, ELEVEN = (datetime(2026, 12, 7, hour, tzinfo=UTC) for hour in (8, 9, 10))
MONDAY = {"earliest": NINE, "latest": ELEVEN}
KIM = Contact("Kim Berger", "kim@example.com")


def waits(specialist, **fields):
    """In line behind those before."""
    fields = {"specialist": specialist, **MONDAY, **fields}
    return WaitingListEntryFactory(**fields)


def booked(specialist, *starts, **fields):
    return [BookingFactory(specialist=specialist, starts_at=at, **fields) for at in starts]


def offered(specialist, now):
    """What is offered when a worker looks at the time of `specialist`: to whom, and when."""
    holds = services.offer_time_of(specialist_id=specialist.pk, now=now)
    return [(hold.entry, hold.starts_at) for hold in holds]


def held_for():
    """To whom what is offered now, whoever did it."""
    return [(hold.entry, hold.starts_at) for hold in Hold.objects.unreleased()]


def state(entry):
    return WaitingListEntry.objects.values_list("status", flat=True).get(pk=entry.pk)


def refusal(service, /, **order):
    """The code of the refusal, or nothing."""
    try:
        service(**order)
    except DomainError as refused:
        return refused.code
    return None


def book(specialist, starts_at, now, client=None, **more):
    order = {"wish": Wish(specialist), "starts_at": starts_at, "now": now, **more}
    return services.book(client=client, contact=Contact() if client else KIM, **order).booking


# --- To join ------------------------------------------------------------------------------------


def join(specialist, now, **fields):
    order = {"client": None, "contact": KIM, "actor": None, "specialist": specialist, **MONDAY}
    return services.join_waiting_list(now=now, **{**order, **fields})


def test_who_finds_nothing_free_joins_the_line(specialist, now):
    booked(specialist, NINE, TEN, ELEVEN)
    kim = UserFactory(username="kim", email="kim@example.com", phone="+49 30 1")

    joined = join(specialist, now, client=kim, contact=Contact())

    entry = WaitingListEntry.objects.get()
    assert joined == (entry, None)
    assert (entry.client, entry.client_name, entry.client_phone) == (kim, "Kim Berger", "+49 30 1")
    assert (entry.status, entry.queued_at, entry.manage_token_hash) == ("waiting", now, "")
    assert AdminLog.objects.count() == 0


def test_nobody_need_wait_for_what_is_free(specialist, now):
    booked(specialist, NINE)

    with pytest.raises(DomainError) as refused:
        join(specialist, now, latest=TEN)

    assert refused.value.code == "slot_free_now"
    assert refused.value.extra == {
        "alternatives": [
            {
                "starts_at": TEN,
                "ends_at": ELEVEN,
                "specialist": {"id": specialist.pk, "name": "Anna Roth"},
            }
        ]
    }
    assert WaitingListEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"earliest": NINE - 99 * HOUR * 24, "latest": datetime(2026, 11, 1, tzinfo=UTC)},
         "range_over"),
        ({"latest": NINE + timedelta(days=63)}, "range_too_long"),
        ({"contact": Contact("Kim", "")}, "required"),
        ({"duration_minutes": 0}, "duration_not_allowed"),
    ],
)  # fmt: skip
def test_what_cannot_be_waited_for_is_refused(specialist, now, fields, code):
    assert refusal(join, specialist=specialist, now=now, **fields) == code


def test_nobody_waits_for_who_does_not_offer_the_service_or_takes_no_bookings(specialist, now):
    massage, away = ServiceFactory(), SpecialistFactory(is_active=False)

    assert refusal(join, specialist=specialist, now=now, service=massage) == "slot_unavailable"
    assert refusal(join, specialist=None, now=now, service=massage) == "slot_unavailable"
    assert refusal(join, specialist=away, now=now) == "slot_unavailable"


def test_one_waits_once_for_one_thing_and_for_so_many_things(specialist, now, settings):
    settings.WAITING_LIST_MAX_PER_CLIENT = 2
    booked(specialist, NINE, TEN, ELEVEN)
    massage, sauna = (
        ServiceFactory(specialists=[specialist]),
        ServiceFactory(specialists=[specialist]),
    )
    upper = Contact("Kim", "KIM@example.com")

    answers = [
        refusal(join, specialist=specialist, now=now),
        refusal(join, specialist=specialist, now=now, contact=upper),
        refusal(join, specialist=specialist, now=now, service=massage),
        refusal(join, specialist=specialist, now=now, service=sauna),
        refusal(join, specialist=specialist, now=now, service=sauna, actor=StaffFactory()),
    ]

    assert answers == [None, "already_waiting", None, "limit_reached", None]


# --- What is offered ----------------------------------------------------------------------------


def test_the_first_in_line_is_offered_what_comes_free_and_then_the_next(specialist, now):
    booking, *_ = booked(specialist, TEN, NINE, ELEVEN)
    first, second = waits(specialist), waits(specialist)
    assert offered(specialist, now) == []

    services.cancel(booking=booking, actor=booking.client, now=now)

    assert held_for() == [(first, TEN)]
    assert offered(specialist, now) == []
    hold = Hold.objects.get()
    assert (hold.expires_at, hold.released_at, hold.outcome) == (now + 2 * HOUR, None, "")
    assert (state(first), state(second)) == ("offered", "waiting")


def test_each_is_offered_the_earliest_that_suits_whom_it_suits(specialist, now):
    """Past those whom it does not suit: their weekday, their time of day, their range; and past
    closed accounts."""
    ScheduleFactory(specialist=specialist, weekday=1, start_time=time(9), end_time=time(10))
    waits(specialist, weekdays=[2, 6])
    tuesday = waits(specialist, weekdays=[1], latest=NINE + 48 * HOUR)
    late = waits(specialist, earliest_time=time(10, 30))
    early = waits(specialist, latest_time=time(9))
    waits(specialist, latest=NINE - HOUR, earliest=NINE - 2 * HOUR)
    waits(specialist, client=UserFactory(is_active=False))
    last = waits(specialist)

    assert offered(specialist, now) == [
        (tuesday, NINE + 24 * HOUR),
        (late, ELEVEN),
        (early, NINE),
        (last, TEN),
    ]


def test_who_waits_for_anyone_is_offered_whoever_comes_free_with_the_buffers(specialist, now):
    massage = ServiceFactory(
        specialists=[specialist], duration_minutes=60, buffer_before_minutes=15,
        buffer_after_minutes=30,
    )  # fmt: skip
    other = ServiceFactory()
    waits(None, service=other)
    kim = waits(None, service=massage)

    assert offered(specialist, now) == [(kim, NINE)]
    hold = Hold.objects.get()
    assert (hold.specialist, hold.occupied_starts_at, hold.occupied_ends_at) == (
        specialist,
        NINE - HOUR / 4,
        TEN + HOUR / 2,
    )


def test_an_offer_ends_before_the_notice_and_is_none_if_nobody_could_answer(specialist, now):
    massage = ServiceFactory(specialists=[specialist], duration_minutes=60, min_notice_minutes=90)
    waits(specialist, service=massage, latest=NINE)

    assert offered(specialist, NINE - HOUR * 3 / 2 - timedelta(minutes=9)) == []
    assert len(offered(specialist, NINE - 2 * HOUR)) == 1
    assert Hold.objects.get().expires_at == NINE - HOUR * 3 / 2


def test_looking_for_candidates_takes_the_same_queries_whoever_waits(specialist, now):
    taken = []
    booked(specialist, NINE, TEN, ELEVEN)
    for _ in range(2):
        waits(specialist)
        waits(None, service=ServiceFactory(specialists=[specialist]))
        with CaptureQueriesContext(connection) as asked:
            assert offered(specialist, now) == []
        taken.append(len(asked))

    assert taken == [7, 7]


# --- What becomes of an offer -------------------------------------------------------------------


def test_what_nobody_took_in_time_goes_to_the_next_and_not_to_them_again(specialist, now):
    booked(specialist, NINE, ELEVEN)
    first, second = waits(specialist), waits(specialist)
    offered(specialist, now)
    later = now + 2 * HOUR
    assert services.with_expired_holds(now=later - HOUR) == []

    assert services.with_expired_holds(now=later) == [specialist.pk]
    assert offered(specialist, later) == [(second, TEN)]

    first.refresh_from_db()
    assert (first.status, first.offers_passed, first.queued_at) == ("waiting", 1, later)
    assert list(first.holds.values_list("outcome", "released_at")) == [("expired", later)]
    assert offered(specialist, later + 2 * HOUR) == []


def test_who_lets_the_third_offer_pass_waits_no_more(specialist, now):
    kim = waits(specialist)

    for _ in range(3):
        ((entry, _),) = offered(specialist, now)
        services.decline_offer(entry=entry, actor=None, now=now)

    assert list(kim.holds.values_list("starts_at", "outcome")) == [
        (NINE, "declined"),
        (TEN, "declined"),
        (ELEVEN, "declined"),
    ]
    assert state(kim) == "expired"


def test_the_holder_books_what_was_offered(specialist, now):
    kim = waits(specialist, client=UserFactory(), duration_minutes=90, earliest=NINE)
    guest = waits(specialist, client=None, client_name="Jo", client_email="jo@example.com")
    offered(specialist, now)

    first = services.accept_offer(entry=kim, actor=kim.client, now=now + HOUR)
    second = services.accept_offer(entry=guest, actor=None, now=now + HOUR)

    kim.refresh_from_db()
    assert (first.booking.starts_at, first.booking.ends_at) == (NINE, NINE + 1.5 * HOUR)
    assert (kim.status, kim.booking, kim.holds.get().outcome) == (
        "booked",
        first.booking,
        "accepted",
    )
    assert second.booking.client_email == "jo@example.com"
    assert second.manage_token


def test_an_offer_is_taken_once_and_in_time(specialist, now):
    kim = waits(specialist)
    accept = partial(refusal, services.accept_offer, entry=kim, actor=kim.client)
    later = now + 2 * HOUR

    nothing = accept(now=now)
    offered(specialist, now)
    expired = accept(now=later)
    book(specialist, TEN, later)
    book(specialist, ELEVEN, later)
    offered(specialist, later)
    passed = accept(now=later)
    Booking.objects.update(status="cancelled")
    offered(specialist, later)
    taken, again = accept(now=later), accept(now=later)

    assert [nothing, expired, passed, taken, again] == [
        "state_conflict",
        "offer_expired",
        "offer_expired",
        None,
        "state_conflict",
    ]


def test_what_was_let_go_since_it_was_looked_at_is_not_booked_though_it_is_free(specialist, now):
    kim = waits(specialist)
    order = services.Order(Wish(specialist), NINE, kim.client, kim.client, KIM, holder=kim.pk)

    assert refusal(insert, order=order, now=now) == "offer_expired"
    assert Booking.objects.count() == 0


def test_who_leaves_gives_back_what_was_offered(specialist, now):
    kim = waits(specialist)
    offered(specialist, now)

    services.leave_waiting_list(entry=kim, actor=kim.client, now=now)

    assert (state(kim), kim.holds.get().outcome) == ("left", "withdrawn")
    assert refusal(
        services.leave_waiting_list, entry=kim, actor=kim.client, now=now
    ) == "state_conflict"  # fmt: skip
    assert book(specialist, NINE, now).starts_at == NINE


def test_what_is_no_slot_any_more_is_taken_back_and_costs_nobody_their_place(specialist, now):
    first, second = waits(specialist), waits(specialist, latest=NINE)
    assert offered(specialist, now) == [(first, NINE)]

    AvailabilityFactory(specialist=specialist, starts_at=NINE, ends_at=TEN, is_available=False)

    unavailable = refusal(services.accept_offer, entry=first, actor=first.client, now=now)
    assert unavailable == "slot_unavailable"
    assert offered(specialist, now) == [(first, TEN)]
    assert state(second) == "waiting"
    assert WaitingListEntry.objects.get(pk=first.pk).offers_passed == 0


def test_whose_time_is_over_waits_no_more(specialist, now):
    over, kim = waits(specialist), waits(specialist, latest=ELEVEN + HOUR)

    assert services.expire_entries(now=ELEVEN + timedelta(seconds=1)) == 1

    assert (state(over), state(kim)) == ("expired", "waiting")


# --- What is held is taken, for all others ------------------------------------------------------


@pytest.fixture
def held(specialist, now):
    """Ten o'clock is held for Kim, and nine is booked."""
    booked(specialist, NINE)
    kim = waits(specialist, client_name="Kim Berger")
    assert offered(specialist, now) == [(kim, TEN)]
    return Hold.objects.get()


def test_what_is_held_is_no_slot_for_others_until_it_expires(specialist, now, held):
    day = {"start": NINE, "end": ELEVEN + HOUR}
    massage = ServiceFactory(specialists=[specialist], duration_minutes=60)
    wish = Wish(specialist)

    def seen(at):
        return {
            "free": [slot.starts_at for slot in queries.free_slots(wish, **day, now=at)],
            "anyone": [
                slot.starts_at
                for slot, _ in queries.earliest_slots([specialist], massage, **day, now=at, limit=9)
            ],
            "plan": [
                slot.starts_at
                for plan in queries.plans([specialist], None, **day, now=at)
                for slot in plan.free
            ],
            "nearest": queries.nearest_slots(wish, TEN, now=at)[0] == Slot(TEN, ELEVEN),
            "why not": [reason.code for reason in queries.why_not(wish, TEN, now=at)],
        }

    assert seen(now) == {
        "free": [ELEVEN],
        "anyone": [ELEVEN],
        "plan": [ELEVEN],
        "nearest": False,
        "why not": ["taken"],
    }
    assert seen(held.expires_at) == {
        "free": [TEN, ELEVEN],
        "anyone": [TEN, ELEVEN],
        "plan": [TEN, ELEVEN],
        "nearest": True,
        "why not": [],
    }


def test_nobody_but_the_holder_books_moves_or_is_handed_what_is_held(specialist, now, held):
    ben = SpecialistFactory()
    ScheduleFactory(specialist=ben, start_time=time(9), end_time=time(12))
    (theirs,) = booked(ben, TEN)
    booking = Booking.objects.get(specialist=specialist)
    massage = ServiceFactory(specialists=[specialist], duration_minutes=60)
    staff = StaffFactory()

    refusals = [
        refusal(book, specialist=specialist, starts_at=TEN, now=now),
        refusal(
            services.book_anyone, service=massage, starts_at=TEN, client=None, contact=KIM, now=now
        ),
        refusal(
            services.reschedule, booking=booking, starts_at=TEN, actor=booking.client, now=now
        ),
        refusal(
            services.hand_over,
            booking=theirs, specialist=specialist, actor=staff, reason="Flu", now=now,
        ),
    ]  # fmt: skip

    assert refusals == ["slot_taken"] * 4
    assert state(held.entry) == "offered"


def test_the_holder_may_also_book_it_as_anybody_would(specialist, now, held):
    client = held.entry.client

    booking = book(specialist, TEN, now, client=client)

    held.entry.refresh_from_db()
    assert (held.entry.status, held.entry.booking) == ("booked", booking)
    assert Hold.objects.get().outcome == "accepted"


def test_staff_see_for_whom_time_is_held_and_take_it_back_on_purpose(specialist, now, held):
    staff = StaffFactory()
    order = {
        "wish": Wish(specialist), "starts_at": TEN, "client": None, "contact": KIM,
        "actor": staff, "now": now,
    }  # fmt: skip

    codes = [
        refusal(services.book, **order),
        refusal(services.book_outside_hours, **order, reason="Urgent"),
    ]
    with pytest.raises(DomainError) as refused:
        services.book_outside_hours(**order, reason="Urgent")
    booking = services.book_over_hold(**order, reason="Urgent").booking

    assert codes == ["slot_unavailable"] * 2
    assert list(refused.value.reasons) == [
        ("held", "It is held for Kim Berger of the waiting list until 2026-12-01 10:00 UTC.")
    ]
    assert booking.events.get().reason == "Urgent (set aside: held)"
    entry = WaitingListEntry.objects.get()
    assert (entry.status, entry.queued_at, entry.offers_passed) == (
        "waiting",
        held.entry.queued_at,
        0,
    )
    assert Hold.objects.get().outcome == "withdrawn"
    assert offered(specialist, now) == [(entry, ELEVEN)]


def test_nobody_takes_a_hold_back_over_a_booking(specialist, now, held):
    order = {
        "wish": Wish(specialist, None, 120),
        "client": None,
        "contact": KIM,
        "reason": "Urgent",
    }

    answer = refusal(
        services.book_over_hold, **order, starts_at=NINE, actor=StaffFactory(), now=now
    )

    assert (answer, state(held.entry)) == ("slot_taken", "offered")


def test_holds_of_a_day_count_when_the_least_busy_is_sought(specialist, now, held):
    ben = SpecialistFactory(name="Ben")
    massage = ServiceFactory(specialists=[specialist, ben])
    booked(ben, NINE)

    busy = queries.least_busy(massage, TEN, now=now)
    later = queries.least_busy(massage, TEN, now=held.expires_at)

    assert busy == [ben, specialist]
    assert later == [specialist, ben]


# --- Staff, and those who go --------------------------------------------------------------------


def test_what_staff_do_leaves_one_entry_each(specialist, now):
    staff = StaffFactory()
    booked(specialist, NINE, ELEVEN)
    (ten,) = booked(specialist, TEN)
    entry = join(specialist, now, actor=staff).entry
    Booking.objects.filter(pk=ten.pk).update(status="cancelled")
    before = waits(specialist)

    hold = services.offer_time_to(entry=entry, actor=staff, now=now)
    services.decline_offer(entry=entry, actor=staff, now=now)
    services.accept_offer(entry=before, actor=staff, now=now)
    services.leave_waiting_list(entry=entry, actor=staff, now=now)

    assert (hold.entry, hold.starts_at) == (entry, TEN)
    assert list(AdminLog.objects.order_by("sequence").values_list("action", flat=True)) == [
        "waiting_list.joined",
        "waiting_list.offered",
        "waiting_list.declined",
        "booking.created",
        "waiting_list.left",
    ]


def test_staff_offer_only_what_is_free_to_who_waits(specialist, now):
    staff, entry = StaffFactory(), waits(specialist, latest=NINE)
    booked(specialist, NINE)
    kim = waits(specialist, status="left")

    offer = partial(refusal, services.offer_time_to, actor=staff, now=now)

    assert offer(entry=entry) == "nothing_to_offer"
    assert offer(entry=kim) == "state_conflict"


def test_nobody_waits_for_a_specialist_or_a_service_that_is_removed(specialist, now):
    massage = ServiceFactory(specialists=[specialist], duration_minutes=60)
    theirs, anyone = waits(specialist), waits(None, service=massage)
    assert offered(specialist, now) == [(theirs, NINE), (anyone, TEN)]

    services.delete_specialist(specialist=specialist, now=now)
    after_specialist = state(theirs), state(anyone)
    services.delete_service(service=massage, now=now)

    assert after_specialist == ("expired", "waiting")
    assert state(anyone) == "expired"
    assert Hold.objects.unreleased().count() == 0


def test_who_is_forgotten_waits_for_nothing(specialist, now):
    kim = waits(specialist)
    offered(specialist, now)

    services.erase_person(user=kim.client, now=now)

    kim.refresh_from_db()
    assert (kim.status, kim.client_name, kim.client_email) == ("left", "Erased", "")
    assert kim.holds.get().outcome == "withdrawn"


def test_those_for_whose_time_anybody_waits(specialist, now):
    ben, cara = SpecialistFactory(), SpecialistFactory()
    SpecialistFactory()
    waits(specialist)
    waits(None, service=ServiceFactory(specialists=[ben, cara]))
    Specialist.objects.filter(pk=cara.pk).update(is_active=False)

    assert services.waited_for(now=now) == sorted([specialist.pk, ben.pk])


# --- What is offered at once, and what makes a worker look --------------------------------------


def tell_all():
    """Whoever listens is told of what was announced; what that was."""
    announced = [args for _, args in due()]
    Task.objects.all().delete()
    for topic, ids in announced:
        tell.call(topic, ids)
    return [topic for topic, _ in announced]


@pytest.mark.parametrize(
    "free",
    [
        pytest.param(
            lambda booking, staff, now: services.cancel(
                booking=booking, actor=staff, reason="Flu", now=now
            ),
            id="cancelled",
        ),
        pytest.param(
            lambda booking, staff, now: services.reschedule(
                booking=booking, starts_at=NINE - 24 * HOUR, actor=staff, reason="Flu", now=now
            ),
            id="moved",
        ),
        pytest.param(
            lambda booking, staff, now: services.hand_over(
                booking=booking, specialist=SpecialistFactory(), actor=staff, reason="Flu", now=now
            ),
            id="handed over",
        ),
        pytest.param(
            lambda booking, staff, now: services.change_hours(
                save=[
                    Availability(
                        specialist=booking.specialist,
                        starts_at=NINE - 2 * HOUR,
                        ends_at=NINE - HOUR,
                        is_available=True,
                    )
                ],
                now=now,
            ),
            id="hours changed",
        ),
        pytest.param(
            lambda booking, staff, now: services.change_specialist(
                specialist=booking.specialist, fields={"default_duration_minutes": 15}, now=now
            ),
            id="shorter visits",
        ),
        pytest.param(
            lambda booking, staff, now: services.leave_waiting_list(
                entry=WaitingListEntry.objects.get(status="offered"), actor=None, now=now
            ),
            id="somebody left",
        ),
        pytest.param(
            lambda booking, staff, now: services.decline_offer(
                entry=WaitingListEntry.objects.get(status="offered"), actor=None, now=now
            ),
            id="somebody declined",
        ),
    ],
)
@pytest.mark.parametrize("seen", ["waiting", "left"])
@pytest.mark.usefixtures("frozen")
def test_whatever_frees_time_has_it_offered(specialist, now, free, seen):
    """At once; and by a worker, to whom could not be seen then. In fifteen minutes there is time
    between the bookings."""
    booking = booked(specialist, TEN, ends_at=TEN + HOUR * 3 / 4)[0]
    booked(specialist, ELEVEN)
    HoldFactory(
        entry=waits(specialist, status="offered", client=None), starts_at=NINE,
        expires_at=now + HOUR,
    )  # fmt: skip
    kim = waits(specialist, earliest=NINE - 2 * HOUR, status=seen)
    tell_all()

    free(booking, StaffFactory(), now)
    at_once = state(kim)
    WaitingListEntry.objects.filter(pk=kim.pk, status="left").update(status="waiting")
    tell_all()

    assert at_once == ("offered" if seen == "waiting" else "left")
    assert state(kim) == "offered"


@pytest.mark.usefixtures("frozen")
def test_a_change_of_a_service_has_it_offered_at_once(specialist, now):
    """It was too long, or nobody offered it; nobody is told where nobody waits."""
    booked(specialist, NINE, ELEVEN)
    long = ServiceFactory(duration_minutes=90, specialists=[specialist])
    new = ServiceFactory(duration_minutes=60)
    kim, jo = waits(None, service=long), waits(None, service=new, earliest=NINE - HOUR)

    other = ServiceFactory(specialists=[specialist])
    services.change_service(service=other, fields={"name": "X"}, now=now)
    assert tell_all() == []
    services.change_service(service=long, fields={"duration_minutes": 60}, now=now)
    first = state(kim), state(jo)
    services.leave_waiting_list(entry=kim, actor=None, now=now)
    services.change_service(service=new, fields={}, specialists=[specialist], now=now)

    assert (first, state(jo)) == (("offered", "waiting"), "offered")


def test_where_nobody_waits_a_cancellation_asks_once(specialist, now):
    ours, theirs = booked(specialist, NINE)[0], booked(SpecialistFactory(), NINE)[0]
    waits(specialist, status="left")
    services.cancel(booking=theirs, actor=theirs.client, now=now)

    with CaptureQueriesContext(connection) as asked:
        services.cancel(booking=ours, actor=ours.client, now=now)

    about = [each for each in asked if "waitinglistentry" in each["sql"]]
    assert (len(about), len(asked)) == (1, 9)


def test_what_goes_wrong_with_an_offer_undoes_no_cancellation(specialist, now, caplog):
    """What was held for somebody who is not offered it is in the way of the next hold."""
    (booking,) = booked(specialist, TEN)
    HoldFactory(entry=waits(specialist, status="left"), starts_at=TEN, expires_at=now)
    kim = waits(specialist, earliest=TEN, latest=TEN)

    services.cancel(booking=booking, actor=booking.client, now=now)

    booking.refresh_from_db()
    assert (booking.status, state(kim)) == ("cancelled", "waiting")
    assert [record.message for record in caplog.records] == ["Freed time was not offered."]


def test_what_a_change_needs_for_its_bookings_is_offered_to_nobody(specialist, now):
    """Nine is cancelled and ten moves there; who waits for either has what is left."""
    nine, ten, _ = booked(specialist, NINE, TEN, ELEVEN)
    kim, jo = waits(specialist, latest=NINE), waits(specialist)
    settlements = {
        nine.pk: services.Settlement(services.Outcome.CANCEL),
        ten.pk: services.Settlement(services.Outcome.MOVE, starts_at=NINE),
    }

    services.settle(
        services.ChangeHours(), settlements=settlements, actor=StaffFactory(), reason="Flu", now=now
    )

    ten.refresh_from_db()
    assert (ten.starts_at, held_for()) == (NINE, [(jo, TEN)])
    assert state(kim) == "waiting"


def test_what_a_change_would_open_is_a_way_out_though_somebody_waits_for_it(specialist, now):
    (booking,) = booked(specialist, NINE)
    waits(specialist, earliest=ELEVEN + HOUR, latest=ELEVEN + 2 * HOUR)
    window = Schedule.objects.get()
    window.start_time, window.end_time = time(13), time(14)

    (way_out,) = services.ways_out(services.ChangeHours(save=[window]), now=now)

    assert way_out.booking == booking
    assert Slot(ELEVEN + HOUR * 2, ELEVEN + 3 * HOUR) in way_out.moves
    assert held_for() == []


def test_a_guest_who_is_refused_does_not_ask_whose_the_hold_is(specialist, now, held):
    """None is theirs, and others wait for the lock meanwhile."""
    with CaptureQueriesContext(connection) as asked:
        assert refusal(book, specialist=specialist, starts_at=TEN, now=now) == "slot_taken"

    # What is occupied is one question about bookings and holds.
    about_holds = [each["sql"] for each in asked if "scheduling_hold" in each["sql"]]
    assert [sql for sql in about_holds if "scheduling_booking" not in sql] == []
    assert about_holds


@pytest.mark.django_db(transaction=True)
def test_by_the_clock_offers_go_on_and_the_line_is_looked_at(specialist, now):
    """What nobody took, whose time is over, and what became free by itself."""
    booked(specialist, NINE, ELEVEN)
    first, second, over = (
        waits(specialist),
        waits(specialist),
        waits(specialist, earliest=now, latest=now),
    )
    with time_machine.travel(now, tick=False):
        look_at_the_line.enqueue()
        work()
    states = [(state(first), state(second), state(over))]

    with time_machine.travel(now + 2 * HOUR, tick=False):
        pass_offers_on.enqueue()
        work()
    states.append((state(first), state(second), state(over)))

    assert states == [("offered", "waiting", "waiting"), ("waiting", "offered", "expired")]
    assert failures() == {}
