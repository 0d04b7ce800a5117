import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib import admin
from django.contrib.admin import site
from django.contrib.auth.models import Group
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User, UserSession
from scheduling import services
from scheduling.models import (
    Availability,
    Booking,
    BookingEvent,
    BookingStatus,
    DayOff,
    Hold,
    Schedule,
    Service,
    Specialist,
)
from tests.factories import (
    AuditorFactory,
    AvailabilityFactory,
    BookingEventFactory,
    BookingFactory,
    DayOffFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    SuperuserFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

MAKERS = {
    Availability: lambda n: AvailabilityFactory(),
    Booking: lambda n: BookingFactory(service=ServiceFactory()),
    BookingEvent: lambda n: BookingEventFactory(),
    DayOff: lambda n: DayOffFactory(),
    EmailAddress: lambda n: EmailAddress.objects.create(user=UserFactory(), email=f"{n}@a.example"),
    Group: lambda n: Group.objects.create(name=f"Group {n}"),
    Schedule: lambda n: ScheduleFactory(),
    Service: lambda n: ServiceFactory(specialists=[SpecialistFactory()]),
    Specialist: lambda n: SpecialistFactory(user=UserFactory()),
    User: lambda n: UserFactory(),
}
NOT_ADDED_HERE = (Booking, BookingEvent, EmailAddress)
LONG_AGO = datetime(2020, 1, 6, 9, tzinfo=UTC)
TOMORROW = date.today() + timedelta(days=1)  # noqa: DTZ011 -- any day to come

every_model = pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)


@pytest.fixture
def boss(client):
    boss = SuperuserFactory()
    client.force_login(boss)
    return boss


