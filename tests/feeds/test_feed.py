"""What a calendar reads under a secret address."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
import vobject
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from coachbot.api.throttles import SHARES_OF_PROCESS
from coachbot.environment import Rate
from coachbot.feeds.models import CalendarFeed
from coachbot.feeds.services import make_feed, switch_off
from scheduling import services
from scheduling.models import Booking
from tests.conftest import NOW
from tests.factories import (
    BookingFactory,
    DayOffFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NINE, TEN, ELEVEN = (datetime(2026, 12, 7, hour, tzinfo=UTC) for hour in (8, 9, 10))


@pytest.fixture
def anna():
    """A specialist who signs in."""
    user = UserFactory(user_type="specialist")
    return SpecialistFactory(user=user, name="Anna Roth", location="Hall 1, Berlin")


@pytest.fixture
def fresh_counts():
    SHARES_OF_PROCESS.forget()
    yield
    SHARES_OF_PROCESS.forget()


def feed_of(owner):
    return make_feed(owner=owner, actor=StaffFactory(), now=NOW)


def address(feed):
    return f"/calendar/{feed.secret}.ics"


def read(client, owner):
    """What is in the feed of `owner` now, as a strict reader finds it."""
    answer = client.get(address(feed_of(owner)))
    calendar = Calendar.from_ical(answer.content)
    events = calendar.walk("VEVENT")
    assert [name for event in [calendar, *events] for name in event.errors] == []
    return {(str(each["SUMMARY"]), each.decoded("DTSTART")) for each in events}


def test_a_specialist_finds_work_days_off_and_what_they_booked_themselves(client, anna):
    massage = ServiceFactory(name="Massage")
    work = {"specialist": anna, "client_name": "Max Muster", "service": massage}
    BookingFactory(**work, starts_at=NINE, client_phone="+49 30 1234")
    own = SpecialistFactory(name="Ben")
    BookingFactory(specialist=own, client=anna.user, starts_at=TEN, status="pending")
    BookingFactory(starts_at=NINE)
    DayOffFactory(specialist=anna, date=date(2026, 12, 24), reason="Christmas, at last")
    DayOffFactory(specialist=own)
    DayOffFactory(specialist=anna, date=date(2026, 12, 28), is_active=False)

    answer = client.get(address(feed_of(anna.user)))

    calendar = vobject.readOne(answer.content.decode())
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert [
        (
            *(event.dtstart.value, event.dtend.value, event.summary.value),
            *(getattr(event, "status", None) and event.status.value,),
        )
        for event in calendar.vevent_list
    ] == [
        (NINE, TEN, "Massage: Max Muster", "CONFIRMED"),
        (TEN, ELEVEN, "Appointment with Ben", "TENTATIVE"),
        (date(2026, 12, 24), date(2026, 12, 25), "Day off: Christmas, at last", None),
    ]
    first = calendar.vevent_list[0]
    assert first.description.value.endswith("\nPhone +49 30 1234")
    assert (first.location.value, first.sequence.value) == ("Hall 1, Berlin", "0")
    assert {
        *("REFRESH-INTERVAL;VALUE=DURATION:PT15M", "X-PUBLISHED-TTL:PT15M"),
        *("X-WR-CALNAME:CoachBot", "METHOD:PUBLISH"),
    } <= {*answer.content.decode().split("\r\n")}


def test_a_client_finds_what_they_booked_and_nothing_of_others(client, anna):
    kim = UserFactory()
    BookingFactory(specialist=anna, client=kim, starts_at=NINE)
    BookingFactory(specialist=anna, starts_at=TEN)
    DayOffFactory(specialist=anna)

    assert read(client, kim) == {("Appointment with Anna Roth", NINE)}


def test_a_specialist_without_an_account_has_a_feed_of_their_work(client):
    ben = SpecialistFactory(name="Ben")
    BookingFactory(specialist=ben, client_name="Max", starts_at=NINE)

    answer = client.get(address(feed_of(ben)))

    calendar = vobject.readOne(answer.content.decode())
    assert calendar.x_wr_calname.value == "CoachBot: Ben"
    assert [event.summary.value for event in calendar.vevent_list] == ["Appointment: Max"]


def test_a_feed_holds_the_last_month_the_coming_year_and_what_was_just_cancelled(client, anna):
    midnight = NOW.replace(hour=0)
    for name, days in (("a", -31), ("b", -30), ("c", 365), ("d", 366)):
        starts_at = midnight + days * DAY
        BookingFactory(specialist=anna, client_name=name, starts_at=starts_at)
        DayOffFactory(specialist=anna, date=starts_at.date(), reason=name)
    for name, days in (("e", 7), ("f", 8)):
        gone = BookingFactory(specialist=anna, client_name=name, status="cancelled", starts_at=NINE)
        Booking.objects.filter(pk=gone.pk).update(updated_at=midnight - days * DAY)

    found = read(client, anna.user)

    assert {summary[-1] for summary, _ in found if summary.startswith("App")} == {*"bce"}
    assert {summary[-1] for summary, _ in found if summary.startswith("Day")} == {*"bc"}


def test_of_too_many_bookings_the_earliest_are_in_it(client, anna, monkeypatch):
    monkeypatch.setattr("coachbot.feeds.calendars.MOST", 2)
    for starts_at in (TEN, NINE, ELEVEN):
        BookingFactory(specialist=anna, starts_at=starts_at)

    assert {starts_at for _, starts_at in read(client, anna.user)} == {NINE, TEN}


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("Zoë, Ltd; a\\b", "Zoë, Ltd; a\\b"),
        ("a\x00\x07\x1b\x85\tb", "ab"),
        ("Max\r\nATTACH:http://example.com", "Max\nATTACH:http://example.com"),
        ("山田 🙂 " * 25, ("山田 🙂 " * 25)),
    ],
)
def test_whatever_somebody_is_called_their_booking_is_read(client, anna, name, seen):
    BookingFactory(specialist=anna, starts_at=NINE)
    # PostgreSQL takes no NUL at all.
    Booking.objects.update(client_name=name.replace("\0", ""))

    content = client.get(address(feed_of(anna.user))).content

    [event] = Calendar.from_ical(content).walk("VEVENT")
    other = vobject.readOne(content.decode()).vevent
    assert (str(event["SUMMARY"]), other.summary.value) == (f"Appointment: {seen}",) * 2
    assert ("ATTACH" in event, event.errors) == (False, [])
    assert max(map(len, content.split(b"\r\n"))) <= 75


def test_times_are_right_on_both_sides_of_a_clock_change(client, anna):
    """Nine in Berlin, before and after the clocks go forward, and the day off in between."""
    before = datetime(2027, 3, 27, 8, tzinfo=UTC)
    after = datetime(2027, 3, 29, 7, tzinfo=UTC)
    for starts_at in (before, after):
        BookingFactory(specialist=anna, starts_at=starts_at)
    DayOffFactory(specialist=anna, date=date(2027, 3, 28))

    calendar = vobject.readOne(client.get(address(feed_of(anna.user))).content.decode())
    found = sorted((each.dtstart.value for each in calendar.vevent_list), key=lambda at: at.day)

    assert found == [before, date(2027, 3, 28), after]
    assert [at.astimezone(anna.time_zone).hour for at in (found[0], found[2])] == [9, 9]


# --- What has not changed is not read again -----------------------------------------------------


@pytest.mark.parametrize("count", [1, 4])
def test_reading_takes_few_queries_and_fewer_if_nothing_is_new(client, anna, count):
    for number in range(count):
        starts_at = NINE + number * HOUR
        BookingFactory(specialist=anna, starts_at=starts_at, service=ServiceFactory())
        BookingFactory(client=anna.user, starts_at=starts_at)
        DayOffFactory(specialist=anna, date=date(2026, 12, 24 + number))
    place = address(feed_of(anna.user))
    first = client.get(place)

    with CaptureQueriesContext(connection) as all_of_it:
        whole = client.get(place)
    with CaptureQueriesContext(connection) as nothing:
        unchanged = client.get(place, headers={"If-None-Match": f'"x", W/{first["ETag"]}'})

    assert (whole.status_code, whole.content) == (200, first.content)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert {name: unchanged[name] for name in ("ETag", "Cache-Control")} == {
        "ETag": first["ETag"],
        "Cache-Control": "private, no-cache",
    }
    assert (len(all_of_it), len(nothing)) == (5, 3)


def test_whatever_changes_is_read_at_once(client, anna):
    massage = ServiceFactory(name="Massage", specialists=[anna])
    kept, moved, given = (
        BookingFactory(specialist=anna, service=massage, starts_at=NINE + days * DAY)
        for days in (0, 1, 2)
    )
    ben = SpecialistFactory(name="Ben")
    massage.specialists.add(ben)
    staff = StaffFactory()
    said = {"actor": staff, "reason": "Ill", "now": NOW}
    day_off = DayOffFactory(specialist=anna, date=date(2026, 12, 24))
    place = address(feed_of(anna.user))

    def change(row, **fields):
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()

    changes = {
        "moved": lambda: services.reschedule(booking=moved, starts_at=TEN + DAY, **said),
        "handed over": lambda: services.hand_over(booking=given, specialist=ben, **said),
        "corrected": lambda: services.change_details(booking=kept, actor=staff, client_name="Max"),
        "the service": lambda: change(massage, name="Rest"),
        "where": lambda: change(anna, location="Hall 2"),
        "a day off": lambda: DayOffFactory(specialist=anna, date=date(2026, 12, 27)),
        "no day off": day_off.delete,
        "cancelled": lambda: services.cancel(booking=kept, **said),
        "nothing": lambda: None,
    }
    seen, tag = [], client.get(place)["ETag"]
    for seconds, (name, act) in enumerate(changes.items(), 1):
        with time_machine.travel(NOW + seconds * timedelta(seconds=1), tick=False):
            act()
            answer = client.get(place, headers={"If-None-Match": tag})
        seen += [name] if answer.status_code == 200 else []
        tag = answer["ETag"]

    assert seen == [name for name in changes if name != "nothing"]
    with time_machine.travel(NOW + DAY, tick=False):
        assert client.get(place, headers={"If-None-Match": tag}).status_code == 200


# --- Who gets in ----------------------------------------------------------------------------------


def test_an_address_that_was_replaced_or_switched_off_leads_nowhere(client, anna):
    old = address(feed_of(anna.user))
    new = address(feed_of(anna.user))

    replaced = [client.get(place).status_code for place in (old, new)]
    switch_off(owner=anna.user, actor=anna.user)

    assert (replaced, client.get(new).status_code) == ([404, 200], 404)


def test_who_may_not_sign_in_or_is_removed_has_no_feed(client, anna):
    ben, kim = SpecialistFactory.create_batch(2)
    places = [address(feed_of(each)) for each in (anna.user, ben, kim)]
    before = [client.get(place).status_code for place in places]
    anna.user.is_active = False
    anna.user.save()
    ben.delete()
    # Who got an account since.
    kim.user = UserFactory(user_type="specialist", is_active=False)
    kim.save()

    assert (before, [client.get(place).status_code for place in places]) == ([200] * 3, [404] * 3)


def test_the_work_of_a_removed_specialist_is_not_in_their_own_feed(client, anna):
    BookingFactory(specialist=anna, starts_at=NINE)
    BookingFactory(client=anna.user, specialist=SpecialistFactory(name="Ben"), starts_at=TEN)
    anna.delete()

    assert read(client, anna.user) == {("Appointment with Ben", TEN)}


def test_a_feed_sets_no_cookie_and_takes_nothing_but_reading(client, anna):
    BookingFactory(specialist=anna, starts_at=NINE)
    place = address(feed_of(anna.user))
    client.force_login(StaffFactory())
    client.cookies.clear()

    got, head = client.get(place), client.head(place)

    assert (got.cookies, got.get("Vary"), got["X-Robots-Tag"]) == ({}, None, "noindex")
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", got["ETag"])
    assert [client.post(place).status_code, client.delete(place).status_code] == [405, 405]


@pytest.mark.parametrize("secret", ["x", "x" * 43, "%00", "%ff%fe", "%F0%9F%99%82", "x" * 3000])
def test_what_is_no_secret_leads_nowhere(client, anna, secret):
    feed_of(anna.user)

    assert client.get(f"/calendar/{secret}.ics").status_code == 404


def test_a_stolen_table_opens_nothing_and_a_lost_key_shuts_nothing(client, anna, settings):
    feed = feed_of(anna.user)
    secret = feed.secret
    [row] = CalendarFeed.objects.values()

    settings.SECRET_KEY = "another key, long enough to be one" * 2

    assert secret not in str(row)
    assert CalendarFeed.objects.get().secret is None
    assert client.get(f"/calendar/{secret}.ics").status_code == 200


@pytest.mark.usefixtures("fresh_counts")
def test_each_address_is_read_so_often_and_others_are_guessed_no_oftener(client, anna, settings):
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "calendar_feed": Rate(1, 60)}
    places = [address(feed_of(owner)) for owner in (anna.user, UserFactory())]
    guesses = ["/calendar/a.ics", "/calendar/b.ics"]

    answers = [client.get(place) for place in (*places, places[0], *guesses)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 404, 429]
    assert answers[2]["Retry-After"] == "60"


def test_when_it_was_read_last_is_written_down_every_ten_minutes(client, anna):
    place = address(feed_of(anna.user))
    seen = []
    for minutes in (0, 9, 10):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            client.get(place)
        seen.append(CalendarFeed.objects.get().last_read_at)

    assert seen == [NOW, NOW, NOW + timedelta(minutes=10)]
