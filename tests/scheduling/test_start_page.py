"""What the back office starts with. It is Tuesday 2026-12-01, 08:00 UTC, unless a test says so."""

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.admin import start_page
from scheduling.models import Booking, BookingStatus
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

LIST = "/admin/scheduling/booking/"
PENDING, CONFIRMED, CANCELLED, COMPLETED, NO_SHOW = BookingStatus
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def reception(frozen, client):
    """In Berlin, signed in."""
    return sign_in(client, "Europe/Berlin")


def sign_in(client, zone):
    user = ReceptionistFactory(time_zone=zone)
    client.force_login(user)
    return user


def at(month, day, hour, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def today(hour, minute=0):
    return at(12, 1, hour, minute)


def start(client):
    return client.get(reverse("admin:index")).context["start"]


def calendar_page(booking):
    """Where it is confirmed, moved and cancelled."""
    return reverse("admin:scheduling_booking_calendar_show", args=[booking.pk])


def change_page(row):
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=[row.pk])


def numbers_and_links(page):
    """Every number of the page, and the list to which it leads."""
    entries = [
        page["today"],
        *page["today"]["statuses"],
        *page["today"]["groups"],
        page["waiting"],
        *page["weeks"]["missed"],
        *page["weeks"]["lines"],
        *(cell for week in page["weeks"]["lines"] for cell in week["cells"]),
    ]
    return [(entry["number"], entry["link"]) for entry in entries]


def rows_of(link, user):
    """How many rows the list at `link` has for `user`."""
    request = RequestFactory().get(link)
    request.user = user
    return admin.site.get_model_admin(Booking).get_changelist_instance(request).result_count


# --- Today --------------------------------------------------------------------------------------


def test_bookings_of_today_stand_under_their_specialist_in_order_of_time(client, reception):
    zoe, anna = SpecialistFactory(name="Zoe"), SpecialistFactory(name="Anna")
    massage = ServiceFactory(name="Massage", specialists=[anna])
    late = BookingFactory(specialist=anna, starts_at=today(14), client_name="Late")
    early = BookingFactory(
        specialist=anna, starts_at=today(9), client_name="Early", service=massage, status=PENDING
    )
    BookingFactory(specialist=zoe, starts_at=today(10), status=CANCELLED)

    found = start(client)["today"]

    assert [(group["name"], group["number"]) for group in found["groups"]] == [
        ("Anna", 2), ("Zoe", 1)
    ]  # fmt: skip
    assert found["groups"][0]["lines"] == [
        {
            "time": "10:00–11:00",
            "day": "",
            "client": "Early",
            "service": "Massage",
            "status": start_page.badge(PENDING),
            "link": calendar_page(early),
            "when": "coming",
            "off": False,
            "after_now": True,
        },
        {
            "time": "15:00–16:00",
            "day": "",
            "client": "Late",
            "service": "No service",
            "status": start_page.badge(CONFIRMED),
            "link": calendar_page(late),
            "when": "coming",
            "off": False,
        },
    ]
    assert {each["label"]: each["number"] for each in found["statuses"]} == {
        "pending": 1, "confirmed": 1, "cancelled": 1
    }  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        pytest.param("Europe/Berlin", at(11, 30, 23), at(12, 1, 22, 59), id="ahead of UTC"),
        pytest.param("America/Los_Angeles", at(12, 1, 8), at(12, 2, 7, 59), id="just begun"),
        pytest.param("Pacific/Auckland", at(11, 30, 11), at(12, 1, 10, 59), id="late at night"),
        pytest.param("Asia/Kathmandu", at(11, 30, 18, 15), at(12, 1, 18, 14), id="by quarters"),
    ],
)
def test_today_is_the_day_of_whoever_looks(frozen, client, zone, first, last):
    sign_in(client, zone)
    minute = timedelta(minutes=1)
    for name, starts_at in {
        "before": first - minute, "first": first, "last": last, "after": last + minute
    }.items():  # fmt: skip
        BookingFactory(starts_at=starts_at, client_name=name, specialist__name=name)

    groups = start(client)["today"]["groups"]

    assert {group["name"] for group in groups} == {"first", "last"}


def test_times_are_the_specialists_and_say_so_where_theirs_is_another_clock(client, reception):
    here = SpecialistFactory(name="Here", time_zone="Europe/Berlin")
    there = SpecialistFactory(name="There", time_zone="Asia/Tokyo")
    BookingFactory(specialist=here, starts_at=today(16))
    BookingFactory(specialist=there, starts_at=today(16))

    groups = start(client)["today"]["groups"]

    assert [
        (group["name"], group["zone"], group["clock"], line["day"], line["time"])
        for group in groups
        for line in group["lines"]
    ] == [
        ("Here", "", "09:00", "", "17:00–18:00"),
        ("There", "Asia/Tokyo", "17:00", "Wed 02 Dec", "01:00–02:00"),
    ]


