"""The calendar of the back office: what it shows, and what is booked and changed from it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.http import urlencode

from audit.models import AdminLog
from scheduling import services
from scheduling.models import Booking, BookingEvent
from scheduling.queries import Wish
from tests.factories import (
    AuditorFactory,
    AvailabilityFactory,
    BookingFactory,
    DayOffFactory,
    ReceptionistFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 12, 7)
HOUR = timedelta(hours=1)
# The specialist works from nine to noon in Berlin.
NINE, TEN, ELEVEN = (datetime(2026, 12, 7, hour, tzinfo=UTC) for hour in (8, 9, 10))
EVENING = datetime(2026, 12, 7, 18, tzinfo=UTC)
BACK = "date=2026-12-07"
NOBODY = "01a1fe93-a1e2-76a2-bac1-113e5ea43fcb"


@pytest.fixture
def desk(client, frozen):
    """Somebody at the reception, whose clock is Berlin's."""
    user = ReceptionistFactory(time_zone="Europe/Berlin")
    client.force_login(user)
    return user


def page(name, **kwargs):
    return reverse(f"admin:scheduling_booking_{name}", kwargs=kwargs)


def see(client, **query):
    return client.get(page("calendar"), {"date": MONDAY, **query})


def blocks(column):
    """What stands in a column: its time, and whose it is; nobody's is free."""
    return [
        (block.times, block.booking.client_name if block.booking else None)
        for block in column.blocks
    ]


def columns(response):
    return [column for board in response.context["boards"] for column in board.columns]


def shades(column):
    return [(shade.kind, *shade.place, shade.text) for shade in column.shades]


def told(response):
    return [(message.level_tag, str(message)) for message in get_messages(response.wsgi_request)]


def booking_page(specialist, starts_at=NINE, service=None, **more):
    asked = {
        "specialist": specialist.pk,
        "service": service.pk if service else "",
        "starts_at": starts_at.isoformat(),
        "back": BACK,
        **more,
    }
    return f"{page('calendar_book')}?{urlencode(asked)}"


def order(who="new", starts_at=NINE, **more):
    guest = {"name": "Ida Falk", "email": "ida@example.com", "phone": ""} if who == "new" else {}
    return {"who": who, "starts_at": starts_at.isoformat(), "notes": "", **guest, **more}


def booked(specialist, starts_at=NINE, **fields):
    return BookingFactory(specialist=specialist, starts_at=starts_at, **fields)


def bookings():
    return [
        (row.specialist, row.starts_at, row.client, row.client_name, row.client_email, row.status)
        for row in Booking.objects.all()
    ]


def verb(booking, name):
    address = page("calendar_verb", pk=booking.pk, verb=name)
    return f"{address}?{urlencode({'back': BACK})}"


def offered(response):
    return [starts_at for starts_at, *_ in response.context["alternatives"]]


# --- What it shows ------------------------------------------------------------------------------


def test_a_day_shows_everybody_side_by_side_with_bookings_and_free_slots(client, desk, specialist):
    other = SpecialistFactory(name="Bo Lind")
    booked(specialist, TEN, client_name="Kim Berger")

    found = columns(see(client))

    assert [(column.specialist, blocks(column)) for column in found] == [
        (specialist, [("09:00–10:00", None), ("10:00–11:00", "Kim Berger"), ("11:00–12:00", None)]),
        (other, []),
    ]


def test_the_free_slots_are_those_of_the_service_and_only_who_offers_it_is_there(
    client, desk, specialist
):
    SpecialistFactory(name="Bo Lind")
    service = ServiceFactory(duration_minutes=90, slot_step_minutes=60, specialists=[specialist])

    found = columns(see(client, service=service.pk))

    assert [(column.specialist, blocks(column)) for column in found] == [
        (specialist, [("09:00–10:30", None), ("10:00–11:30", None)])
    ]
    assert [block.place for block in found[0].blocks] == [(540, 600), (600, 690)]


