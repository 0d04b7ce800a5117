"""Lists of the back office as files, there and back."""

import csv
from datetime import UTC, date, datetime, time
from io import BytesIO, StringIO

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import User, UserSession
from audit.models import AdminLog
from coachbot.sheets import writing
from scheduling.models import DayOff, Schedule, Specialist
from tests.factories import (
    AuditorFactory,
    BookingFactory,
    DayOffFactory,
    ReceptionistFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    SuperuserFactory,
    UserFactory,
    UserSessionFactory,
)

pytestmark = pytest.mark.django_db

SPECIALISTS, SCHEDULES = "scheduling_specialist", "scheduling_schedule"
DAYS_OFF, CLIENTS, BOOKINGS = "scheduling_dayoff", "accounts_user", "scheduling_booking"


@pytest.fixture
def boss(client, frozen):
    boss = SuperuserFactory(username="boss")
    client.force_login(boss)
    return boss


def page(table, name):
    return reverse(f"admin:{table}_{name}")


def exported(client, table, query=""):
    """The lines of the CSV file, each as a dict."""
    response = client.get(page(table, "export_csv") + query)
    assert response.streaming
    text = response.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))


def exported_bytes(client, table, kind="csv"):
    return client.get(page(table, f"export_{kind}")).getvalue()


def sent(client, table, data, name="file.csv"):
    data = data.encode() if isinstance(data, str) else data
    return client.post(page(table, "import"), {"file": SimpleUploadedFile(name, data)})


def confirmed(client, table, preview):
    fingerprint = preview.context["plan"].fingerprint
    return client.post(page(table, "import"), {"plan": fingerprint})


def imported(client, table, data, name="file.csv"):
    return confirmed(client, table, sent(client, table, data, name))


def plan_of(response):
    """Row by row: its number, what would happen, and what changes or is wrong."""
    return [
        (
            draft.number,
            draft.outcome.value,
            [tuple(each) for each in draft.problems or draft.changes],
        )
        for draft in response.context["plan"].drafts
    ]


def refusal(response):
    return response.context["form"].errors["file"]


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def rows(*lines):
    return "\n".join(lines) + "\n"


# --- out