def page(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def act(client, action, *rows, **fields):
    """Run `action` on `rows` of one list."""
    selected = [str(row.pk) for row in rows]
    data = {"action": action, "_selected_action": selected, "index": 0, **fields}
    return client.post(page(type(rows[0]), "changelist"), data)


def be_sure(client, asked, **fields):
    """Send the page of an action again, as its button does."""
    data = {}
    for tag in re.findall(r'<input type="hidden"[^>]*>', asked.content.decode()):
        name, value = (re.search(rf' {key}="([^"]*)"', tag) for key in ("name", "value"))
        data.setdefault(name[1], []).append(value[1] if value else "")
    return client.post(asked.wsgi_request.get_full_path(), {**data, **fields})


def foreseen(asked):
    """What a page of an action says of each row: what would refuse it, or nothing."""
    return {row.pk: refusal for row, _, refusal in asked.context["rows"]}


def results(done):
    """The same of the page that tells what was done, by what stands in bold."""
    return {
        re.search(r"<b>(.*?)</b>|(.+)", str(shown)).group(1) or str(shown): refusal
        for shown, refusal in done.context["results"]
    }


def told(response):
    return [(message.level_tag, str(message)) for message in get_messages(response.wsgi_request)]


def errors(response):
    """What a page says at its inlines, row by row."""
    return [
        [*form.non_field_errors(), *(str(e) for field in form for e in field.errors)]
        for formset in response.context["inline_admin_formsets"]
        for form in formset.formset.forms
    ]


def edited(specialist, **inlines):
    """What the page of `specialist` sends; an inline is a list of rows, the present ones first."""
    data = {
        "name": specialist.name,
        "time_zone": str(specialist.time_zone),
        "default_duration_minutes": 60,
        "hourly_rate": "80.00",
        "currency": "EUR",
        "languages": "de, en",
        "is_active": "on",
    }
    for prefix in ("schedules", "days_off", "availabilities"):
        rows = inlines.get(prefix, [])
        data[f"{prefix}-TOTAL_FORMS"] = len(rows)
        data[f"{prefix}-INITIAL_FORMS"] = sum("id" in row for row in rows)
        for number, row in enumerate(rows):
            parent = {"specialist": "" if specialist._state.adding else specialist.pk, **row}
            data |= {f"{prefix}-{number}-{name}": value for name, value in parent.items()}
    return data


def window(start, end, weekday=0, **fields):
    return {
        "weekday": weekday, "start_time": start, "end_time": end, "is_active": "on", **fields
    }  # fmt: skip


def saved_windows():
    return [(row.weekday, row.start_time.hour, row.end_time.hour) for row in Schedule.objects.all()]


# --- Every list and page ------------------------------------------------------------------------


def test_every_model_of_ours_is_registered():
    ours = {
        model
        for app in ("accounts", "scheduling")
        for model in apps.get_app_config(app).get_models()
    }

    # A hold is shown with the entry that it is for.
    assert ours - set(admin.site._registry) == {Hold}


@every_model
def test_the_list_opens_and_searches(client, boss, model):
    MAKERS[model](1)

    assert client.get(page(model, "changelist")).status_code == 200
    assert client.get(page(model, "changelist"), {"q": "an e@x 5"}).status_code == 200


@every_model
def test_every_list_can_be_ordered_by_every_column(model, client, boss):
    MAKERS[model](1)
    columns = range(1, len(site._registry[model].list_display) + 1)

    answers = {
        order: client.get(page(model, "changelist"), {"o": order}).status_code
        for column in columns
        for order in (column, -column)
    }

    assert set(answers.values()) == {200}


@every_model
def test_the_page_of_a_row_opens(client, boss, model):
    row = MAKERS[model](1)

    assert client.get(page(model, "change", row.pk)).status_code == 200


@every_model
def test_the_page_for_a_new_row_opens_where_rows_are_added(client, boss, model):
    expected = 403 if model in NOT_ADDED_HERE else 200

    assert client.get(page(model, "add")).status_code == expected


@every_model
def test_a_list_takes_the_same_queries_however_long_it_is(client, boss, model):
    counts = []
    for n in range(12):
        MAKERS[model](n)
        if n in (1, 11):
            client.get(page(model, "changelist"))
            with CaptureQueriesContext(
                connection,
            ) as queries:
                client.get(page(model, "changelist"))
            counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_specialists_page_takes_the_same_queries_however_many_hours_there_are(client, boss):
    specialist = SpecialistFactory()
    client.get(page(Specialist, "change", specialist.pk))
    counts = []
    for weekday in range(5):
        ScheduleFactory(specialist=specialist, weekday=weekday)
        DayOffFactory(specialist=specialist, date=TOMORROW + timedelta(days=weekday))
        AvailabilityFactory(
            specialist=specialist,
            starts_at=datetime(2099, 1, 1, weekday, tzinfo=UTC),
            ends_at=datetime(2099, 1, 1, weekday + 1, tzinfo=UTC),
        )
        with CaptureQueriesContext(connection) as queries:
            client.get(page(Specialist, "change", specialist.pk))
        counts.append(len(queries))

    assert counts[1:] == counts[:1] * 4


# --- Bookings -----------------------------------------------------------------------------------


def test_a_booking_is_found_by_reference_name_email_and_phone(client, boss):
    found = BookingFactory(
        client_name="Zoe Li", client_email="z@li.example", client_phone="+49 30 77"
    )
    BookingFactory()

    reference = found.reference.lower()
    in_groups = f"{reference[:4]} {reference[4:]}"
    for text in (reference, in_groups, "li zoe", "z@li", "77", "030-77", "0 30/7 7", "zoe 3077"):
        response = client.get(page(Booking, "changelist"), {"q": text})
        assert list(response.context["cl"].queryset) == [found]


def test_a_search_on_sqlite_looks_into_no_booking_but_those_it_finds():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has an index on the words")

    for rows in (Booking.objects, Booking.objects.of_guests()):
        plan = rows.search("zoe").order_by("-starts_at", "-id").explain()
        assert "USING INDEX booking_start_and_client" in plan


def test_a_search_on_postgresql_asks_the_index_of_words():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has none")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")

    for text in ("zoe", "030 77 66"):
        plan = Booking.objects.search(text).order_by().explain()
        assert "booking_client_words" in plan