def test_closed_off_and_blocked_time_and_buffers_are_shaded(client, desk, specialist):
    booked(specialist, TEN, occupied_ends_at=TEN + timedelta(minutes=75))
    blocked = {"starts_at": ELEVEN + HOUR / 2, "ends_at": ELEVEN + HOUR, "reason": "Dentist"}
    AvailabilityFactory(specialist=specialist, is_available=False, **blocked)

    monday = shades(columns(see(client))[0])
    DayOffFactory(specialist=specialist, date=MONDAY, reason="Moving house")
    off = shades(columns(see(client))[0])

    assert monday == [
        ("closed", 0, 540, ""),
        ("closed", 720, 1440, ""),
        ("blocked", 690, 720, "Dentist"),
        ("buffer", 660, 675, ""),
    ]
    assert ("off", 0, 1440, "Moving house") in off


def test_times_are_the_specialists_own_at_the_height_of_the_viewers_clock(client, desk):
    abroad = SpecialistFactory(time_zone="America/New_York")
    ScheduleFactory(specialist=abroad, start_time=time(9), end_time=time(10))

    (column,) = columns(see(client))

    assert (column.clock, column.other_clock) == ("America/New_York -05:00", True)
    assert [(block.times, block.place) for block in column.blocks] == [("09:00–10:00", (900, 960))]


def test_the_clock_of_a_colleague_is_not_another_one(client, desk, specialist):
    (column,) = columns(see(client))

    assert (column.clock, column.other_clock) == ("Europe/Berlin +01:00", False)


def test_on_the_night_of_a_clock_change_every_hour_has_its_place(client, desk):
    person = SpecialistFactory()
    ScheduleFactory(specialist=person, weekday=6, start_time=time(0), end_time=time(4))
    before = datetime(2027, 10, 30, 8, tzinfo=UTC)
    BookingFactory(specialist=person, starts_at=before)

    spring = see(client, date="2027-03-28")
    (column,) = columns(spring)

    assert [block.times for block in column.blocks] == [
        "00:00–01:00", "01:00–03:00", "03:00–04:00",
    ]  # fmt: skip
    assert ("missing", 120, 180, "Clock change") in shades(column)
    assert column.clock == "Europe/Berlin +01:00 / +02:00"


def test_a_week_is_a_board_for_each_specialist_with_days_across(client, desk, specialist):
    booked(specialist, NINE, client_name="Kim Berger")

    response = see(client, view="week", date="2026-12-10")

    (board,) = response.context["boards"]
    assert [column.day for column in board.columns] == [
        MONDAY + timedelta(days=n) for n in range(7)
    ]
    assert [blocks(column) for column in board.columns] == [
        [("09:00–10:00", "Kim Berger"), ("10:00–11:00", None), ("11:00–12:00", None)],
        *[[]] * 6,
    ]


def test_cancelled_bookings_are_shown_to_who_asks_beside_what_took_their_place(
    client, desk, specialist
):
    booked(specialist, NINE, status="cancelled", client_name="Ann")
    booked(specialist, NINE, client_name="Ben")

    usual, asked = (columns(see(client, **query))[0] for query in ({}, {"cancelled": "on"}))

    assert blocks(usual)[0] == ("09:00–10:00", "Ben")
    assert sorted((block.lane, block.lanes) for block in asked.blocks if block.booking) == [
        (0, 2),
        (1, 2),
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param({}, ["Anna Roth", "Bo Lind"], id="everybody"),
        pytest.param({"q": "lind bo"}, ["Bo Lind"], id="by name"),
        pytest.param({"specialization": "Yoga"}, ["Bo Lind"], id="by specialization"),
        pytest.param({"q": "roth", "specialization": "Yoga"}, [], id="both"),
        pytest.param({"page": "x", "date": "never", "service": "1"}, ["Anna Roth", "Bo Lind"],
                     id="what is wrong counts as not given"),
    ],
)  # fmt: skip
def test_filters_leave_whom_they_name(client, desk, specialist, query, names):
    SpecialistFactory(name="Bo Lind", specialization="Yoga")

    response = see(client, **query)

    assert [column.specialist.name for column in columns(response)] == names


def test_specialists_come_twelve_at_a_time(client, desk):
    for number in range(14):
        SpecialistFactory(name=f"Nr {number:02}")

    pages = [[column.specialist.name for column in columns(see(client, page=n))] for n in (1, 2)]

    assert [len(names) for names in pages] == [12, 2]
    assert pages[1] == ["Nr 12", "Nr 13"]


