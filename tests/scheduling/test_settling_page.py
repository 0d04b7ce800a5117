"""Staff change hours on which bookings lie, and say what becomes of them."""

import re
from datetime import UTC, datetime, time, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AdminLog
from scheduling.models import Booking, DayOff, Schedule, Service, Specialist
from tests.factories import (
    BookingFactory,
    DayOffFactory,
    ReceptionistFactory,
    ScheduleFactory,
    ServiceFactory,
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
        pytest.param("move 0001-01-01T00:00:00+14:00", "Ill", "left outside", id="long ago"),
        pytest.param("cancel", "x" * 401, "at most 400 characters", id="a long reason"),
        pytest.param("cancel", "I\x00l", "Null characters", id="a reason with a NUL"),
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


@pytest.mark.usefixtures("rosa")
@pytest.mark.parametrize("seen", ["1", "²", "9" * 40])
def test_a_booking_that_has_changed_since_it_was_shown_is_shown_again(
    client, specialist, booking, seen
):
    Booking.objects.update(version=2)
    settled = {f"settle-{booking.pk}": "cancel", "settle_reason": "Ill"}

    answer = client.post(ADD, day_off(specialist, **settled, **{f"settle_seen-{booking.pk}": seen}))

    text = answer.content.decode()
    assert "This booking has changed since you read it" in text
    assert f'name="settle_seen-{booking.pk}" value="2"' in text
    assert Booking.objects.get().status == "confirmed"


def test_who_may_not_change_bookings_is_refused_as_before(client, specialist, booking):
    staff = StaffFactory(groups=[])
    staff.user_permissions.set(Permission.objects.filter(codename__endswith="_dayoff"))
    client.force_login(staff)
    settled = {f"settle-{booking.pk}": "cancel", "settle_reason": "Ill"}

    answer = client.post(ADD, day_off(specialist, **settled))

    [message] = get_messages(answer.wsgi_request)
    assert str(message).startswith("Nothing was saved. Bookings would be left outside")
    assert Booking.objects.get().status == "confirmed"


# --- Specialists and services


@pytest.fixture
def boss(client):
    boss = StaffFactory(username="boss")
    client.force_login(boss)
    return boss


def page(row, name="change"):
    args = [row.pk] if name == "change" else []
    return reverse(f"admin:scheduling_{row._meta.model_name}_{name}", args=args)


def sent(client, row, **changes):
    """What the page of `row` sends when nothing but `changes` was edited; None leaves out."""
    answer = client.get(page(row))
    forms = [answer.context["adminform"].form]
    for inline in answer.context.get("inline_admin_formsets", []):
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    values = {field.html_name: field.value() for form in forms for field in form} | changes
    return {name: value for name, value in values.items() if not (value is None or value is False)}


@pytest.mark.usefixtures("boss")
@pytest.mark.parametrize(
    ("changes", "still"),
    [
        pytest.param({"is_active": None}, {"is_active": True}, id="deactivated"),
        pytest.param(
            {"time_zone": "Asia/Tokyo"}, {"time_zone": "Europe/Berlin"}, id="another time zone"
        ),
        pytest.param({"schedules-0-end_time": "09:30"}, {}, id="an inline"),
    ],
)
def test_the_page_of_a_specialist_asks_and_then_does_it(
    client, specialist, booking, changes, still
):
    form = sent(client, specialist, **changes)

    asked = client.post(page(specialist), form)

    assert choices(asked, booking)[:2] == ["keep", "cancel"]
    stored = Specialist.objects.get(pk=specialist.pk)
    assert {name: type(value)(getattr(stored, name)) for name, value in still.items()} == still
    assert AdminLog.objects.count() == 0

    settled = {f"settle-{booking.pk}": "cancel", "settle_reason": "Anna leaves"}
    done = client.post(page(specialist), {**form, **settled})

    assert (done.status_code, Booking.objects.get().status) == (302, "cancelled")
    what = "schedule" if "schedules-0-end_time" in changes else "specialist"
    assert sorted(AdminLog.objects.values_list("action", flat=True)) == [
        "booking.cancelled",
        f"{what}.changed",
    ]


@pytest.mark.usefixtures("boss")
def test_a_service_that_is_deactivated_asks_too(client, specialist, ben):
    service = ServiceFactory(specialists=[specialist, ben], duration_minutes=60)
    booking = BookingFactory(specialist=specialist, service=service, starts_at=NINE)
    form = sent(client, service, is_active=None)

    asked = client.post(page(service), form)
    chosen = {f"settle-{booking.pk}": f"hand_over {ben.pk}", "settle_reason": "Anna is ill"}
    done = client.post(page(service), {**form, **chosen})

    assert choices(asked, booking)[-1] == f"hand_over {ben.pk}"
    assert (done.status_code, Booking.objects.get().specialist) == (302, ben)
    assert list(AdminLog.objects.order_by("sequence").values_list("action", flat=True)) == [
        "booking.handed_over",
        "service.changed",
    ]


@pytest.mark.usefixtures("boss")
def test_what_hits_nothing_goes_through_at_once(client, specialist):
    service = ServiceFactory(specialists=[specialist])

    answers = [
        client.post(page(row), sent(client, row, is_active=None)) for row in (specialist, service)
    ]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert (Specialist.objects.get().is_active, Service.objects.get().is_active) == (False, False)


@pytest.mark.usefixtures("boss")
def test_removing_asks_of_all_bookings_and_one_answer_may_do_for_all(
    client, specialist, booking, ben
):
    other = BookingFactory(specialist=specialist, starts_at=NINE + timedelta(hours=1))
    chosen = {"action": "remove", "_selected_action": [specialist.pk]}
    address = page(specialist, "changelist")

    asked = client.post(address, chosen)
    settled = {f"settle-{each.pk}": "" for each in (booking, other)}
    for_all = {"settle_all": f"hand_over {ben.pk}", "settle_reason": "Anna leaves"}
    refused = client.post(address, {**chosen, **settled, **for_all, "settle_all": "keep"})
    done = client.post(address, {**chosen, **settled, **for_all})

    assert [choices(asked, each) for each in (booking, other)] == [
        ["", "cancel", f"hand_over {ben.pk}"]
    ] * 2
    assert "Future bookings stand in the way (2)" in refused.content.decode()
    assert [str(row) for row, refusal in done.context["results"]] == ["Anna Roth"]
    assert {each.specialist for each in Booking.objects.all()} == {ben}
    assert list(Specialist.objects.all()) == [ben]


@pytest.mark.usefixtures("boss")
def test_only_what_is_shown_is_removed(client, specialist):
    """All of a list are chosen, and somebody new is in it by the time that it is done."""
    chosen = {"action": "remove", "_selected_action": [specialist.pk], "select_across": "1"}

    asked = client.post(page(specialist, "changelist"), chosen)
    new = SpecialistFactory()
    again = dict(asked.context["again"])
    client.post(page(specialist, "changelist"), {**again, "settle_reason": ""})

    assert list(Specialist.objects.all()) == [new]


@pytest.mark.usefixtures("boss")
def test_hundreds_of_bookings_are_settled_at_once(client, specialist, ben):
    """Each sends two fields, and to whom they are handed over is asked for once."""
    bookings = [
        BookingFactory.build(
            client=None, specialist=specialist, starts_at=NINE + timedelta(hours=number)
        )
        for number in range(510)
    ]
    Booking.objects.bulk_create(bookings)
    chosen = {"action": "remove", "_selected_action": [specialist.pk]}
    settled = {f"settle-{each.pk}": f"hand_over {ben.pk}" for each in bookings}
    seen = {f"settle_seen-{each.pk}": "2" for each in bookings}

    with CaptureQueriesContext(connection) as queries:
        answer = client.post(
            page(specialist, "changelist"), {**chosen, **settled, **seen, "settle_reason": "Ill"}
        )

    assert answer.status_code == 200
    assert "This booking has changed since you read it" in answer.content.decode()
    assert len(queries) < 50


@pytest.mark.usefixtures("boss")
@pytest.mark.parametrize("whose", ["hours", "profile", "service"])
def test_what_somebody_else_has_changed_since_is_not_undone(client, specialist, whose):
    row = ServiceFactory(specialists=[specialist]) if whose == "service" else specialist
    opened = sent(client, row, as_of=client.get(page(row)).context["as_of"], name="Other")
    theirs = Schedule if whose == "hours" else type(row)
    theirs._default_manager.update(updated_at=NINE)

    [refused] = get_messages(client.post(page(row), opened).wsgi_request)
    unchanged = AdminLog.objects.count()
    opened = sent(client, row, as_of=client.get(page(row)).context["as_of"], name="Other")
    client.post(page(row), opened)

    assert str(refused).startswith("Nothing was saved. Somebody has changed it since")
    assert (unchanged, AdminLog.objects.count()) == (0, 1)
    assert type(row)._default_manager.get(pk=row.pk).name == "Other"


def test_who_may_not_change_bookings_cannot_remove_who_has_some(client, specialist, booking):
    staff = StaffFactory(groups=[])
    staff.user_permissions.set(Permission.objects.filter(codename__endswith="_specialist"))
    client.force_login(staff)

    answer = client.post(
        page(specialist, "changelist"), {"action": "remove", "_selected_action": [specialist.pk]}
    )

    [message] = get_messages(answer.wsgi_request)
    assert str(message).startswith("Nothing was saved. Future bookings stand in the way (1)")
    assert Specialist.objects.exists()


@pytest.mark.usefixtures("rosa")
def test_a_change_that_hits_nothing_asks_nothing(client, specialist):
    assert client.post(ADD, day_off(specialist)).status_code == 302
    assert client.post(ADD, day_off(DayOffFactory().specialist)).status_code == 200
    assert DayOff.objects.count() == 2