@pytest.mark.parametrize(
    ("starts", "lines", "over"),
    [
        pytest.param([9, 10], [("coming", True), ("coming", False)], False, id="before all"),
        pytest.param([6, 10], [("past", False), ("coming", True)], False, id="in a gap"),
        pytest.param([8, 9], [("running", False), ("coming", False)], False, id="in the first"),
        pytest.param([7, 9], [("past", False), ("coming", True)], False, id="one ends now"),
        pytest.param([5, 6], [("past", False), ("past", False)], True, id="after all"),
    ],
)
def test_now_is_marked_among_the_bookings(client, reception, starts, lines, over):
    anna = SpecialistFactory()
    for hour in starts:
        BookingFactory(specialist=anna, starts_at=today(hour))

    (group,) = start(client)["today"]["groups"]

    assert [(line["when"], line.get("after_now", False)) for line in group["lines"]] == lines
    assert group["over"] is over


def test_a_cancelled_booking_is_never_going_on(client, reception):
    BookingFactory(starts_at=today(7, 30), status=CANCELLED)

    (group,) = start(client)["today"]["groups"]

    assert [(line["when"], line["off"]) for line in group["lines"]] == [("coming", True)]


def test_specialists_who_are_gone_keep_their_bookings_of_today(client, reception):
    gone = BookingFactory(starts_at=today(9), specialist__name="Gone").specialist
    gone.delete()

    assert [group["name"] for group in start(client)["today"]["groups"]] == ["Gone"]


def test_thirty_specialists_are_shown_and_the_others_counted(client, reception):
    for _ in range(32):
        BookingFactory(starts_at=today(9))

    found = start(client)["today"]

    assert (len(found["groups"]), found["more"], found["number"]) == (30, 2, 32)
    assert "And 2 more specialists" in client.get(reverse("admin:index")).text


# --- What waits ---------------------------------------------------------------------------------


def test_requests_wait_from_today_on_with_the_soonest_first(client, reception):
    anna = SpecialistFactory(name="Anna", time_zone="America/New_York")
    for name, starts_at in {
        "next week": at(12, 8, 15), "begun": today(7), "tomorrow": at(12, 2, 15),
        "yesterday": at(11, 30, 22),
    }.items():  # fmt: skip
        BookingFactory(specialist=anna, starts_at=starts_at, client_name=name, status=PENDING)
    BookingFactory(specialist=anna, starts_at=at(12, 2, 9), status=CONFIRMED)

    found = start(client)["waiting"]

    assert [
        (line["client"], line["time"], line["zone"], line["overdue"]) for line in found["lines"]
    ] == [
        ("begun", "Tue 01 Dec, 02:00", "America/New_York", True),
        ("tomorrow", "Wed 02 Dec, 10:00", "America/New_York", False),
        ("next week", "Tue 08 Dec, 10:00", "America/New_York", False),
    ]
    assert (found["number"], found["more"]) == (3, 0)


def test_ten_requests_are_shown_and_the_others_counted(client, reception):
    for day in range(2, 14):
        BookingFactory(starts_at=at(12, day, 9), status=PENDING)

    found = start(client)["waiting"]

    assert (len(found["lines"]), found["number"], found["more"]) == (10, 12, 2)


# --- What is free -------------------------------------------------------------------------------


def free(client):
    return {
        line["name"]: (line["time"], line["spans"], line["zone"])
        for line in start(client)["free"]["lines"]
    }


def test_free_time_is_what_is_open_from_now_on_and_not_taken(client, reception):
    anna = SpecialistFactory(name="Anna")
    ScheduleFactory(specialist=anna, weekday=1, start_time=time(8), end_time=time(14))
    BookingFactory(
        specialist=anna, starts_at=today(10), ends_at=today(11), occupied_ends_at=today(11, 15)
    )
    BookingFactory(specialist=anna, starts_at=today(9), ends_at=today(10), status=CANCELLED)
    AvailabilityFactory(
        specialist=anna, starts_at=today(12), ends_at=today(12, 30), is_available=False
    )

    assert free(client) == {"Anna": ("3 h 15 min", "09:00–11:00, 12:15–13:00, 13:30–14:00", "")}


def test_free_time_ends_with_the_day_of_whoever_looks(client, reception):
    tokyo = SpecialistFactory(name="Tokyo", time_zone="Asia/Tokyo")
    AvailabilityFactory(specialist=tokyo, starts_at=today(22), ends_at=at(12, 2, 2))

    assert free(client) == {"Tokyo": ("1 h", "07:00–08:00", "Asia/Tokyo")}