def test_bookings_are_filtered_by_day_both_included(client, boss):
    first, second, _ = (
        BookingFactory(starts_at=datetime(2026, 12, day, 23, tzinfo=UTC)) for day in (7, 8, 9)
    )

    response = client.get(
        page(Booking, "changelist"),
        {"starts_at_from": "2026-12-07", "starts_at_to": "2026-12-08"},
    )

    assert set(response.context["cl"].queryset) == {first, second}


@pytest.mark.parametrize("day", ["", "yesterday", "2026-02-31", "9999-12-31"])
def test_a_filter_with_no_such_day_is_no_error(client, boss, day):
    asked = {"starts_at_from": "2020-01-01", "starts_at_to": day}

    assert client.get(page(Booking, "changelist"), asked).status_code == 200


def test_the_list_shows_the_start_on_the_specialists_clock(client, boss):
    BookingFactory(starts_at=datetime(2026, 7, 6, 8, tzinfo=UTC))

    response = client.get(page(Booking, "changelist"))

    assert "Mon 06 Jul 2026, 10:00" in response.content.decode()
    assert "Europe/Berlin +02:00" in response.content.decode()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_nothing_is_cancelled_without_a_proper_reason(client, boss, reason):
    asked = act(client, "cancel", BookingFactory())

    response = be_sure(client, asked, reason=reason)

    assert list(response.context["form"].errors) == ["reason"]
    assert Booking.objects.get().status == BookingStatus.CONFIRMED


@pytest.mark.parametrize(
    ("action", "before", "after", "done"),
    [
        ("cancel", BookingStatus.CONFIRMED, BookingStatus.CANCELLED, "cancelled"),
        ("confirm", BookingStatus.PENDING, BookingStatus.CONFIRMED, "confirmed"),
        ("complete", BookingStatus.CONFIRMED, BookingStatus.COMPLETED, "completed"),
        ("mark_no_show", BookingStatus.CONFIRMED, BookingStatus.NO_SHOW, "marked as no-show"),
    ],
)
def test_an_action_shows_what_it_will_do_and_then_what_it_did(
    client, boss, action, before, after, done
):
    booking = BookingFactory(status=before, starts_at=LONG_AGO)
    final = BookingFactory(status=BookingStatus.CANCELLED, starts_at=LONG_AGO)

    asked = act(client, action, booking, final)

    assert foreseen(asked) == {
        booking.pk: "",
        final.pk: "This booking is cancelled: that is final.",
    }
    assert Booking.objects.get(pk=booking.pk).status == before

    response = be_sure(client, asked, reason="The pool is closed.")

    assert results(response) == {booking.reference: ""}
    assert f"1 {done}" in response.content.decode()
    assert Booking.objects.get(pk=booking.pk).status == after


@pytest.mark.parametrize("model", [Booking, Specialist, Schedule, UserSession, Group])
@pytest.mark.parametrize("key", ["abc", "", "9" * 40])
def test_an_action_for_what_is_no_row_is_refused_in_words(client, boss, model, key):
    offered = {Booking: "cancel", Specialist: "remove", UserSession: "end"}
    chosen = {"action": offered.get(model, "delete_selected"), "_selected_action": [key]}

    answer = client.post(page(model, "changelist"), chosen)

    [message] = get_messages(answer.wsgi_request)
    assert str(message) == "Nothing was done: choose rows of this list."


def test_what_has_changed_since_it_was_shown_is_refused(client, boss):
    booking, other = BookingFactory(), BookingFactory()
    asked = act(client, "cancel", booking, other)
    Booking.objects.filter(pk=booking.pk).update(version=2)

    response = be_sure(client, asked, reason="The pool is closed.")

    assert results(response) == {
        booking.reference: "It has changed since it was shown: look at it again.",
        other.reference: "",
    }
    assert Booking.objects.get(pk=booking.pk).status == BookingStatus.CONFIRMED


def test_what_has_not_started_is_not_completed(client, boss):
    booking = BookingFactory(starts_at=datetime(2099, 1, 5, 8, tzinfo=UTC))

    asked = act(client, "complete", booking)

    assert foreseen(asked) == {booking.pk: "This booking is confirmed and has not started yet."}
    assert "Mark as completed (" not in asked.content.decode()