def test_the_days_before_and_after_keep_the_filters(client, desk, specialist):
    context = see(client, q="Roth").context

    assert (context["previous"], context["next"]) == (
        "?date=2026-12-06&q=Roth",
        "?date=2026-12-08&q=Roth",
    )


@pytest.mark.parametrize("day", ["2000-01-01", "2100-12-31", "0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("view", ["day", "week"])
def test_the_ends_of_time_are_pages_too(client, desk, specialist, day, view):
    assert see(client, date=day, view=view).status_code == 200


@pytest.mark.parametrize("view", ["day", "week"])
def test_it_takes_the_same_queries_for_one_specialist_and_for_twenty(client, desk, view):
    service = ServiceFactory()
    counts = []
    for number in range(1, 21):
        person = SpecialistFactory()
        service.specialists.add(person)
        ScheduleFactory(specialist=person)
        booked(person, TEN, service=service)
        DayOffFactory(specialist=person, date=MONDAY + timedelta(days=1))
        if number in (1, 20):
            see(client)
            with CaptureQueriesContext(connection) as queries:
                see(client, service=service.pk, view=view)
            counts.append(len(queries))

    assert counts == [16, 16]


# --- Who may ------------------------------------------------------------------------------------


def test_pages_are_for_staff_with_the_permission_of_what_they_do(client, frozen, specialist):
    booking = booked(specialist)
    pages = [
        page("calendar"),
        page("calendar_show", pk=booking.pk),
        booking_page(specialist),
        page("calendar_people"),
        page("calendar_move", pk=booking.pk),
    ]
    visitors = [
        UserFactory(), AuditorFactory(), ReceptionistFactory(), StaffFactory(groups=[]),
    ]  # fmt: skip

    answers = []
    for visitor in visitors:
        client.force_login(visitor)
        answers.append([client.get(address).status_code for address in pages])

    assert answers == [
        [302] * 5,
        [200, 200, 403, 403, 403],
        [200] * 5,
        [403] * 5,
    ]


def test_who_may_only_look_finds_nothing_to_press(client, frozen, specialist):
    booking = booked(specialist, TEN)
    client.force_login(AuditorFactory())

    calendar, facts = see(client), client.get(page("calendar_show", pk=booking.pk))

    assert page("calendar_book") not in calendar.content.decode()
    assert (facts.context["actions"], facts.context["may_cancel"]) == ([], False)


def test_nothing_is_changed_by_who_may_only_look(client, frozen, specialist):
    booking = booked(specialist, TEN)
    client.force_login(AuditorFactory())

    answers = [
        client.post(booking_page(specialist), order()).status_code,
        client.post(verb(booking, "cancel"), {"reason": "x", "version": 1}).status_code,
        client.post(page("calendar_move", pk=booking.pk), {}).status_code,
        client.post(page("calendar_hand_over", pk=booking.pk), {}).status_code,
    ]

    assert (answers, Booking.objects.count(), BookingEvent.objects.count()) == ([403] * 4, 1, 0)


def test_a_change_needs_a_post_with_the_token_of_the_page(frozen, specialist):
    booking = booked(specialist, TEN, status="pending")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ReceptionistFactory())

    answers = [
        strict.get(verb(booking, "confirm")).status_code,
        strict.post(verb(booking, "confirm"), {"version": 1}).status_code,
        strict.post(booking_page(specialist), order()).status_code,
    ]

    assert (answers, BookingEvent.objects.count()) == ([405, 403, 403], 0)


def test_the_menu_and_the_list_lead_to_the_calendar(client, desk):
    menu = client.get(reverse("admin:index")).content.decode()
    listed = client.get(reverse("admin:scheduling_booking_open_calendar"))

    assert f'href="{page("calendar")}"' in menu
    assert listed.url == page("calendar")


# --- Whom it is for -----------------------------------------------------------------------------


def people(client, text):
    response = client.get(page("calendar_people"), {"q": text})
    return [(person.name, person.key.split(":")[0]) for person in response.context["people"]]


@pytest.mark.parametrize(
    "text",
    ["mia ot", "OTT", "mia@", "0170 123", "+49 (170) 12", "0049-170/1234", "170.12345"],
)
def test_users_are_found_by_name_email_or_some_of_the_number(client, desk, text):
    UserFactory(first_name="Mia", last_name="Ott", email="mia@x.example", phone="+49 170 12345-67")

    assert people(client, text) == [("Mia Ott", "user")]


def test_guests_of_earlier_bookings_are_found_once(client, desk):
    for number in range(3):
        starts_at = NINE + number * timedelta(days=1)
        guest = {"client_name": "Gil Moor", "client_email": "gil@x.example"}
        BookingFactory(client=None, client_phone="030/55 66 77", starts_at=starts_at, **guest)

    assert people(client, "gil") == people(client, "30 5566") == [("Gil Moor", "guest")]


@pytest.mark.parametrize("text", ["", "m", " ", "\0", "nobody of this name"])
def test_too_little_finds_nobody(client, desk, text):
    UserFactory(first_name="Mia")

    assert people(client, text) == []


def test_accounts_that_are_closed_and_those_one_may_not_see_are_not_found(client, frozen):
    UserFactory(first_name="Mia", is_active=False)
    seen = UserFactory(first_name="Mia")
    viewer = ReceptionistFactory()
    viewer.groups.first().permissions.remove(
        *viewer.groups.first().permissions.filter(codename="view_user")
    )
    client.force_login(viewer)

    blind = people(client, "mia")
    client.force_login(StaffFactory())

    assert (blind, people(client, "mia")) == ([], [(seen.get_full_name(), "user")])


# --- Booking ------------------------------------------------------------------------------------


def test_a_free_slot_is_booked_for_a_user(client, desk, specialist):
    mia = UserFactory(first_name="Mia", last_name="Ott", email="mia@x.example")

    response = client.post(booking_page(specialist), order(f"user:{mia.pk}", notes="Called"))

    (booking,) = Booking.objects.all()
    assert response.url == f"{page('calendar')}?{BACK}"
    assert told(response) == [
        (
            "success",
            "Booked Mon 07 Dec 2026, 09:00 (Europe/Berlin +01:00) with Anna Roth for Mia Ott: "
            f"reference {booking.reference}.",
        )
    ]
    assert bookings() == [(specialist, NINE, mia, "Mia Ott", "mia@x.example", "confirmed")]
    assert booking.notes == "Called"
    assert [(event.actor, event.by) for event in BookingEvent.objects.all()] == [(desk, "staff")]


def test_a_free_slot_is_booked_for_a_guest_who_came_before(client, desk, specialist):
    earlier = BookingFactory(client=None, client_name="Gil", client_email="gil@x.example")
    service = ServiceFactory(duration_minutes=90, specialists=[specialist])

    client.post(booking_page(specialist, service=service), order(f"guest:{earlier.pk}"))

    (booking,) = Booking.objects.filter(specialist=specialist)
    assert (booking.client, booking.client_name, booking.client_email, booking.service) == (
        None, "Gil", "gil@x.example", service,
    )  # fmt: skip
    assert booking.ends_at == NINE + timedelta(minutes=90)


@pytest.mark.parametrize("who", ["new", ""])
def test_a_free_slot_is_booked_for_somebody_new(client, desk, specialist, who):
    client.post(booking_page(specialist), order() | {"who": who})

    assert bookings() == [(specialist, NINE, None, "Ida Falk", "ida@example.com", "confirmed")]


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        pytest.param(
            {"who": ""}, {"who": ["Choose who it is for."]}, id="nobody"
        ),
        pytest.param(
            {"who": "new", "name": "Ida"},
            {"email": ["Somebody new gives a name and an email address."]},
            id="no address",
        ),
        pytest.param(
            {"who": f"user:{NOBODY}"},
            {"who": ["This person is not there any more: search again."]},
            id="somebody who has gone",
        ),
        pytest.param(
            {"who": f"user:{NOBODY}", "name": "Ida"},
            {"who": ["Choose: who was found, or somebody new."]},
            id="two people",
        ),
    ],
)  # fmt: skip
def test_an_order_names_exactly_one_person(client, desk, specialist, form, errors):
    response = client.post(booking_page(specialist), {"starts_at": NINE.isoformat(), **form})

    assert (response.context["form"].errors, bookings()) == (errors, [])