def test_a_booking_goes_out_on_its_specialists_clock_and_in_utc_without_secrets(client, boss):
    anna = SpecialistFactory(name="Anna Roth", time_zone="Europe/Berlin")
    booking = BookingFactory(
        specialist=anna,
        service=ServiceFactory(name="Massage"),
        client=UserFactory(),
        client_phone="+49 30 1234",
        notes="=HYPERLINK(1)",
        price="45.00",
        manage_token_hash="s3cret",
        reference="ABCD2345",
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
    )

    assert exported(client, BOOKINGS) == [
        {
            "id": str(booking.pk),
            "reference": "ABCD2345",
            "status": "confirmed",
            "specialist_id": str(anna.pk),
            "specialist": "Anna Roth",
            "service_id": str(booking.service_id),
            "service": "Massage",
            "starts_at": "2026-12-07T10:00:00+01:00",
            "ends_at": "2026-12-07T11:00:00+01:00",
            "time_zone": "Europe/Berlin",
            "starts_at_utc": "2026-12-07T09:00:00Z",
            "ends_at_utc": "2026-12-07T10:00:00Z",
            "duration_minutes": "60",
            "price": "45.00",
            "currency": "EUR",
            "client_id": str(booking.client_id),
            "client_name": "Kim Berger",
            "client_email": "kim@example.com",
            "client_phone": "'+49 30 1234",
            "notes": "'=HYPERLINK(1)",
            "cancellation_reason": "",
            "created_at_utc": "2026-11-01T00:00:00Z",
            "updated_at_utc": "2026-12-01T08:00:00Z",
        }
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("table", [SPECIALISTS, SCHEDULES, DAYS_OFF, CLIENTS, BOOKINGS])
def test_no_file_has_a_column_for_a_secret(client, boss, table, kind):
    user = UserFactory(password="correct horse battery")
    specialist = SpecialistFactory(user=user)
    ScheduleFactory(specialist=specialist)
    DayOffFactory(specialist=specialist)
    BookingFactory(specialist=specialist, client=user, manage_token_hash="s3cret")

    data = exported_bytes(client, table, kind)
    if kind == "xlsx":
        cells = [cell for row in load_workbook(BytesIO(data)).active.values for cell in row]
        data = " ".join(map(str, cells)).encode()

    assert all(word not in data for word in (b"password", b"s3cret", b"token", b"bcrypt", b"hash"))


def test_the_file_has_the_rows_of_the_list_in_its_order(client, boss):
    for name, is_active in (("Ben", True), ("Anna", True), ("Ben Off", False)):
        SpecialistFactory(name=name, is_active=is_active)
    SpecialistFactory(name="Ben Gone").delete()

    names = {
        query: [line["name"] for line in exported(client, SPECIALISTS, query)]
        for query in ("", "?q=ben", "?q=ben&is_active__exact=1", "?o=-1", "?deleted=yes", "?p=1")
    }

    assert names == {
        "": ["Anna", "Ben", "Ben Off"],
        "?q=ben": ["Ben", "Ben Off"],
        "?q=ben&is_active__exact=1": ["Ben"],
        "?o=-1": ["Ben Off", "Ben", "Anna"],
        "?deleted=yes": ["Ben Gone"],
        "?p=1": ["Anna", "Ben", "Ben Off"],
    }


def test_the_list_links_to_the_files_of_what_it_shows(client, boss):
    listed = client.get(page(BOOKINGS, "changelist") + "?status__exact=pending&q=kim").text

    query = "?q=kim&amp;status__exact=pending"
    assert f'href="{page(BOOKINGS, "export_csv")}{query}"' in listed
    assert f'href="{page(BOOKINGS, "export_xlsx")}{query}"' in listed
    assert "/import/" not in listed


def test_only_clients_are_among_the_clients(client, boss):
    UserFactory(username="kim")
    UserFactory(username="anna", user_type="specialist")

    assert [line["username"] for line in exported(client, CLIENTS)] == ["kim"]


def test_filters_that_make_no_sense_lead_back_to_the_list(client, boss):
    response = client.get(page(BOOKINGS, "export_csv") + "?nonsense__exact=1")

    assert (response.status_code, response.url.split("?")[0]) == (
        302,
        page(BOOKINGS, "changelist"),
    )


def test_a_csv_takes_the_same_queries_for_many_rows(client, boss, django_assert_max_num_queries):
    anna = SpecialistFactory()
    for hour in range(9, 15):
        at = datetime(2026, 12, 7, hour, tzinfo=UTC)
        BookingFactory(specialist=anna, starts_at=at)

    with django_assert_max_num_queries(16):
        assert len(exported(client, BOOKINGS)) == 6


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_who_takes_rows_away_is_in_the_log_before_they_go(client, boss, kind):
    """Of a search it is said that there was one: it names people."""
    UserFactory(username="kimber")
    UserFactory(username="ann")
    address = page(CLIENTS, f"export_{kind}") + "?q=kimber&is_active__exact=1"

    client.get(address)

    entry = AdminLog.objects.get()
    assert (entry.actor, entry.action, entry.resource_type, entry.resource_id) == (
        *("boss", "user.exported", "accounts.user", ""),
    )
    assert entry.changes == {
        "rows": [None, 1],
        "format": [None, kind],
        "filters": [None, {"is_active__exact": "1"}],
        "search": [None, "***"],
    }
    assert client.get(f"/admin/audit/adminlog/{entry.pk}/change/").status_code == 200


def test_an_export_tells_all_values_of_a_filter_and_whom_it_names_of_none(client, boss):
    address = page(CLIENTS, "export_csv")

    client.get(f"{address}?email__contains=kim&user_type__in=client&user_type__in=staff")

    assert AdminLog.objects.get().changes["filters"] == [
        *(None, {"email__contains": "***", "user_type__in": ["client", "staff"]}),
    ]


def test_too_many_rows_for_an_xlsx_are_refused_with_the_way_out(client, boss, monkeypatch):
    monkeypatch.setattr(writing, "MOST_XLSX_ROWS", 1)
    SpecialistFactory(name="Ben 1")
    SpecialistFactory(name="Ben 2")

    response = client.get(page(SPECIALISTS, "export_xlsx") + "?q=ben")

    assert (response.status_code, response.url) == (302, page(SPECIALISTS, "changelist") + "?q=ben")
    assert told(response) == [
        "These are 2 rows, and XLSX takes 1: filter the list, or take CSV, which has no limit."
    ]
    assert not AdminLog.objects.exists()


# --- there and back


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("table", [SPECIALISTS, SCHEDULES, DAYS_OFF, CLIENTS])
def test_what_went_out_comes_back_as_no_change(client, boss, table, kind):
    anna = SpecialistFactory(
        name='=Anna, "Zoë"', phone="+49 30 1234", bio="-one\n@two", hourly_rate="80.50"
    )
    ScheduleFactory(specialist=anna, valid_from=date(2026, 12, 1))
    ScheduleFactory(specialist=anna, start_time=time(18, 0, 30), end_time=time(0))
    DayOffFactory(specialist=anna, reason="+1 day")
    DayOffFactory(specialist=anna, is_active=False)
    UserFactory(first_name="=1+1", phone="+49 30 1234", is_active=False)
    UserFactory(time_zone="Asia/Kathmandu")

    preview = sent(client, table, exported_bytes(client, table, kind), f"a.{kind}")

    outcomes = {outcome for _, outcome, _ in plan_of(preview)}
    assert outcomes == {"unchanged"}
    assert b"There is nothing to do" in preview.content


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_went_out_makes_the_same_again_elsewhere(client, boss, kind):
    values = {"name": "=Anna", "phone": "+49 30 1234", "bio": "-one\n@two", "languages": ["de"]}
    SpecialistFactory(**values)
    data = exported_bytes(client, SPECIALISTS, kind)
    names = [name for name in SPECIALIST_COLUMNS if name != "id"]
    if kind == "csv":
        lines = list(csv.DictReader(StringIO(data.decode("utf-8-sig"), newline="")))
        text = StringIO()
        writer = csv.DictWriter(text, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(lines)
        data = text.getvalue().encode()
    else:
        book = load_workbook(BytesIO(data))
        book.active.delete_cols(1)
        file = BytesIO()
        book.save(file)
        data = file.getvalue()
    Specialist.objects.all().hard_delete()

    imported(client, SPECIALISTS, data, f"a.{kind}")

    assert [{name: getattr(row, name) for name in values} for row in Specialist.objects.all()] == [
        values
    ]


SPECIALIST_COLUMNS = ["id", "name", "phone", "bio", "languages"]


# --- specialists


def test_a_preview_shows_every_row_and_writes_nothing(client, boss):
    anna = SpecialistFactory(name="Anna Roth", hourly_rate="80.00", location="Berlin")
    ben = SpecialistFactory(name="Ben", hourly_rate="50.00", location="")

    preview = sent(
        client,
        SPECIALISTS,
        rows(
            "id,name,hourly_rate,location",
            f"{anna.pk},Anna Roth,85.50,",
            f"{ben.pk},Ben,50,",
            ",Cleo,x,Rome",
            ",Dan,10,Oslo",
        ),
    )

    assert plan_of(preview) == [
        (2, "changed", [("location", "Berlin", ""), ("hourly_rate", "80.00", "85.50")]),
        (3, "unchanged", []),
        (4, "error", [("hourly_rate", "A valid number is required.")]),
        (5, "new", [("name", "", "Dan"), ("location", "", "Oslo"), ("hourly_rate", "", "10.00")]),
    ]
    assert Specialist.objects.count() == 2
    assert Specialist.objects.get(pk=anna.pk).location == "Berlin"
    assert b"Import all of it" not in preview.content


def test_a_yes_imports_what_was_shown_and_leaves_a_record(client, boss):
    anna = SpecialistFactory(name="Anna Roth", hourly_rate="80.00", bio="Kept.")

    response = imported(
        client,
        SPECIALISTS,
        rows("id,name,hourly_rate,languages", f'{anna.pk},Anna,85,"de, en"', ",Ben,,fr;en"),
    )

    assert told(response) == ["Imported file.csv: 1 new, 1 changed, 0 unchanged."]
    written = Specialist.objects.values_list("name", "hourly_rate", "languages", "bio")
    assert list(written) == [("Anna", 85, ["de", "en"], "Kept."), ("Ben", 0, ["fr", "en"], "")]
    entries = AdminLog.objects.order_by("resource")
    assert [(entry.action, entry.resource, entry.actor_id) for entry in entries] == [
        ("specialist.changed", "Anna", boss.pk),
        ("specialist.created", "Ben", boss.pk),
        ("specialist.imported", "specialists", boss.pk),
    ]
    assert entries.last().changes == {
        "file": [None, "file.csv"],
        "new": [None, 1],
        "changed": [None, 1],
        "unchanged": [None, 0],
        "error": [None, 0],
    }


def test_a_zone_that_moves_a_booking_out_of_open_hours_is_an_error_of_its_row(
    client, boss, specialist
):
    at = datetime(2026, 12, 7, 8, tzinfo=UTC)
    booking = BookingFactory(specialist=specialist, starts_at=at)

    preview = sent(client, SPECIALISTS, rows("id,time_zone", f"{specialist.pk},Asia/Tokyo"))

    detail = f"Bookings would be left outside open hours: {booking.reference}."
    assert plan_of(preview) == [(2, "error", [("", detail)])]


def test_somebody_of_the_same_name_and_email_is_not_made_twice(client, boss):
    anna = SpecialistFactory(name="Anna Roth", email="anna@a.eu")

    preview = sent(
        client,
        SPECIALISTS,
        rows("name,email", "Anna Roth,anna@a.eu", "Ben,", "ben,", "Anna Roth,other@a.eu"),
    )

    assert plan_of(preview) == [
        (2, "error", [("id", f"They are here already: to change them, give {anna.pk}.")]),
        (3, "new", [("name", "", "Ben"), ("email", "", "")]),
        (4, "error", [("", "The same as row 3.")]),
        (5, "new", [("name", "", "Anna Roth"), ("email", "", "other@a.eu")]),
    ]


def test_an_id_must_be_there_and_be_there_once(client, boss):
    anna, gone = SpecialistFactory(name="Anna"), SpecialistFactory()
    gone.delete()

    preview = sent(
        client,
        SPECIALISTS,
        rows("id,location", f"{anna.pk},A", f"{anna.pk},B", f"{gone.pk},C", "42,D"),
    )

    no_such = ("id", "There is nothing with this id. Leave it empty for a new row.")
    assert plan_of(preview)[1:] == [
        (3, "error", [("", "The same as row 2.")]),
        (4, "error", [no_such]),
        (5, "error", [no_such]),
    ]


def test_who_has_bookings_to_come_is_not_deactivated_by_a_file(client, boss):
    ben, cleo = SpecialistFactory(name="Ben"), SpecialistFactory(name="Cleo")
    booking = BookingFactory(specialist=ben, starts_at=datetime(2099, 1, 1, tzinfo=UTC))

    preview = sent(
        client, SPECIALISTS, rows("id,is_active", *(f"{each.pk},no" for each in (ben, cleo)))
    )

    assert plan_of(preview) == [
        (2, "error", [("", f"Bookings are still to come: {booking.reference}.")]),
        (3, "changed", [("is_active", "yes", "no")]),
    ]


# --- hours


def test_windows_are_known_by_what_they_say_and_whose_they_are(client, boss, specialist):
    response = sent(
        client,
        SCHEDULES,
        rows(
            "specialist,weekday,start_time,end_time,is_active",
            "Anna Roth,Monday,9:00,12:00,no",
            "Anna Roth,6,18:00,00:00,",
            "Nobody,Monday,09:00,12:00,",
            ",Monday,09:00,12:00,",
            "Anna Roth,Someday,12:00,09:00,maybe",
            "Anna Roth,Friday,12:00,09:00,yes",
        ),
    )

    assert plan_of(response) == [
        (2, "changed", [("is_active", "yes", "no")]),
        (
            3,
            "new",
            [
                ("specialist", "", "Anna Roth"),
                ("weekday", "", "Sunday"),
                ("start_time", "", "18:00"),
                ("end_time", "", "00:00"),
                ("is_active", "", "yes"),
            ],
        ),
        (4, "error", [("specialist", "There is no specialist so named.")]),
        (5, "error", [("specialist_id", "Say whose it is: an id, or a name.")]),
        (
            6,
            "error",
            [
                ("weekday", '"Someday" is not a valid choice.'),
                ("is_active", "Must be a valid boolean."),
            ],
        ),
        (
            7,
            "error",
            [("end_time", "A window must end after it starts (00:00: at midnight).")],
        ),
    ]


def test_windows_that_overlap_are_errors_of_the_later_row(client, boss, specialist):
    preview = sent(
        client,
        SCHEDULES,
        rows(
            "specialist_id,weekday,start_time,end_time",
            f"{specialist.pk},Tuesday,09:00,12:00",
            f"{specialist.pk},Tuesday,11:00,13:00",
            f"{specialist.pk},Monday,11:00,13:00",
            f"{specialist.pk},Tuesday,09:00,12:00",
        ),
    )

    overlap = ("", "Another active window of this weekday has some of the same time.")
    assert [(number, outcome) for number, outcome, _ in plan_of(preview)] == [
        (2, "new"),
        (3, "error"),
        (4, "error"),
        (5, "error"),
    ]
    assert [told for _, outcome, told in plan_of(preview) if outcome == "error"] == [
        [overlap],
        [overlap],
        [("", "The same as row 2.")],
    ]


def test_a_window_may_take_the_time_that_a_later_row_leaves(client, boss, specialist):
    morning = specialist.schedules.get()
    evening = ScheduleFactory(specialist=specialist, start_time=time(18), end_time=time(20))

    imported(
        client,
        SCHEDULES,
        rows("id,start_time,end_time", f"{morning.pk},18:00,20:00", f"{evening.pk},20:00,22:00"),
    )

    morning.refresh_from_db()
    evening.refresh_from_db()
    assert (morning.start_time, evening.start_time) == (time(18), time(20))


def test_hours_stay_with_their_specialist(client, boss, specialist):
    other = SpecialistFactory(name="Other")
    window = specialist.schedules.get()

    preview = sent(
        client,
        SCHEDULES,
        rows(
            "id,specialist_id,specialist",
            f"{window.pk},{other.pk},",
            f"{window.pk},{other.pk},Anna Roth",
        ),
    )

    assert plan_of(preview) == [
        (2, "error", [("specialist_id", "Hours stay with their specialist.")]),
        (3, "error", [("specialist", "The specialist with this id is Other.")]),
    ]


def test_of_two_with_one_name_an_id_says_who(client, boss):
    SpecialistFactory(name="Anna")
    SpecialistFactory(name="Anna")

    preview = sent(client, DAYS_OFF, rows("specialist,date", "Anna,2026-12-24"))

    several = "2 specialists have this name: give the id."
    assert plan_of(preview) == [(2, "error", [("specialist", several)])]


def test_a_day_off_that_takes_a_booking_is_the_error_of_its_day(client, boss, specialist):
    at = datetime(2026, 12, 7, 8, tzinfo=UTC)
    booking = BookingFactory(specialist=specialist, starts_at=at)

    preview = sent(
        client,
        DAYS_OFF,
        rows(
            "specialist,date,reason",
            "Anna Roth,2026-12-06,Rest",
            "Anna Roth,2026-12-07,Fair",
            "Anna Roth,07.12.2026,Fair",
            "Anna Roth,2026-12-06,Rest",
        ),
    )

    detail = f"Bookings would be left outside open hours: {booking.reference}."
    assert plan_of(preview) == [
        (
            2,
            "new",
            [
                ("specialist", "", "Anna Roth"),
                ("date", "", "2026-12-06"),
                ("reason", "", "Rest"),
                ("is_active", "", "yes"),
            ],
        ),
        (3, "error", [("", detail)]),
        (4, "error", [("date", "Give a date as YYYY-MM-DD: 2026-12-01.")]),
        (5, "error", [("", "The same as row 2.")]),
    ]


def test_a_day_off_that_is_there_already_is_no_second_one(client, boss, specialist):
    DayOffFactory(specialist=specialist, date=date(2026, 12, 24), reason="Eve")
    other = DayOffFactory(specialist=specialist, date=date(2026, 12, 25))

    known = sent(client, DAYS_OFF, rows("specialist,date,reason", "Anna Roth,2026-12-24,Eve"))
    moved = sent(client, DAYS_OFF, rows("id,date", f"{other.pk},2026-12-24"))

    assert plan_of(known) == [(2, "unchanged", [])]
    assert plan_of(moved) == [(2, "error", [("", "This specialist has that day off already.")])]


def test_hours_that_are_asked_for_again_count_again(client, boss, specialist):
    DayOffFactory(specialist=specialist, date=date(2026, 12, 24), is_active=False)

    preview = sent(client, DAYS_OFF, rows("specialist,date", "Anna Roth,2026-12-24"))

    assert plan_of(preview) == [(2, "changed", [("is_active", "no", "yes")])]


# --- clients


def test_clients_are_known_by_their_address_and_new_ones_have_no_password(client, boss):
    kim = UserFactory(username="kim", email="kim@a.eu", first_name="Kim")

    response = imported(
        client,
        CLIENTS,
        rows("email,first_name,time_zone", "KIM@a.eu,Kimberly,", "New@a.eu,Nora,Europe/Berlin"),
    )

    assert told(response) == ["Imported file.csv: 1 new, 1 changed, 0 unchanged."]
    kim.refresh_from_db()
    nora = User.objects.get(email="new@a.eu")
    assert (kim.first_name, kim.username) == ("Kimberly", "kim")
    assert (nora.username, nora.user_type, nora.is_superuser, nora.has_usable_password()) == (
        "new@a.eu",
        "client",
        False,
        False,
    )
    assert str(nora.time_zone) == "Europe/Berlin"


def test_a_client_with_another_address_has_to_prove_it(client, boss):
    kim = UserFactory(email="kim@a.eu", password="correct horse battery")

    imported(client, CLIENTS, rows("id,email", f"{kim.pk},new@a.eu"))

    addresses = EmailAddress.objects.filter(user=kim)
    assert list(addresses.values_list("email", "verified")) == [("new@a.eu", False)]


def test_a_client_who_is_deactivated_is_signed_out(client, boss):
    kim = UserFactory()
    session = UserSessionFactory(user=kim)

    imported(client, CLIENTS, rows("id,is_active", f"{kim.pk},no"))

    assert not User.objects.get(pk=kim.pk).is_active
    assert not UserSession.objects.get(pk=session.pk).is_active


def test_who_is_no_client_is_not_changed_and_not_made_twice(client, boss):
    anna = UserFactory(username="anna", email="anna@a.eu", user_type="specialist")
    further = UserFactory(username="ben")
    EmailAddress.objects.create(user=further, email="second@a.eu", verified=True)

    preview = sent(
        client,
        CLIENTS,
        rows(
            "id,username,email",
            f"{anna.pk},anna,evil@a.eu",
            ",x1,ANNA@a.eu",
            ",x2,second@a.eu",
            ",Ben,fresh@a.eu",
            ",x3,twin@a.eu",
            ",x4,Twin@a.eu",
            ",x3,third@a.eu",
        ),
    )

    taken = ("email", "Someone with this email address is here already.")
    nothing = ("id", "There is nothing with this id. Leave it empty for a new row.")
    assert plan_of(preview) == [
        (2, "error", [nothing]),
        (3, "error", [taken]),
        (4, "error", [taken]),
        (5, "error", [("username", "This username is taken.")]),
        (6, "new", [("username", "", "x3"), ("email", "", "twin@a.eu")]),
        (7, "error", [("", "The same as row 6.")]),
        (8, "error", [("username", "This username is taken.")]),
    ]


@pytest.mark.parametrize(
    "column",
    ["password", "user_type", "is_staff", "is_superuser", "groups", "user_permissions", "role"],
)
def test_nobody_imports_powers(client, boss, column):
    response = sent(client, CLIENTS, rows(f"email,{column}", "kim@a.eu,1"))

    assert refusal(response) == [f"Nobody imports these columns: {column}. Remove them."]


# --- the way in


def test_columns_that_do_not_belong_are_named(client, boss):
    response = sent(client, DAYS_OFF, rows("specialist,day,why", "Anna,2026-12-24,x"))

    assert refusal(response) == [
        "There are no such columns here: day, why. There are: id, specialist_id, specialist, "
        "date, reason, is_active, updated_at_utc."
    ]


def test_columns_that_are_only_looked_at_are_not_enough(client, boss):
    response = sent(client, DAYS_OFF, rows("id,updated_at_utc", "1,2"))

    assert refusal(response)[0].startswith("None of the columns that are read is here:")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.xlsx", b"PK\x03\x04 broken"),
        ("a.csv", b"\xff\xfe\x00"),
        ("a.csv", b"name\n\x00"),
        ("a.exe", b"MZ"),
        ("a.csv", b"name\n" + b"x" * 6 * 1024 * 1024),
    ],
)
def test_a_hostile_file_is_refused_on_the_page(client, boss, name, data):
    response = sent(client, SPECIALISTS, data, name)

    assert response.status_code == 200
    assert len(refusal(response)) == 1