def test_many_bookings_are_shown_in_the_queries_of_few(client, boss):
    specialist, counts = SpecialistFactory(), []
    for number in range(20):
        BookingFactory(
            specialist=specialist,
            service=ServiceFactory(),
            starts_at=LONG_AGO + timedelta(hours=number),
        )
        if number in (1, 19):
            with CaptureQueriesContext(connection) as queries:
                act(client, "complete", *Booking.objects.all())
            counts.append(len(queries))

    assert counts == [counts[0]] * 2


def test_who_may_only_look_at_bookings_cannot_cancel(client):
    booking = BookingFactory()
    client.force_login(AuditorFactory())

    act(client, "cancel", booking, sure="1", reason="Because.", **{f"seen-{booking.pk}": "1"})

    assert client.get(page(Booking, "changelist")).status_code == 200
    assert Booking.objects.get().status == BookingStatus.CONFIRMED


@pytest.mark.parametrize("name", ["add", "change", "delete"])
def test_a_booking_is_not_written_by_hand(client, boss, name):
    booking = BookingFactory()

    response = client.post(page(Booking, name, *([] if name == "add" else [booking.pk])), {})

    assert response.status_code == 403


# --- Hours on their own pages -------------------------------------------------------------------


def test_a_window_that_overlaps_is_refused_in_the_form(client, boss):
    taken = ScheduleFactory(start_time=time(9), end_time=time(17))

    response = client.post(
        page(Schedule, "add"), {"specialist": taken.specialist_id, **window("16:00", "00:00")}
    )

    assert response.context["errors"] == [
        [
            "Another active window of this weekday has some of the same time. "
            "It is Monday 09:00–17:00."
        ]
    ]
    assert saved_windows() == [(0, 9, 17)]


@pytest.mark.parametrize(
    ("model", "fields", "message"),
    [
        (Schedule, window("12:00", "09:00"), "A window must end after it starts"),
        (
            Schedule,
            window("09:00", "12:00", valid_from="2026-02-01", valid_until="2026-01-01"),
            "The last valid day must not be before the first.",
        ),
        (DayOff, {"date": "1999-12-31", "is_active": "on"}, "The years 2000 to 2100 only."),
        (
            Availability,
            {"starts_at": "2026-01-02T09:00", "ends_at": "2026-01-02T09:00"},
            "It must end after it starts.",
        ),
        (
            Availability,
            {"starts_at": "1999-01-02T09:00", "ends_at": "2026-01-02T09:00"},
            "The years 2000 to 2100 only.",
        ),
        (
            Availability,
            {"starts_at": "2026-03-29T02:30", "ends_at": "2026-03-29T09:00"},
            "it may be ambiguous or it may not exist",
        ),
    ],
)
def test_hours_that_cannot_be_are_refused_in_words(client, boss, model, fields, message):
    specialist = SpecialistFactory(time_zone="Europe/Berlin")

    response = client.post(page(model, "add"), {"specialist": specialist.pk, **fields})

    assert any(message in str(error) for error in response.context["errors"])
    assert not model.objects.exists()


def test_a_second_day_off_on_a_date_is_refused_in_the_form(client, boss):
    taken = DayOffFactory()

    response = client.post(
        page(DayOff, "add"),
        {"specialist": taken.specialist_id, "date": taken.date, "is_active": "on"},
    )

    assert response.context["errors"] == [["This specialist has that day off already."]]


def test_a_one_off_window_is_typed_and_shown_on_the_specialists_clock(client, boss):
    specialist = SpecialistFactory(time_zone="America/New_York")

    client.post(
        page(Availability, "add"),
        {
            "specialist": specialist.pk,
            "starts_at": "2026-07-01T09:00",
            "ends_at": "2026-07-01T12:00",
        },
    )

    row = Availability.objects.get()
    assert row.starts_at == datetime(2026, 7, 1, 13, tzinfo=UTC)
    shown = client.get(page(Availability, "change", row.pk)).content.decode()
    assert 'value="2026-07-01T09:00:00"' in shown