def test_what_was_found_is_still_there_after_a_refusal(client, desk, specialist):
    UserFactory(first_name="Mia")
    UserFactory(first_name="Mia")

    response = client.post(
        booking_page(specialist), {"who": "", "starts_at": NINE.isoformat(), "q": "mia"}
    )

    assert (len(response.context["people"]), response.context["q"]) == (2, "mia")


def test_a_slot_that_was_taken_meanwhile_is_refused_with_others_to_click(client, desk, specialist):
    booked(specialist, NINE)

    refused = client.post(booking_page(specialist), order())
    accepted = client.post(booking_page(specialist), order(starts_at=offered(refused)[2]))

    assert [str(message) for message in refused.context["messages"]] == [
        "Not booked. This time is taken."
    ]
    assert accepted.url == f"{page('calendar')}?date=2026-12-14"
    assert offered(refused)[1:3] == [ELEVEN, TEN + timedelta(days=7) - HOUR]
    assert refused.context["may_overrule"] is False
    assert 'value="Ida Falk"' in refused.content.decode()
    assert bookings()[1][1] == NINE + timedelta(days=7)


def test_staff_book_outside_hours_only_with_a_reason(client, desk, specialist):
    address = booking_page(specialist, EVENING)

    plain = client.post(address, order(starts_at=EVENING))
    silent = client.post(address, order(starts_at=EVENING, anyway="1"))
    spoken = client.post(address, order(starts_at=EVENING, anyway="1", reason="An old friend"))

    assert [response.status_code for response in (plain, silent, spoken)] == [200, 200, 302]
    assert [row[1] for row in bookings()] == [EVENING]
    assert [event.reason for event in BookingEvent.objects.all()] == [
        "An old friend (set aside: outside_open_hours)"
    ]