def test_nobody_is_free_who_is_away_booked_out_inactive_or_gone(client, reception):
    away, booked, inactive, gone = (SpecialistFactory() for _ in range(4))
    for person in (away, booked, inactive, gone):
        ScheduleFactory(specialist=person, weekday=1, start_time=time(9), end_time=time(12))
    DayOffFactory(specialist=away, date=date(2026, 12, 1))
    BookingFactory(specialist=booked, starts_at=today(8), ends_at=today(11))
    type(inactive).objects.filter(pk=inactive.pk).update(is_active=False)
    gone.delete()

    assert free(client) == {}


# --- Weeks --------------------------------------------------------------------------------------


def test_weeks_count_bookings_by_status_and_how_much_of_the_open_time_they_take(client, reception):
    anna = SpecialistFactory()
    ScheduleFactory(specialist=anna, weekday=0, start_time=time(9), end_time=time(17))
    for hour, status in ((8, COMPLETED), (9, COMPLETED), (10, NO_SHOW), (11, CANCELLED)):
        BookingFactory(specialist=anna, starts_at=at(11, 23, hour), status=status)

    weeks = start(client)["weeks"]

    assert [(week["name"], week["number"], week["use"]) for week in weeks["lines"]] == [
        ("12 Oct – 18 Oct", 0, "0 %"),
        ("19 Oct – 25 Oct", 0, "0 %"),
        ("26 Oct – 01 Nov", 0, "0 %"),
        ("02 Nov – 08 Nov", 0, "0 %"),
        ("09 Nov – 15 Nov", 0, "0 %"),
        ("16 Nov – 22 Nov", 0, "0 %"),
        ("23 Nov – 29 Nov", 4, "38 %"),
        ("30 Nov – 06 Dec", 0, "0 %"),
    ]
    assert weeks["lines"][6]["hours"] == "3 h booked of 8 h open"
    assert [cell["number"] for cell in weeks["lines"][6]["cells"]] == [2, 0, 0, 1, 1]
    assert {
        bar["label"]: bar["data"] for bar in json.loads(weeks["chart"])["datasets"]
    } == {
        "Completed": [0, 0, 0, 0, 0, 0, 2, 0],
        "Confirmed": [0, 0, 0, 0, 0, 0, 0, 0],
        "Pending": [0, 0, 0, 0, 0, 0, 0, 0],
        "No-show": [0, 0, 0, 0, 0, 0, 1, 0],
        "Cancelled": [0, 0, 0, 0, 0, 0, 1, 0],
    }  # fmt: skip
    assert json.loads(weeks["use_chart"])["datasets"][0]["data"] == [0, 0, 0, 0, 0, 0, 38, 0]


def test_weeks_are_an_hour_longer_or_shorter_when_clocks_change(client):
    night = SpecialistFactory(time_zone="Europe/Berlin")
    ScheduleFactory(specialist=night, weekday=6, start_time=time(0), end_time=time(4))
    BookingFactory(specialist=night, starts_at=at(10, 24, 22), ends_at=at(10, 25, 3))
    BookingFactory(specialist=night, starts_at=at(3, 28, 23), ends_at=at(3, 29, 2))

    found = []
    for now in (at(3, 31, 8), at(10, 27, 8)):
        with time_machine.travel(now, tick=False):
            sign_in(client, "Europe/Berlin")
            found.append([week["hours"] for week in start(client)["weeks"]["lines"]][-3:-1])

    assert found == [
        ["0 min booked of 4 h open", "3 h booked of 3 h open"],
        ["0 min booked of 4 h open", "5 h booked of 5 h open"],
    ]


@pytest.mark.parametrize(
    ("zone", "monday"),
    [
        pytest.param("UTC", at(11, 30, 0), id="at midnight of UTC"),
        pytest.param("America/New_York", at(11, 30, 5), id="later"),
        pytest.param("Pacific/Auckland", at(11, 29, 11), id="earlier"),
    ],
)
def test_this_week_is_that_of_whoever_looks(frozen, client, zone, monday):
    sign_in(client, zone)
    week, minute = timedelta(days=7), timedelta(minutes=1)
    for starts_at in (monday - minute, monday, monday + week - minute, monday + week):
        BookingFactory(starts_at=starts_at, ends_at=starts_at + minute, status=CANCELLED)
    BookingFactory(starts_at=monday, status=NO_SHOW)

    missed = start(client)["weeks"]["missed"]

    assert [(each["label"], each["number"]) for each in missed] == [
        ("Cancelled this week", 2), ("No-shows this week", 1)
    ]  # fmt: skip


def test_a_share_of_nothing_is_none(client, reception):
    BookingFactory(starts_at=at(11, 25, 9))

    weeks = start(client)["weeks"]["lines"]

    assert [week["use"] for week in weeks] == [None] * 8