@pytest.mark.parametrize("model", [Schedule, DayOff, Availability])
def test_hours_are_deleted_from_their_page_and_from_the_list(client, boss, model):
    one, two, kept = (MAKERS[model](n) for n in range(3))

    client.post(page(model, "delete", one.pk), {"post": "yes"})
    act(client, "delete_selected", two, post="yes")

    assert list(model.objects.all()) == [kept]


def test_a_lost_race_is_told_and_writes_nothing(client, boss, monkeypatch):
    """What the form let pass can be refused a moment later, when the specialist is locked."""
    window_of_others = ScheduleFactory()
    specialist, settle = window_of_others.specialist, services.settle

    def settle_after_somebody_else(change, **said):
        for row in change.save:
            Schedule.objects.filter(pk=window_of_others.pk).update(weekday=row.weekday)
        settle(change, **said)

    monkeypatch.setattr(services, "settle", settle_after_somebody_else)
    alone = client.post(
        page(Schedule, "add"), {"specialist": specialist.pk, **window("09:00", "12:00", 3)}
    )
    inline = client.post(
        page(Specialist, "change", specialist.pk),
        edited(
            specialist,
            schedules=[
                {"id": window_of_others.pk, **window("09:00:00", "17:00:00")},
                window("09:00", "12:00", 3),
            ],
        )
        | {"name": "Renamed"},
    )

    refusal = (
        "error",
        "Nothing was saved. "
        "Another active window of this weekday has some of the same time.",
    )  # fmt: skip
    assert (alone.status_code, inline.status_code) == (302, 302)
    assert told(alone) == [refusal]
    assert told(inline)[-1] == refusal
    assert Specialist.objects.get().name != "Renamed"
    assert saved_windows() == [(0, 9, 17)]


def test_hours_of_somebody_removed_in_the_meantime_are_told_and_not_saved(
    client, boss, monkeypatch
):
    specialist, settle = SpecialistFactory(), services.settle

    def settle_too_late(change, **said):
        Specialist.objects.all().delete()
        settle(change, **said)

    monkeypatch.setattr(services, "settle", settle_too_late)
    response = client.post(
        page(DayOff, "add"), {"specialist": specialist.pk, "date": TOMORROW, "is_active": "on"}
    )

    assert told(response) == [
        ("error", "Nothing was saved. This specialist has been deleted: restore them first.")
    ]
    assert not DayOff.objects.exists()


def test_hours_that_bookings_need_stay_and_the_bookings_are_named(client, boss):
    window = ScheduleFactory(start_time=time(0), end_time=time(0), weekday=TOMORROW.weekday())
    booking = BookingFactory(
        specialist=window.specialist,
        starts_at=datetime.combine(TOMORROW, time(10), UTC),
        ends_at=datetime.combine(TOMORROW, time(11), UTC),
    )

    answers = [
        client.post(
            page(DayOff, "add"),
            {"specialist": window.specialist.pk, "date": TOMORROW, "is_active": "on"},
        ),
        client.post(page(Schedule, "delete", window.pk), {"post": "yes"}),
        act(client, "delete_selected", window, post="yes"),
        client.post(
            page(Specialist, "change", window.specialist.pk),
            edited(window.specialist, days_off=[{"date": TOMORROW, "is_active": "on"}]),
        ),
    ]

    # Each page asks what becomes of them.
    assert [booking.reference in answer.content.decode() for answer in answers] == [True] * 4
    assert (Schedule.objects.count(), DayOff.objects.count()) == (1, 0)


# --- A specialist's page ------------------------------------------------------------------------