def test_nobody_books_over_another_booking(client, desk, specialist):
    booked(specialist, EVENING)

    shown = client.get(booking_page(specialist, EVENING))
    response = client.post(
        booking_page(specialist, EVENING), order(starts_at=EVENING, anyway="1", reason="Please")
    )

    assert (shown.context["taken"], shown.context["may_overrule"]) == (True, False)
    assert (response.status_code, len(bookings())) == (200, 1)


def test_another_time_is_typed_on_the_specialists_clock(client, desk, specialist):
    response = client.get(booking_page(specialist, NINE, local="2026-12-07T19:00"))

    assert (response.context["at"], [reason.code for reason in response.context["reasons"]]) == (
        EVENING,
        ["outside_open_hours"],
    )


def test_a_service_that_is_not_offered_any_more_is_not_booked_as_none(client, desk, specialist):
    service = ServiceFactory(specialists=[specialist])
    address = booking_page(specialist, service=service)
    service.specialists.clear()

    response = client.post(address, order())

    assert (response.status_code, response.context["at"], bookings()) == (200, None, [])


@pytest.mark.parametrize(
    "starts_at", ["", "x", "2026-12-07T09:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00+14:00"]
)
def test_a_time_that_is_none_asks_for_one(client, desk, specialist, starts_at):
    address = f"{page('calendar_book')}?specialist={specialist.pk}"

    shown = client.get(f"{address}&{urlencode({'starts_at': starts_at})}")
    typed = client.get(f"{address}&{urlencode({'local': starts_at})}")
    sent = client.post(address, order() | {"starts_at": starts_at})

    assert [response.status_code for response in (shown, typed, sent)] == [200] * 3
    assert bookings() == []


@pytest.mark.parametrize("key", ["", "x", NOBODY])
def test_a_specialist_who_is_not_there_is_not_found(client, desk, key):
    assert client.get(page("calendar_book"), {"specialist": key}).status_code == 404


# --- One booking --------------------------------------------------------------------------------


def test_the_page_of_a_booking_offers_what_can_be_done_now(client, desk, specialist, now):
    pending = booked(specialist, TEN, status="pending")
    begun = booked(specialist, now - HOUR)
    over = booked(specialist, now - 24 * HOUR, status="completed")

    offers = [
        [label for label, _ in context["actions"]] + ["Cancel"] * context["may_cancel"]
        for context in (
            client.get(page("calendar_show", pk=booking.pk)).context
            for booking in (pending, begun, over)
        )
    ]

    assert offers == [["Confirm", "Cancel"], ["Took place", "Did not come", "Cancel"], []]


