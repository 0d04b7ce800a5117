"""Real faults of real databases, and what clients see of them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import InvalidOperation
from threading import Barrier

import pytest
from django.db import DataError, Error, IntegrityError, connection, connections, transaction
from rest_framework.test import APIClient

from coachbot.api.errors import Handler
from coachbot.db import plans
from coachbot.db.faults import TRIES, Fault, classify, retrying
from scheduling.models import Booking, Specialist
from scheduling.models.specialist import PRESENT
from tests.factories import BookingFactory, SpecialistFactory, StaffFactory

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own")
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own")

AWAY = {
    "type": "server_error",
    "errors": [
        {
            "code": "unavailable",
            "detail": "The database cannot answer now: please try again.",
            "attr": None,
        }
    ],
}


@pytest.fixture
def session(transactional_db):
    """`session(sql)` changes how the connection behaves, until the test is over."""

    def execute(sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)

    yield execute
    connection.close()


@pytest.fixture
def somebody_else(transactional_db):
    """Another connection to the same database."""
    other = connection.copy()
    yield other
    other.close()


@pytest.fixture
def a_second_client(specialist, somebody_else):
    """Somebody else holds the lock that every booking of `specialist` needs."""
    sql = (
        "BEGIN IMMEDIATE"
        if connection.vendor == "sqlite"
        else f"BEGIN; SELECT 1 FROM scheduling_specialist WHERE id = '{specialist.pk}' FOR UPDATE"
    )
    with somebody_else.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def api():
    """A client of the API that takes a 503 for an answer."""
    return APIClient(raise_request_exception=False)


def book(api, specialist):
    guest = {"client_name": "Kim", "client_email": "kim@example.com"}
    wish = {"specialist": str(specialist.pk), "starts_at": "2026-12-07T08:00:00Z"}
    return api.post("/api/v1/bookings/", {**wish, **guest})


def raise_sqlstate(code):
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = '{code}'; END $$")


# --- From an error to its kind ----------------------------------------------------------------


@on_postgresql
@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("40001", Fault.RETRY),
        ("40P01", Fault.RETRY),
        ("40002", None),
        ("08006", Fault.UNAVAILABLE),
        ("25006", Fault.UNAVAILABLE),
        ("25P03", Fault.UNAVAILABLE),
        ("53100", Fault.UNAVAILABLE),
        ("53300", Fault.UNAVAILABLE),
        ("55P03", Fault.UNAVAILABLE),
        ("57014", Fault.UNAVAILABLE),
        ("57P01", Fault.UNAVAILABLE),
        ("58030", Fault.UNAVAILABLE),
        ("23503", Fault.CONFLICT),
        ("23505", Fault.CONFLICT),
        ("23P01", Fault.CONFLICT),
        ("22003", Fault.BAD_DATA),
        ("22021", Fault.BAD_DATA),
        ("23514", Fault.BAD_DATA),
        ("23001", None),
        ("25P02", None),
        ("42P01", None),
        ("XX001", None),
    ],
)
@pytest.mark.django_db
def test_postgresql_says_by_its_code_what_an_error_is(code, fault):
    with pytest.raises(Error) as caught, transaction.atomic():
        raise_sqlstate(code)

    assert classify(caught.value) is fault


@on_postgresql
@pytest.mark.django_db
def test_a_text_that_the_driver_cannot_send_is_bad_data():
    with pytest.raises(Error) as caught:
        Specialist.objects.filter(name="a\x00b").exists()

    assert classify(caught.value) is Fault.BAD_DATA


@on_sqlite
@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("SELECT * FROM nothing", None),
        ("SELECT zeroblob(2000000000)", Fault.BAD_DATA),
        ("UPDATE scheduling_booking SET occupied_starts_at = '2026-12-07T08:00:00Z'", None),
        ("UPDATE scheduling_booking SET client_name = NULL", Fault.BAD_DATA),
        ("ATTACH '/nowhere/at/all.db' AS other", Fault.UNAVAILABLE),
    ],
)
def test_sqlite_says_by_its_names_what_an_error_is(transactional_db, sql, fault):
    BookingFactory()

    with pytest.raises(Error) as caught, connection.cursor() as cursor:
        cursor.execute(sql)

    assert classify(caught.value) is fault


@pytest.mark.django_db
def test_a_row_that_goes_while_a_request_is_on_its_way_is_a_404(signed_in, specialist):
    staff = signed_in(StaffFactory())

    def go_before_the_lock(execute, sql, params, many, context):
        if sql.startswith("SELECT") and "scheduling_specialist" in sql:
            seen.append(sql)
            if len(seen) == 2:
                with connection.cursor() as cursor:
                    cursor.execute("DELETE FROM scheduling_schedule")
                    cursor.execute("DELETE FROM scheduling_specialist")
        return execute(sql, params, many, context)

    seen = []
    with connection.execute_wrapper(go_before_the_lock):
        answer = staff.patch(f"/api/v1/specialists/{specialist.pk}/", {"bio": "Knees"})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "not_found")


@pytest.mark.django_db
def test_a_number_with_more_digits_than_its_column_is_bad_data():
    with pytest.raises((InvalidOperation, DataError)) as error, transaction.atomic():
        BookingFactory(price="12345678901.00").refresh_from_db()  # SQLite finds out in reading

    assert classify(error.value) is Fault.BAD_DATA


@pytest.mark.django_db
def test_a_rule_about_two_rows_is_a_conflict_and_one_about_a_row_bad_data():
    booking = BookingFactory()
    second = {"specialist": booking.specialist, "client": booking.client}
    later = {"starts_at": booking.starts_at + timedelta(days=1)}
    kinds = {}

    for name, values in {
        "overlap": second,
        "same reference": {**second, **later, "reference": booking.reference},
        "ends as it starts": {**second, **later, "ends_at": later["starts_at"]},
        "no such status": {**second, **later, "status": "lost"},
    }.items():
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            BookingFactory(**values)
        kinds[name] = (classify(caught.value), Handler(caught.value, {}).run().status_code)

    assert kinds == {
        "overlap": (Fault.CONFLICT, 409),
        "same reference": (Fault.CONFLICT, 409),
        "ends as it starts": (Fault.BAD_DATA, 400),
        "no such status": (Fault.BAD_DATA, 400),
    }


def test_what_is_no_fault_of_the_database_is_none():
    assert classify(ValueError("x")) is None


# --- Trying again -----------------------------------------------------------------------------


@on_postgresql
def test_the_victim_of_a_deadlock_tries_again_and_gets_through(transactional_db):
    rows = [SpecialistFactory().pk, SpecialistFactory().pk]
    together, tries = Barrier(2), []

    @retrying
    def lock_both(first, second):
        with transaction.atomic():
            Specialist.everything.lock(first)
            tries.append(first)
            if len(tries) <= 2:
                together.wait()
            Specialist.everything.lock(second)
        return first

    def client(order):
        try:
            return lock_both(*order)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(client, [rows, rows[::-1]]))

    assert done == rows
    assert len(tries) > 2


@on_postgresql
@pytest.mark.parametrize(("code", "tries"), [("40P01", TRIES), ("40001", TRIES), ("55P03", 1)])
def test_only_a_victim_is_tried_again_and_not_for_ever(transactional_db, code, tries):
    tried = []

    @retrying
    def service():
        tried.append(code)
        raise_sqlstate(code)

    with pytest.raises(Error):
        service()

    assert len(tried) == tries


@on_postgresql
@pytest.mark.django_db
def test_inside_another_transaction_only_its_owner_tries_again():
    tried = []

    @retrying
    def service():
        tried.append(1)
        raise_sqlstate("40P01")

    with pytest.raises(Error), transaction.atomic():
        service()

    assert tried == [1]


# --- What clients see -------------------------------------------------------------------------


def assert_away(answer):
    assert (answer.status_code, answer.json()) == (503, AWAY)
    assert answer.headers["Retry-After"] == "2"


@on_postgresql
@pytest.mark.parametrize("patience", ["lock_timeout", "statement_timeout"])
@pytest.mark.usefixtures("frozen", "a_second_client")
def test_a_lock_that_does_not_come_free_is_a_503(api, session, specialist, patience):
    session(f"SET {patience} = '50ms'")

    assert_away(book(api, specialist))
    assert not Booking.objects.exists()


@on_postgresql
@pytest.mark.usefixtures("frozen")
def test_a_standby_serves_readers_and_tells_writers_to_come_back(api, session, specialist):
    session("SET default_transaction_read_only = on")

    assert_away(book(api, specialist))
    assert api.get("/api/v1/specialists/").status_code == 200


@on_postgresql
@pytest.mark.usefixtures("session")
def test_a_lost_connection_is_a_503_and_the_next_request_has_a_new_one(api, somebody_else):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    with somebody_else.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])

    lost = api.get("/api/v1/specialists/")
    # Django does this at the end of each request, but for its test client.
    connection.close_if_unusable_or_obsolete()
    next_one = api.get("/api/v1/specialists/")

    assert_away(lost)
    assert next_one.status_code == 200


@pytest.mark.usefixtures("session")
def test_a_database_that_cannot_be_reached_is_a_503(api, monkeypatch):
    connection.close()
    nowhere = {"postgresql": ("PORT", "1"), "sqlite": ("NAME", "/nowhere/at/all.db")}
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, *nowhere[connection.vendor])
        answer = api.get("/api/v1/specialists/")
        connection.close()

    assert_away(answer)


@pytest.fixture
def a_column_that_changes(specialist, somebody_else):
    """`change()` has somebody else change a column, of which plans are kept here."""

    def change(kind="varchar(201)"):
        with somebody_else.cursor() as cursor:
            cursor.execute(f"ALTER TABLE scheduling_specialist ALTER location TYPE {kind}")

    yield change
    connection.close()
    change("varchar(200)")


@pytest.fixture
def a_plan_of_the_lock(specialist):
    """Kept, unlike that of anything that comes before it: it is met in the transaction."""
    for _ in range(plans.KEPT_AFTER + 1):
        with transaction.atomic():
            Specialist.everything.lock(specialist.pk)


@pytest.fixture
def a_plan_of_the_row(specialist):
    for _ in range(plans.KEPT_AFTER + 1):
        PRESENT.get(pk=specialist.pk)


@on_postgresql
@pytest.mark.usefixtures("frozen", "a_plan_of_the_row")
def test_what_the_next_version_changes_is_read_on(api, specialist, a_column_that_changes):
    a_column_that_changes()

    days = "start=2026-12-07&end=2026-12-08"
    assert api.get(f"/api/v1/specialists/{specialist.pk}/slots/?{days}").status_code == 200


@on_postgresql
@pytest.mark.parametrize("key", [{}, {"HTTP_IDEMPOTENCY_KEY": "once"}], ids=["plain", "with a key"])
@pytest.mark.usefixtures("frozen", "a_plan_of_the_lock")
def test_who_meets_an_outdated_plan_while_they_book_is_none_the_wiser(
    api, specialist, a_column_that_changes, key
):
    api.credentials(**key)
    a_column_that_changes()

    assert book(api, specialist).status_code == 201


@on_postgresql
@pytest.mark.usefixtures("a_plan_of_the_lock")
def test_a_transaction_that_nobody_runs_again_meets_it_once(specialist, a_column_that_changes):
    a_column_that_changes()

    with pytest.raises(Error) as caught, transaction.atomic():
        Specialist.everything.lock(specialist.pk)
    assert classify(caught.value) is Fault.RETRY
    with transaction.atomic():
        assert Specialist.everything.lock(specialist.pk) == specialist


@on_postgresql
@pytest.mark.usefixtures("a_plan_of_the_row")
def test_without_that_the_statement_fails(specialist, a_column_that_changes):
    connection.execute_wrappers.remove(plans.go_on_without)
    a_column_that_changes()

    with pytest.raises(Error) as caught:
        PRESENT.get(pk=specialist.pk)

    assert plans.is_outdated(caught.value)


@on_sqlite
@pytest.mark.usefixtures("frozen", "a_second_client")
def test_a_busy_file_is_a_503(api, session, specialist):
    session("PRAGMA busy_timeout = 50")

    assert_away(book(api, specialist))
    assert not Booking.objects.exists()


@on_sqlite
@pytest.mark.usefixtures("frozen")
def test_a_file_that_may_only_be_read_is_a_503_for_writers(api, session, specialist):
    session("PRAGMA query_only = ON")

    assert_away(book(api, specialist))
    assert api.get("/api/v1/specialists/").status_code == 200


@on_sqlite
def test_a_full_disk_is_a_503_and_nothing_is_half_stored(session, signed_in):
    staff = signed_in(StaffFactory())
    staff.raise_request_exception = False
    # Pages that earlier tests left free would hold some answers more.
    session("VACUUM")
    session("PRAGMA max_page_count = 1")

    answers = [
        staff.post("/api/v1/specialists/", {"name": "Kim", "bio": "x" * 10_000}) for _ in range(30)
    ]

    stored = [answer for answer in answers if answer.status_code == 201]
    assert_away(answers[-1])
    assert Specialist.objects.count() == len(stored)


@pytest.mark.usefixtures("session")
def test_pages_too_say_that_the_database_is_away(admin_client, monkeypatch):
    admin_client.raise_request_exception = False
    connection.close()
    nowhere = {"postgresql": ("PORT", "1"), "sqlite": ("NAME", "/nowhere/at/all.db")}
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, *nowhere[connection.vendor])
        page = admin_client.get("/admin/")
        wish = {"email": "kim@example.com", "password": "x"}
        told = admin_client.post("/_allauth/app/v1/auth/login", wish, "application/json")
        connection.close()

    assert (page.status_code, page.headers["Retry-After"]) == (503, "2")
    assert "Please try again in a moment" in page.text
    assert_away(told)