def test_a_new_specialist_comes_with_hours(client, boss):
    unsaved = SpecialistFactory.build(time_zone="Asia/Kolkata")

    response = client.post(
        page(Specialist, "add"),
        edited(
            unsaved,
            schedules=[window("09:00", "12:00"), window("13:00", "00:00")],
            days_off=[{"date": TOMORROW, "is_active": "on"}],
            availabilities=[{"starts_at": "2099-01-04T09:00", "ends_at": "2099-01-04T12:00"}],
        ),
    )

    assert response.status_code == 302
    assert saved_windows() == [(0, 9, 12), (0, 13, 0)]
    assert DayOff.objects.get().date == TOMORROW
    assert Availability.objects.get().starts_at == datetime(2099, 1, 4, 3, 30, tzinfo=UTC)


def test_hours_that_collide_are_refused_beside_their_rows(client, boss):
    specialist = SpecialistFactory()
    present = ScheduleFactory(specialist=specialist, start_time=time(9), end_time=time(12))

    response = client.post(
        page(Specialist, "change", specialist.pk),
        edited(
            specialist,
            schedules=[
                {"id": present.pk, **window("09:00:00", "12:00:00")},
                window("11:00", "13:00"),
                window("09:00", "12:00", 1),
                window("09:30", "00:00", 1),
            ],
            days_off=[{"date": TOMORROW, "is_active": "on"}] * 2,
        ),
    )

    overlap = "Another active window of this weekday has some of the same time. It is "
    assert errors(response) == [
        [],
        [f"{overlap}Monday 09:00–12:00."],
        [],
        [f"{overlap}Tuesday 09:00–12:00."],
        [],
        ["This specialist has that day off already."],
    ]
    assert saved_windows() == [(0, 9, 12)]


def test_windows_may_take_each_others_place(client, boss):
    specialist = SpecialistFactory()
    early, late, gone = (
        ScheduleFactory(specialist=specialist, start_time=time(start), end_time=time(start + 2))
        for start in (8, 10, 12)
    )

    response = client.post(
        page(Specialist, "change", specialist.pk),
        edited(
            specialist,
            schedules=[
                {"id": early.pk, **window("10:00", "12:00")},
                {"id": late.pk, **window("12:00", "14:00")},
                {"id": gone.pk, **window("12:00:00", "14:00:00"), "DELETE": "on"},
                window("08:00", "10:00"),
            ],
        ),
    )

    assert response.status_code == 302
    assert saved_windows() == [(0, 8, 10), (0, 10, 12), (0, 12, 14)]


def test_a_window_made_elsewhere_since_the_page_was_opened_is_seen(client, boss):
    specialist = ScheduleFactory().specialist

    response = client.post(
        page(Specialist, "change", specialist.pk),
        edited(specialist, schedules=[window("10:00", "12:00")]),
    )

    assert "It is Monday 09:00–17:00." in errors(response)[0][0]


def test_a_row_removed_elsewhere_since_the_page_was_opened_is_told(client, boss):
    row = ScheduleFactory()
    Schedule.objects.all().delete()

    response = client.post(
        page(Specialist, "change", row.specialist_id),
        edited(row.specialist, schedules=[{"id": row.pk, **window("10:00", "12:00")}]),
    )

    assert response.status_code == 200
    assert not Schedule.objects.exists()


def test_moving_to_another_zone_leaves_one_off_windows_where_they_are(client, boss):
    specialist = SpecialistFactory(time_zone="UTC")
    row = AvailabilityFactory(
        specialist=specialist,
        starts_at=datetime(2099, 1, 4, 9, tzinfo=UTC),
        ends_at=datetime(2099, 1, 4, 12, tzinfo=UTC),
    )

    client.post(
        page(Specialist, "change", specialist.pk),
        edited(
            specialist,
            availabilities=[
                {
                    "id": row.pk,
                    "starts_at": "2099-01-04T09:00:00",
                    "ends_at": "2099-01-04T12:00:00",
                    "is_available": "on",
                }
            ],
        )
        | {"time_zone": "Asia/Tokyo"},
    )

    row.refresh_from_db()
    assert str(row.specialist.time_zone) == "Asia/Tokyo"
    assert row.starts_at == datetime(2099, 1, 4, 9, tzinfo=UTC)