def test_a_file_that_is_wrong_in_one_row_is_not_imported_even_on_a_yes(client, boss):
    preview = sent(client, SPECIALISTS, rows("name,email", "Anna,", "Ben,nonsense"))

    response = confirmed(client, SPECIALISTS, preview)

    assert plan_of(response)[1][1] == "error"
    assert not Specialist.objects.exists()


def test_a_yes_to_something_that_has_changed_shows_it_again(client, boss):
    anna = SpecialistFactory(name="Anna", location="Berlin")
    preview = sent(client, SPECIALISTS, rows("id,location", f"{anna.pk},Rome"))
    Specialist.objects.update(location="Oslo")

    again = confirmed(client, SPECIALISTS, preview)

    assert plan_of(again) == [(2, "changed", [("location", "Oslo", "Rome")])]
    assert Specialist.objects.get().location == "Oslo"
    confirmed(client, SPECIALISTS, again)
    assert Specialist.objects.get().location == "Rome"


def test_a_yes_counts_once_and_only_for_who_looked(client, boss):
    preview = sent(client, SPECIALISTS, rows("name", "Anna"))
    manager = StaffFactory()

    client.force_login(manager)
    strangers = confirmed(client, SPECIALISTS, preview)
    client.force_login(boss)
    first, second = (confirmed(client, SPECIALISTS, preview) for _ in range(2))

    gone = "This file is not here any more, or another has come since: send it again."
    assert [told(each)[-1] for each in (strangers, first, second)] == [
        gone,
        "Imported file.csv: 1 new, 0 changed, 0 unchanged.",
        gone,
    ]
    assert Specialist.objects.count() == 1


