"""Staff change hours on which bookings lie, and say what becomes of them."""

import re
from datetime import UTC, datetime, time, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.urls import reverse

from scheduling.models import Booking, DayOff, Schedule
from tests.factories import (
    BookingFactory,
    DayOffFactory,
    ReceptionistFactory,
    ScheduleFactory,
    SpecialistFactory,
    StaffFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

NINE = datetime(2026, 12, 7, 8, tzinfo=UTC)
ADD = reverse("admin:scheduling_dayoff_add")


@pytest.fixture
def rosa(client):
    rosa = ReceptionistFactory(username="rosa")
    client.force_login(rosa)
    return rosa


@pytest.fixture
def booking(specialist):
    return BookingFactory(specialist=specialist, starts_at=NINE, client_name="Kim <b>Berger</b>")


@pytest.fixture
def ben(db):
    ben = SpecialistFactory(name="Ben")
    ScheduleFactory(specialist=ben, start_time=time(9), end_time=time(12))
    return ben


def day_off(specialist, **more):
    return {"specialist": specialist.pk, "date": "2026-12-07", "is_active": "on", **more}


def choices(answer, booking):
    """The values that can be chosen for `booking`."""
    select = re.search(
        rf'<select name="settle-{booking.pk}".*?</select>', answer.content.decode(), re.S
    )
    return re.findall(r'<option value="([^"]*)"', select.group(0))


@pytest.mark.usefixtures("rosa")
def test_a_day_off_that_hits_a_booking_asks_what_becomes_of_it(client, specialist, booking, ben):
    answer = client.post(ADD, day_off(specialist, reason="Ill"))

    text = answer.content.decode()
    assert answer.status_code == 200
    assert booking.reference in text
    assert "Kim &lt;b&gt;Berger&lt;/b&gt;" in text
    assert '<input type="hidden" name="reason" value="Ill">' in text
    found = choices(answer, booking)
    assert found[:2] == ["keep", "cancel"]
    assert found[-1] == f"hand_over {ben.pk}"
    assert "move 2026-12-14T08:00:00+00:00" in found
    assert not DayOff.objects.exists()


@pytest.mark.usefixtures("rosa")
@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("keep", ("confirmed", NINE, "Anna Roth")),
        ("cancel", ("cancelled", NINE, "Anna Roth")),
        (
            "move 2026-12-14T08:00:00+00:00",
            ("confirmed", NINE + timedelta(weeks=1), "Anna Roth"),
        ),
        ("hand_over {ben}", ("confirmed", NINE, "Ben")),
    ],
)
def test_what_is_chosen_is_done_with_the_change(client, specialist, booking, ben, choice, expected):
    settled = {f"settle-{booking.pk}": choice.format(ben=ben.pk), "settle_reason": "Anna is ill"}

    answer = client.post(ADD, day_off(specialist, **settled))

    assert answer.status_code == 302
    booking = Booking.objects.select_related("specialist").get()
    assert (booking.status, booking.starts_at, booking.specialist.name) == expected
    assert DayOff.objects.get().specialist == specialist


@pytest.mark.usefixtures("rosa")
@pytest.mark.parametrize(
    ("choice", "reason", "words"),
    [
        pytest.param("cancel", " ", "Specialists and staff give a reason", id="no reason"),
        pytest.param("move 2026-12-07T09:00:00+00:00", "Ill", "left outside", id="same day"),
        pytest.param("nonsense", "Ill", "left outside", id="nonsense"),
        pytest.param("move yesterday", "Ill", "left outside", id="no instant"),
        pytest.param("hand_over 1", "Ill", "left outside", id="nobody"),
    ],
)
def test_what_cannot_be_done_is_asked_again_and_nothing_is_saved(
    client, specialist, booking, choice, reason, words
):
    settled = {f"settle-{booking.pk}": choice, "settle_reason": reason}

    answer = client.post(ADD, day_off(specialist, **settled))

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert choices(answer, booking)[:2] == ["keep", "cancel"]
    assert Booking.objects.get().status == "confirmed"
    assert not DayOff.objects.exists()


@pytest.mark.usefixtures("rosa")
def test_a_window_that_is_deleted_asks_too(client, specialist, booking):
    address = reverse("admin:scheduling_schedule_delete", args=[Schedule.objects.get().pk])

    asked = client.post(address, {"post": "yes"})
    done = client.post(
        address,
        {"post": "yes", f"settle-{booking.pk}": "cancel", "settle_reason": "We close"},
    )

    assert (asked.status_code, choices(asked, booking)[:2]) == (200, ["keep", "cancel"])
    assert (done.status_code, Booking.objects.get().status) == (302, "cancelled")
    assert not Schedule.objects.exists()


@pytest.mark.usefixtures("rosa")
def test_windows_that_are_deleted_together_ask_too(client, specialist, booking):
    chosen = {
        "action": "delete_selected",
        "_selected_action": [Schedule.objects.get().pk],
        "post": "yes",
    }
    address = reverse("admin:scheduling_schedule_changelist")

    asked = client.post(address, chosen)
    client.post(address, {**chosen, f"settle-{booking.pk}": "cancel", "settle_reason": "We close"})

    assert choices(asked, booking)[:2] == ["keep", "cancel"]
    assert not Schedule.objects.exists()


def test_who_may_not_change_bookings_is_refused_as_before(client, specialist, booking):
    staff = StaffFactory(groups=[])
    staff.user_permissions.set(Permission.objects.filter(codename__endswith="_dayoff"))
    client.force_login(staff)
    settled = {f"settle-{booking.pk}": "cancel", "settle_reason": "Ill"}

    answer = client.post(ADD, day_off(specialist, **settled))

    [message] = get_messages(answer.wsgi_request)
    assert str(message).startswith("Nothing was saved. Bookings would be left outside")
    assert Booking.objects.get().status == "confirmed"


@pytest.mark.usefixtures("rosa")
def test_a_change_that_hits_nothing_asks_nothing(client, specialist):
    assert client.post(ADD, day_off(specialist)).status_code == 302
    assert client.post(ADD, day_off(DayOffFactory().specialist)).status_code == 200
    assert DayOff.objects.count() == 2