@pytest.mark.parametrize(
    ("name", "before", "after", "words"),
    [
        ("confirm", "pending", "confirmed", "confirmed"),
        ("complete", "confirmed", "completed", "completed"),
        ("no-show", "confirmed", "no_show", "marked as no-show"),
        ("cancel", "confirmed", "cancelled", "cancelled"),
    ],
)
def test_a_verb_is_done_by_its_service_and_leads_back(
    client, desk, specialist, now, name, before, after, words
):
    booking = booked(specialist, now - HOUR, status=before)

    response = client.post(verb(booking, name), {"version": 1, "reason": "Ill"})

    booking.refresh_from_db()
    assert (booking.status, response.url) == (after, f"{page('calendar')}?{BACK}")
    assert told(response) == [("success", f"{booking.reference}: {words}.")]
    assert [event.actor for event in BookingEvent.objects.all()] == [desk]


def test_a_refusal_is_told_on_the_page_of_the_booking(client, desk, specialist):
    booking = booked(specialist, TEN)

    early = client.post(verb(booking, "complete"), {"version": 1})
    stale = client.post(verb(booking, "cancel"), {"version": 7, "reason": "Ill"})

    assert [response.url.split("?")[0] for response in (early, stale)] == [
        page("calendar_show", pk=booking.pk)
    ] * 2
    assert [text for _, text in told(stale)] == [
        f"{booking.reference}: This booking is confirmed and has not started yet.",
        f"{booking.reference}: This booking has changed since you read it: read it again.",
    ]


def test_to_cancel_takes_a_reason(client, desk, specialist):
    booking = booked(specialist, TEN)

    response = client.post(verb(booking, "cancel"), {"version": 1, "reason": " "})

    booking.refresh_from_db()
    assert response.context["form"].errors == {"reason": ["This field is required."]}
    assert booking.status == "confirmed"


def hand_over(client, booking, **given):
    address = page("calendar_hand_over", pk=booking.pk)
    return client.post(f"{address}?{urlencode({'back': BACK})}", {"version": 1, **given})


def takers(response):
    return [str(other) for other in response.context["hand_over"].fields["specialist"].queryset]


def test_a_booking_is_handed_over_to_who_is_free_with_a_reason(client, desk, specialist):
    booking, bo, _ = booked(specialist, TEN), *(
        ScheduleFactory(specialist=SpecialistFactory(name=name)).specialist for name in ("Bo", "Cy")
    )  # fmt: skip
    booked(SpecialistFactory(name="Busy"), TEN)

    shown = client.get(page("calendar_show", pk=booking.pk))
    silent = hand_over(client, booking, specialist=bo.pk, reason=" ")
    done = hand_over(client, booking, specialist=bo.pk, reason="Ill")

    assert takers(shown) == ["Bo", "Cy"]
    assert silent.context["hand_over"].errors == {"reason": ["This field is required."]}
    assert done.url == f"{page('calendar')}?{BACK}"
    assert told(done) == [("success", f"{booking.reference}: handed over to Bo.")]
    assert Booking.objects.get(pk=booking.pk).specialist == bo
    assert AdminLog.objects.get().action == "booking.handed_over"


def test_who_is_not_free_any_more_gets_no_booking(client, desk, specialist):
    booking, bo = booked(specialist, TEN), SpecialistFactory(name="Bo")
    ScheduleFactory(specialist=bo)
    booked(bo, TEN)

    late = hand_over(client, booking, specialist=bo.pk, reason="Ill")
    stale = hand_over(client, booking, specialist=bo.pk, reason="Ill", version=7)

    assert late.context["hand_over"].errors["specialist"] == [
        "They are not free at this time any more."
    ]
    assert "Nobody else is free at this time" in stale.content.decode()
    assert Booking.objects.get(pk=booking.pk).specialist == specialist


def test_what_is_no_verb_or_no_booking_is_not_found(client, desk, specialist):
    booking = booked(specialist, TEN)

    assert client.post(verb(booking, "delete")).status_code == 404
    assert client.get(page("calendar_show", pk=NOBODY)).status_code == 404