def test_who_may_import_what(client):
    """Receptionists change hours and clients, auditors nothing."""
    answers = {}
    for maker in (ReceptionistFactory, StaffFactory, AuditorFactory, UserFactory):
        client.force_login(maker())
        answers[maker.__name__] = [
            client.get(page(table, "import")).status_code
            for table in (SPECIALISTS, SCHEDULES, DAYS_OFF, CLIENTS)
        ]

    assert answers == {
        "ReceptionistFactory": [403, 200, 200, 200],
        "StaffFactory": [200, 200, 200, 200],
        "AuditorFactory": [403, 403, 403, 403],
        "UserFactory": [302, 302, 302, 302],
    }


def test_who_may_only_add_changes_nothing(client, frozen):
    clerk = StaffFactory(groups=[])
    names = ["view_specialist", "add_specialist"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(clerk)
    anna = SpecialistFactory(name="Anna")

    preview = sent(client, SPECIALISTS, rows("id,name", f"{anna.pk},Anne", ",Ben"))

    assert plan_of(preview) == [
        (2, "error", [("", "You may not change these.")]),
        (3, "new", [("name", "", "Ben")]),
    ]


def test_the_pages_say_how_a_file_must_look(client, boss):
    text = client.get(page(DAYS_OFF, "import")).text

    assert "specialist_id, specialist, date, reason, is_active" in text
    assert DayOff.objects.count() == Schedule.objects.count() == 0


# --- commands


def run(*arguments):
    out = StringIO()
    call_command(*arguments, "--verbosity=0", stdout=out)
    return out.getvalue()


def test_a_table_goes_out_and_comes_in_by_commands(tmp_path, specialist, frozen):
    DayOffFactory(specialist=specialist, date=date(2026, 12, 24), reason="=Eve")
    file = tmp_path / "days.csv"

    out = run("export_csv", "days_off", f"--out={file}")
    text = file.read_text()
    file.write_text(text.replace("'=Eve", "Eve"))
    dry = run("import_csv", "days_off", str(file), "--dry-run")
    reason = DayOff.objects.get().reason
    done = run("import_csv", "days_off", str(file))

    assert out == f"{file}: 1 days off.\n"
    assert (
        dry == "row 2 changed: reason: =Eve → Eve\nWould import: 0 new, 1 changed, 0 unchanged.\n"
    )
    assert reason == "=Eve"
    assert done.endswith("\nImported: 0 new, 1 changed, 0 unchanged.\n")
    assert DayOff.objects.get().reason == "Eve"
    entries = AdminLog.objects.order_by("sequence").values_list("actor", "action")
    assert list(entries) == [
        ("system", "dayoff.exported"),
        ("system", "dayoff.changed"),
        ("system", "dayoff.imported"),
    ]


def test_a_command_refuses_a_whole_file_and_says_which_row(tmp_path, specialist, frozen):
    file = tmp_path / "days.csv"
    file.write_text(rows("specialist,date", "Anna Roth,2026-12-24", "Anna Roth,tomorrow"))
    out = StringIO()

    with pytest.raises(CommandError, match=r"^Nothing was imported: 1 rows refused\.$"):
        call_command("import_csv", "days_off", str(file), verbosity=0, stdout=out)

    assert "row 3 error: date: Give a date as YYYY-MM-DD" in out.getvalue()
    assert not DayOff.objects.exists()


def test_a_command_names_a_file_that_cannot_be_read_or_written(tmp_path, db):
    there = tmp_path / "there.csv"
    there.write_text("x")

    with pytest.raises(CommandError, match="No such file"):
        run("import_csv", "clients", str(tmp_path / "none.csv"))
    with pytest.raises(CommandError, match="no rows below the header"):
        run("import_csv", "clients", str(there))
    with pytest.raises(CommandError, match="File exists"):
        run("export_csv", "clients", f"--out={there}")