def test_an_account_of_a_deleted_specialist_is_refused_in_the_form(client, boss):
    gone = SpecialistFactory(user=UserFactory())
    gone.delete()

    response = client.post(
        page(Specialist, "add"), edited(SpecialistFactory.build()) | {"user": gone.user_id}
    )

    assert response.context["errors"] == [
        [f"This account belongs to the deleted specialist {gone}."]
    ]


@pytest.mark.parametrize(
    ("user_type", "errors"),
    [
        ("client", [["This account is a client's: make it a specialist's first."]]),
        *(("specialist", []), ("staff", [])),
    ],
)
def test_a_specialist_does_not_sign_in_as_a_client(client, boss, user_type, errors):
    """Anybody at the desk may set a client's password."""
    user, specialist = UserFactory(user_type=user_type), SpecialistFactory()

    response = client.post(
        page(Specialist, "change", specialist.pk), edited(specialist) | {"user": user.pk}
    )

    assert (response.context["errors"] if errors else []) == errors
    specialist.refresh_from_db()
    assert (specialist.user == user) == (not errors)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("default_duration_minutes", 0),
        ("default_duration_minutes", 10**20),
        ("hourly_rate", "-1"),
        ("currency", "eur"),
        ("languages", "german"),
        ("phone", "call me"),
    ],
)
def test_what_the_database_forbids_is_said_beside_the_field(client, boss, field, value):
    specialist = SpecialistFactory()

    response = client.post(
        page(Specialist, "change", specialist.pk), edited(specialist) | {field: value}
    )

    assert list(response.context["adminform"].form.errors) == [field]


def test_languages_are_written_with_commas(client, boss):
    specialist = SpecialistFactory()

    client.post(
        page(Specialist, "change", specialist.pk), edited(specialist) | {"languages": "DE,fr, en"}
    )

    specialist.refresh_from_db()
    assert specialist.languages == ["de", "fr", "en"]


# --- Removing and restoring ---------------------------------------------------------------------


@pytest.mark.parametrize("factory", [SpecialistFactory, ServiceFactory])
def test_rows_are_removed_found_and_restored(client, boss, factory):
    row, kept = factory(), factory()
    model = type(row)

    asked = act(client, "remove", row)
    assert row in model.objects.all()
    removed = be_sure(client, asked)
    present = client.get(page(model, "changelist")).context["cl"].queryset
    deleted = client.get(page(model, "changelist"), {"deleted": "yes"}).context["cl"].queryset

    assert results(removed) == {str(row): ""}
    assert (list(present), list(deleted)) == ([kept], [row])

    asked = client.post(
        f"{page(model, 'changelist')}?deleted=yes",
        {"action": "restore", "_selected_action": [row.pk], "index": 0},
    )
    restored = be_sure(client, asked)

    assert results(restored) == {str(row): ""}
    assert set(model.objects.all()) == {row, kept}


def test_a_deleted_specialist_can_be_looked_at_and_not_edited(client, boss):
    row = ScheduleFactory().specialist
    row.delete()

    assert client.get(page(Specialist, "change", row.pk)).status_code == 200
    assert client.post(page(Specialist, "change", row.pk), edited(row)).status_code == 403
    assert client.get(page(Specialist, "delete", row.pk)).status_code == 403


def test_a_deleted_specialist_is_not_offered(client, boss):
    gone, present = SpecialistFactory(), SpecialistFactory()
    gone.delete()

    offered = client.get(
        reverse("admin:autocomplete"),
        {"app_label": "scheduling", "model_name": "schedule", "field_name": "specialist"},
    )

    assert offered.json()["results"] == [{"id": str(present.pk), "text": str(present)}]


def test_the_page_of_a_booking_leads_to_the_one_where_it_is_changed(client, boss):
    booking = BookingFactory()
    there = reverse("admin:scheduling_booking_calendar_show", args=[booking.pk])
    link = f"{page(Booking, 'changelist')}{booking.pk}/open"

    assert link in client.get(page(Booking, "change", booking.pk)).content.decode()
    assert client.get(link, follow=True).redirect_chain[-1][0] == there