def test_the_history_is_shown(client, desk, specialist, now):
    order = {"client": UserFactory(), "actor": desk, "now": now}
    booking = services.book(wish=Wish(specialist), starts_at=TEN, **order).booking
    services.reschedule(booking=booking, starts_at=NINE, actor=desk, now=now, reason="Earlier")

    history = client.get(page("calendar_show", pk=booking.pk)).context["history"]

    assert [(event.is_move, to[0], event.reason) for event, _, to in history] == [
        (False, "Mon 07 Dec 2026, 10:00", ""),
        (True, "Mon 07 Dec 2026, 09:00", "Earlier"),
    ]


def test_a_hand_over_stands_in_the_history(client, desk, specialist, now):
    booking, other = booked(specialist, TEN), SpecialistFactory(name="Bo Lind")
    services.hand_over(booking=booking, specialist=other, actor=desk, reason="Ill", now=now)

    shown = client.get(page("calendar_show", pk=booking.pk)).content.decode()

    assert "handed over to Bo Lind" in shown


def test_what_is_done_from_the_calendar_is_in_the_log_once(client, desk, specialist):
    client.post(booking_page(specialist), order())
    (booking,) = Booking.objects.all()
    to = {"starts_at": TEN.isoformat(), "reason": "Asked to", "version": 1}
    client.post(moving(booking), to)
    client.post(verb(booking, "cancel"), {"version": 2, "reason": "Ill"})

    entries = AdminLog.objects.order_by("sequence").values_list("actor_id", "resource_id")

    assert list(entries) == [(desk.pk, str(booking.pk))] * 3


# --- Moving -------------------------------------------------------------------------------------


def moving(booking):
    return f"{page('calendar_move', pk=booking.pk)}?{urlencode({'back': BACK})}"


def test_a_booking_is_moved_to_a_slot_of_a_day(client, desk, specialist):
    booking = booked(specialist, NINE)

    shown = client.get(moving(booking))
    to = {"starts_at": TEN.isoformat(), "reason": "Asked to", "version": 1}
    response = client.post(moving(booking), to)

    booking.refresh_from_db()
    assert shown.context["days"][0] == (MONDAY, [(TEN, "10:00"), (ELEVEN, "11:00")])
    assert (booking.starts_at, response.url) == (TEN, f"{page('calendar')}?{BACK}")
    assert told(response) == [
        (
            "success",
            f"{booking.reference}: moved to Mon 07 Dec 2026, 10:00 (Europe/Berlin +01:00).",
        )
    ]


def test_outside_hours_a_move_is_asked_for_twice(client, desk, specialist):
    booking = booked(specialist, NINE)
    to = {"starts_at": "", "local": "2026-12-07T19:00", "reason": "Asked to", "version": 1}

    asked = client.post(moving(booking), to)
    done = client.post(moving(booking), to | {"anyway": "on"})

    booking.refresh_from_db()
    assert [reason.code for reason in asked.context["reasons"]] == ["outside_open_hours"]
    assert asked.context["may_overrule"] is True
    assert (done.status_code, booking.starts_at) == (302, EVENING)


def test_a_move_onto_another_booking_offers_others(client, desk, specialist):
    booking = booked(specialist, NINE)
    booked(specialist, TEN)
    to = {"local": "2026-12-07T10:00", "reason": "Asked to", "version": 1, "anyway": "on"}

    response = client.post(moving(booking), to)

    booking.refresh_from_db()
    assert (booking.starts_at, response.context["may_overrule"]) == (NINE, False)
    assert offered(response)[:2] == [ELEVEN, NINE + timedelta(days=7)]
    assert response.context["form"].data["local"] == ""


def test_a_move_has_one_time_and_a_reason(client, desk, specialist):
    booking = booked(specialist, NINE)
    both = {"starts_at": TEN.isoformat(), "local": "2026-12-07T19:00", "version": 1}

    errors = [
        client.post(moving(booking), form).context["form"].errors
        for form in (both | {"reason": "x"}, {"version": 1, "reason": "x"}, {"version": 1})
    ]

    assert errors == [
        {"__all__": ["Choose a slot or type another time, not both."]},
        {"__all__": ["Choose a time."]},
        {"reason": ["This field is required."]},
    ]


def test_a_move_of_what_has_changed_meanwhile_leads_to_it(client, desk, specialist):
    booking = booked(specialist, NINE)

    response = client.post(
        moving(booking), {"starts_at": TEN.isoformat(), "reason": "x", "version": 9}
    )

    assert response.url.split("?")[0] == page("calendar_show", pk=booking.pk)