# --- Links --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland", "Asia/Kathmandu"]
)
@pytest.mark.parametrize("now", [at(12, 1, 8), at(10, 26, 8)], ids=["winter", "clocks changed"])
def test_every_number_is_that_of_the_rows_in_the_list_it_leads_to(client, zone, now):
    anna, ben = SpecialistFactory(), SpecialistFactory()
    for number in range(400):
        BookingFactory(
            specialist=(anna, ben)[number % 2],
            client=None,
            starts_at=now + (number - 200) * timedelta(hours=7),
            ends_at=now + (number - 200) * timedelta(hours=7) + HALF_HOUR,
            status=BookingStatus.values[number % 5],
        )
    with time_machine.travel(now, tick=False):
        user = sign_in(client, zone)

        shown = numbers_and_links(start(client))
        rows = [rows_of(link, user) for _, link in shown]

    assert [number for number, _ in shown] == rows
    assert sum(rows) > 0


def test_a_link_says_exactly_what_it_filters_by(client, reception):
    anna = BookingFactory(starts_at=today(9), status=PENDING).specialist

    page = start(client)

    day = "starts_at_from=2026-12-01&starts_at_to=2026-12-01"
    assert page["today"]["link"] == f"{LIST}?{day}"
    assert page["today"]["statuses"][0]["link"] == f"{LIST}?{day}&status__exact=pending"
    assert page["today"]["groups"][0]["link"] == f"{LIST}?{day}&specialist__id__exact={anna.pk}"
    assert page["waiting"]["link"] == f"{LIST}?status__exact=pending&starts_at_from=2026-12-01"


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "tomorrow"])
def test_the_list_survives_every_day_that_can_be_asked_for(frozen, client, zone, day):
    sign_in(client, zone)

    answer = client.get(LIST, {"starts_at_from": day, "starts_at_to": day})

    assert answer.status_code == 200


# --- Who sees it --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "sees"),
    [
        pytest.param(StaffFactory, True, id="manager"),
        pytest.param(ReceptionistFactory, True, id="receptionist"),
        pytest.param(AuditorFactory, True, id="auditor"),
        pytest.param(lambda: StaffFactory(groups=[]), False, id="staff without rights"),
    ],
)
def test_figures_are_for_who_may_view_bookings(frozen, client, make, sees):
    BookingFactory(starts_at=today(9), client_name="Kim Secret")
    client.force_login(make())

    answer = client.get(reverse("admin:index"))

    assert ("start" in answer.context) is sees
    assert ("Kim Secret" in answer.text) is sees


def test_specialists_are_linked_for_who_may_view_them(frozen, client):
    anna = SpecialistFactory()
    ScheduleFactory(specialist=anna, weekday=1)
    clerk = StaffFactory(groups=[])
    clerk.user_permissions.add(Permission.objects.get(codename="view_booking"))

    links = []
    for user in (clerk, ReceptionistFactory()):
        client.force_login(user)
        links += [line["link"] for line in start(client)["free"]["lines"]]

    assert links == [None, change_page(anna)]


def test_clients_are_not_shown_it(client):
    client.force_login(UserFactory())

    assert client.get(reverse("admin:index")).status_code == 302


# --- Nothing to show ----------------------------------------------------------------------------


def test_what_is_empty_says_what_to_do(client, reception):
    text = client.get(reverse("admin:index")).text

    assert "No bookings today." in text
    assert f'href="{LIST}?starts_at_from=2026-12-02"' in text
    assert "Nobody waits for an answer." in text
    assert "A manager adds specialists and their weekly hours." in text
    assert "No bookings in these weeks." in text


def test_who_may_open_hours_is_led_there_when_nobody_is_free(client, reception):
    SpecialistFactory()

    text = client.get(reverse("admin:index")).text

    assert "Nobody has free time left today." in text
    assert reverse("admin:scheduling_availability_add") in text


def test_a_manager_is_led_to_the_first_specialist(frozen, client):
    client.force_login(StaffFactory())

    assert reverse("admin:scheduling_specialist_add") in client.get(reverse("admin:index")).text


def test_names_are_text_and_never_markup(client, reception):
    BookingFactory(starts_at=today(9), client_name="<script>x</script>")

    text = client.get(reverse("admin:index")).text

    assert "&lt;script&gt;x&lt;/script&gt;" in text
    assert "<script>x" not in text


# --- Speed --------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow_with_the_specialists(client, reception):
    numbers = []
    for count in (1, 29):
        for _ in range(count):
            person = SpecialistFactory()
            ScheduleFactory(specialist=person, weekday=1)
            service = ServiceFactory(specialists=[person])
            for hour, status in ((9, CONFIRMED), (10, PENDING)):
                BookingFactory(
                    specialist=person, service=service, starts_at=today(hour), status=status
                )
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = start(client)
        numbers.append((len(found["today"]["groups"]), len(queries)))

    assert Booking.objects.count() == 60
    assert numbers == [(1, 16), (30, 16)]
