"""A POST that is repeated with its key is done once and answered alike."""

import json
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, models, transaction
from rest_framework.test import APIRequestFactory

from coachbot.idempotency import IdempotencyKey
from scheduling.models import Booking, BookingStatus
from scheduling.views import BookingViewSet
from tests.factories import BookingFactory, ScheduleFactory, SpecialistFactory, UserFactory
from tests.processes import environment_here

RACER = Path(__file__).with_name("idempotency_racer.py")
PROCESSES, GUESTS, TIMES = 5, 10, 2
BOOKINGS = "/api/v1/bookings/"
NINE, TEN = "2026-12-07T08:00:00Z", "2026-12-07T09:00:00Z"
GUEST = {"client_name": "Lee", "client_email": "lee@example.com"}
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite makes whole transactions wait"
)


def wish(specialist, starts_at=NINE, **more):
    return {"specialist": str(specialist.pk), "starts_at": starts_at, **more}


def post(client, body, key="k1", path=BOOKINGS, **more):
    return client.post(path, body, headers={"Idempotency-Key": key}, **more)


def told(answer):
    """All of an answer that a client goes by, but whether it is a repetition."""
    return answer.status_code, answer.content, answer.get("ETag")


def is_replay(answer):
    return answer.get("Idempotent-Replayed") == "true"


def codes(answer):
    return [(error["code"], error["attr"]) for error in answer.json()["errors"]]


@pytest.fixture
def kim(frozen, signed_in):
    return signed_in(UserFactory(username="kim"))


# --- The same again -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_repeated_request_is_done_once_and_answered_alike(kim, specialist):
    first = post(kim, wish(specialist, notes="Ü 1.0"))

    second = post(kim, wish(specialist, notes="Ü 1.0"))

    assert (first.status_code, first["ETag"]) == (201, '"1"')
    assert told(second) == told(first)
    assert (is_replay(first), is_replay(second)) == (False, True)
    assert second["Content-Type"] == first["Content-Type"]
    assert Booking.objects.count() == IdempotencyKey.objects.count() == 1


@pytest.mark.django_db
def test_the_order_and_the_spacing_of_the_json_do_not_matter(kim, specialist):
    asked = wish(specialist, notes="Knee")
    first = post(kim, json.dumps(asked), content_type="application/json")

    turned = json.dumps(dict(reversed(asked.items())), indent=4)
    second = post(kim, turned, content_type="application/json")

    assert told(second) == told(first)
    assert is_replay(second)


@pytest.mark.django_db
def test_a_verb_is_repeated_without_a_body(frozen, signed_in, specialist):
    specialist.user = UserFactory(user_type="specialist")
    specialist.save()
    booking = BookingFactory(specialist=specialist, status=BookingStatus.PENDING)
    confirm = f"{BOOKINGS}{booking.pk}/confirm/"
    client = signed_in(specialist.user)

    first, second = (post(client, None, path=confirm) for _ in range(2))

    assert (first.status_code, first.json()["status"]) == (200, "confirmed")
    assert told(second) == told(first)
    assert is_replay(second)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("complete/", None),
        ("no-show/", None),
        ("cancel/", {"reason": "Flu"}),
        ("reschedule/", {"starts_at": TEN, "reason": "Flu"}),
    ],
)
def test_every_verb_is_done_once_however_often_it_is_sent(
    frozen, signed_in, specialist, verb, body
):
    specialist.user = UserFactory(user_type="specialist")
    specialist.save()
    booking = BookingFactory(specialist=specialist, starts_at=frozen - timedelta(hours=2))
    client, path = signed_in(specialist.user), f"{BOOKINGS}{booking.pk}/{verb}"

    first, second = (post(client, body, path=path) for _ in range(2))

    assert (first.status_code, first["ETag"]) == (200, '"2"')
    assert told(second) == told(first)
    assert is_replay(second)
    assert booking.events.count() == 1


@pytest.mark.django_db
def test_without_a_key_a_request_is_done_each_time(kim, specialist):
    answers = [kim.post(BOOKINGS, wish(specialist)).status_code for _ in range(2)]

    assert answers == [201, 409]
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db
def test_a_refusal_is_repeated_even_when_its_reason_is_gone(kim, specialist):
    other = BookingFactory(
        specialist=specialist, starts_at=datetime.fromisoformat(NINE), client=UserFactory()
    )
    first = post(kim, wish(specialist))
    Booking.objects.filter(pk=other.pk).update(status=BookingStatus.CANCELLED)

    second = post(kim, wish(specialist))

    assert (first.status_code, codes(first)) == (409, [("slot_taken", None)])
    assert len(first.json()["alternatives"]) == 5
    assert told(second) == told(first)
    assert is_replay(second)
    assert post(kim, wish(specialist), "k2").status_code == 201


# --- Not the same -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_key_of_another_request_is_refused(kim, specialist):
    booked = post(kim, wish(specialist)).json()

    answers = [
        post(kim, wish(specialist, TEN)),
        post(kim, wish(specialist), path=f"{BOOKINGS}{booked['id']}/cancel/"),
    ]

    assert [(each.status_code, each.json()["type"], codes(each)) for each in answers] == [
        (422, "client_error", [("idempotency_key_reused", None)])
    ] * 2
    assert Booking.objects.get().status == BookingStatus.CONFIRMED


@pytest.mark.django_db
def test_the_key_of_another_user_is_another_key(kim, signed_in, specialist):
    post(kim, wish(specialist))

    answer = post(signed_in(UserFactory()), wish(specialist))

    assert (answer.status_code, codes(answer)) == (409, [("slot_taken", None)])
    assert not is_replay(answer)


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen")
def test_guests_are_told_apart_by_their_address_and_from_users(api, signed_in, specialist):
    asked = wish(specialist, **GUEST)
    first = post(api, asked, REMOTE_ADDR="192.0.2.1")

    same = post(api, asked, REMOTE_ADDR="192.0.2.1")
    other = post(api, asked, REMOTE_ADDR="192.0.2.2")
    forged = post(api, asked, REMOTE_ADDR="192.0.2.2", HTTP_X_FORWARDED_FOR="192.0.2.1")
    user = post(signed_in(UserFactory()), asked, REMOTE_ADDR="192.0.2.1")

    assert told(same) == told(first)
    assert is_replay(same)
    assert codes(other) == codes(forged) == codes(user) == [("slot_taken", None)]
    assert not is_replay(user)


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen")
def test_at_one_address_a_guests_answer_needs_their_token(api, specialist):
    booked = post(api, wish(specialist, **GUEST)).json()
    cancel, token = f"{BOOKINGS}{booked['id']}/cancel/", booked["manage_token"]
    first = post(api, {}, "k2", cancel, HTTP_X_MANAGE_TOKEN=token)

    same = post(api, {}, "k2", cancel, HTTP_X_MANAGE_TOKEN=token)
    guessed = post(api, {}, "k2", cancel, HTTP_X_MANAGE_TOKEN="guessed")
    without = post(api, {}, "k2", cancel)

    assert (first.status_code, told(same)) == (200, told(first))
    assert (guessed.status_code, codes(guessed)) == (422, [("idempotency_key_reused", None)])
    assert without.status_code == 401


# --- What leaves a key unused -------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        pytest.param({"starts_at": "soon"}, 400, id="400"),
        pytest.param({"nothing": 1}, 400, id="unknown member"),
        pytest.param({"outside_hours_reason": "I may"}, 403, id="403"),
    ],
)
def test_a_request_that_was_wrong_does_not_use_up_its_key(kim, specialist, wrong, status):
    refused = post(kim, wish(specialist, **wrong))

    assert refused.status_code == status
    assert not IdempotencyKey.objects.exists()
    assert post(kim, wish(specialist)).status_code == 201


@pytest.mark.django_db
def test_neither_does_one_without_an_object_or_of_an_old_version(kim, specialist):
    booked = post(kim, wish(specialist)).json()
    missing = f"{BOOKINGS}{specialist.pk}/cancel/"
    cancel = f"{BOOKINGS}{booked['id']}/cancel/"

    answers = [
        post(kim, {}, "k2", missing),
        post(kim, {}, "k2", cancel, HTTP_IF_MATCH='"9"'),
        post(kim, {}, "k2", cancel, HTTP_IF_MATCH='"1"'),
    ]

    assert [each.status_code for each in answers] == [404, 412, 200]


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen")
def test_who_may_not_ask_is_told_so_before_the_key_is_looked_at(api, specialist):
    booking = BookingFactory(specialist=specialist)

    assert post(api, {}, "", f"{BOOKINGS}{booking.pk}/cancel/").status_code == 401
    assert post(api, {}, "k1", BOOKINGS, HTTP_X_SESSION_TOKEN="no").status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        pytest.param("{", "application/json", 400, id="broken"),
        pytest.param("[" * 100_000, "application/json", 400, id="nested"),
        pytest.param("[]", "application/json", 400, id="a list"),
        pytest.param("a=b", "text/plain", 415, id="not JSON"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_as_without_a_key(kim, content, content_type, status):
    answers = [
        kim.generic("POST", BOOKINGS, content, content_type, **key)
        for key in ({}, {"HTTP_IDEMPOTENCY_KEY": "k1"})
    ]

    assert [each.status_code for each in answers] == [status] * 2
    assert answers[0].content == answers[1].content
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db
def test_where_nothing_is_posted_a_key_changes_nothing(kim, specialist):
    booked = post(kim, wish(specialist)).json()
    address = f"{BOOKINGS}{booked['id']}/"

    assert post(kim, {}, path=address).status_code == 405
    assert kim.get(address, headers={"Idempotency-Key": ""}).json() == booked


# --- Keys ---------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="empty"),
        pytest.param("  ", id="blank"),
        pytest.param("k" * 256, id="too long"),
        pytest.param("schlüssel", id="not ASCII"),
        pytest.param("a\tb", id="not printable"),
        pytest.param('"', id="a quote alone"),
        pytest.param('""', id="quoted and empty"),
        pytest.param('"a', id="never closed"),
        pytest.param('"a"b"', id="closed twice"),
        pytest.param('"a\\b"', id="an escape that is none"),
        pytest.param('"a";p=1', id="with parameters"),
        pytest.param('"' + "k" * 256 + '"', id="quoted and too long"),
    ],
)
def test_what_is_no_key_is_refused(kim, specialist, key):
    answer = post(kim, wish(specialist), key)

    assert (answer.status_code, codes(answer)) == (400, [("invalid_idempotency_key", None)])
    assert not Booking.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("bare", "quoted"),
    [
        pytest.param("k1", '"k1"', id="plain"),
        pytest.param('a"b\\c', r'"a\"b\\c"', id="escapes"),
        pytest.param("k" * 255, '"' + "k" * 255 + '"', id="the longest"),
        pytest.param("a b~!", '"a b~!"', id="space and signs"),
    ],
)
def test_a_key_may_be_quoted(kim, specialist, bare, quoted):
    first = post(kim, wish(specialist), bare)

    second = post(kim, wish(specialist), quoted)

    assert first.status_code == 201
    assert told(second) == told(first)


# --- Time ---------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen")
def test_a_key_is_good_for_as_long_as_it_is_set_and_then_new(api, specialist, settings, now):
    settings.IDEMPOTENCY_KEY_HOURS = 2
    asked = wish(specialist, **GUEST)
    first = post(api, asked)

    with time_machine.travel(now + timedelta(hours=2, seconds=-1), tick=False):
        in_time = post(api, asked)
    with time_machine.travel(now + timedelta(hours=2), tick=False):
        too_late = post(api, asked)
        again = post(api, asked)

    assert told(in_time) == told(first)
    assert (too_late.status_code, is_replay(too_late)) == (409, False)
    assert told(again) == told(too_late)
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.django_db
def test_purging_deletes_what_has_expired_and_nothing_else(frozen, monkeypatch):
    monkeypatch.setattr("coachbot.idempotency.PURGE_BATCH", 2)
    for minutes in (-2, -1, 0, 1):
        IdempotencyKey.objects.create(
            owner="user:1", key_hash=str(minutes), expires_at=frozen + timedelta(minutes=minutes)
        )

    said = []
    for _ in range(2):
        output = StringIO()
        call_command("purge_idempotency_keys", stdout=output)
        said.append(output.getvalue())

    assert said == ["Purged 3 idempotency key(s).\n", "Purged 0 idempotency key(s).\n"]
    assert IdempotencyKey.objects.get().key_hash == "1"


# --- Secrets ------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen")
def test_a_guests_token_is_replayed_and_stands_nowhere_in_the_database(api, specialist):
    first = post(api, wish(specialist, **GUEST), "key-of-lee").json()

    second = post(api, wish(specialist, **GUEST), "key-of-lee").json()

    row = IdempotencyKey.objects.values().get()
    assert second == first
    assert len(first["manage_token"]) > 40
    for secret in (first["manage_token"], "key-of-lee", "lee@example.com"):
        assert secret not in str(row)


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen")
def test_an_answer_opens_with_its_key_and_the_secret_key_only(api, specialist, settings):
    asked = wish(specialist, **GUEST)
    first = post(api, asked)
    old = settings.SECRET_KEY

    settings.SECRET_KEY = "another"
    lost = post(api, asked)
    settings.SECRET_KEY_FALLBACKS = [old]
    found = post(api, asked)

    assert (lost.status_code, codes(lost)) == (422, [("idempotency_key_reused", None)])
    assert told(found) == told(first)
    assert Booking.objects.count() == 1


# --- At the same moment -------------------------------------------------------------------------


@pytest.fixture
def wanted(transactional_db):
    """What guests ask for: the one slot of tomorrow."""
    specialist = SpecialistFactory(time_zone="UTC")
    for weekday in range(7):
        ScheduleFactory(
            specialist=specialist, weekday=weekday, start_time=time(9), end_time=time(10)
        )
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    return wish(specialist, datetime.combine(tomorrow, time(9), UTC).isoformat(), **GUEST)


def racer(way, body):
    return subprocess.Popen(
        [sys.executable, RACER, way, "k1", json.dumps(body), str(GUESTS)],
        env=environment_here(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_of_a_hundred_equal_requests_one_is_done_and_the_others_repeat_it(wanted):
    racers = [racer("repeat", wanted) for _ in range(PROCESSES)]
    for each in racers:
        assert each.stdout.readline() == "ready\n"
    for each in racers:
        each.stdin.write("go\n")
        each.stdin.flush()
    answers = [answer for each in racers for answer in json.loads(each.communicate(timeout=60)[0])]

    kinds = Counter((status, replayed) for status, replayed, _ in answers)
    in_flight = [
        json.loads(body)["errors"][0]["code"] for status, _, body in answers if status > 201
    ]
    assert len(answers) == PROCESSES * GUESTS * TIMES
    assert kinds[201, None] == 1
    assert kinds[201, "true"] == len(answers) - 1 - len(in_flight)
    assert set(in_flight) <= {"idempotency_in_flight"}
    assert connection.vendor == "postgresql" or not in_flight
    assert len({body for status, _, body in answers if status == 201}) == 1
    assert Booking.objects.count() == IdempotencyKey.objects.count() == 1


def test_who_dies_before_the_answer_leaves_nothing_and_the_retry_succeeds(api, wanted):
    process = racer("die", wanted)

    process.communicate(timeout=60)

    assert process.returncode == -9
    assert not Booking.objects.exists()
    assert not IdempotencyKey.objects.exists()
    assert post(api, wanted).status_code == 201


@pytest.mark.django_db
def test_who_fails_before_the_answer_leaves_nothing_either(frozen, api, specialist):
    class Failing(BookingViewSet):
        def create(self, request):
            super().create(request)
            raise ZeroDivisionError

    asked = wish(specialist, **GUEST)
    request = APIRequestFactory().post(BOOKINGS, asked, headers={"Idempotency-Key": "k1"})

    answer = Failing.as_view({"post": "create"})(request)

    assert answer.status_code == 500
    assert not Booking.objects.exists()
    assert post(api, asked).status_code == 201


@contextmanager
def unfinished(work):
    """What another connection has done by now, and will undo."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute(*work)
        yield
    finally:
        other.rollback()
        other.close()


@on_postgresql
@pytest.mark.parametrize("has_expired", [False, True])
def test_while_the_first_is_still_running_the_second_is_told_to_come_back(api, wanted, has_expired):
    with transaction.atomic():
        post(api, wanted)
        row = IdempotencyKey.objects.get()
        transaction.set_rollback(True)
    insert = models.sql.InsertQuery(IdempotencyKey)
    insert.insert_values(IdempotencyKey._meta.local_concrete_fields[1:], [row])
    work = insert.get_compiler(connection=connection).as_sql()[0]
    if has_expired:
        row.expires_at = datetime(2020, 1, 1, tzinfo=UTC)
        row.save(force_insert=True)
        work = ("SELECT 1 FROM coachbot_idempotencykey FOR UPDATE",)

    with unfinished(work):
        meanwhile = post(api, wanted)
    afterwards = post(api, wanted)

    assert (meanwhile.status_code, codes(meanwhile)) == (409, [("idempotency_in_flight", None)])
    assert meanwhile["Retry-After"] == "1"
    assert (afterwards.status_code, is_replay(afterwards)) == (201, False)


@on_postgresql
@pytest.mark.django_db
def test_the_work_itself_waits_for_locks_as_long_as_ever(specialist):
    seen = []

    class Watching(BookingViewSet):
        def create(self, request):
            with connection.cursor() as cursor:
                cursor.execute("SHOW lock_timeout")
                seen.append(cursor.fetchone()[0])
            return super().create(request)

    for headers in ({}, {"Idempotency-Key": "k1"}):
        request = APIRequestFactory().post(BOOKINGS, wish(specialist), headers=headers)
        Watching.as_view({"post": "create"})(request)

    assert len(seen) == 2
    assert seen[0] == seen[1]


# --- The schema ---------------------------------------------------------------------------------


def test_the_schema_names_the_key_where_it_is_taken(tmp_path):
    target = tmp_path / "schema.json"

    call_command(
        "spectacular",
        format="openapi-json",
        validate=True,
        fail_on_warn=True,
        file=str(target),
    )

    paths = json.loads(target.read_text())["paths"]
    taking = {
        (path, verb)
        for path, operations in paths.items()
        for verb, operation in operations.items()
        if "Idempotency-Key" in [each.get("name") for each in operation.get("parameters", ())]
    }
    collections = (BOOKINGS, "/api/v1/feedback/", "/api/v1/chats/", "/api/v1/waiting-list/")
    assert {(path, "post") for path in collections} <= taking
    assert taking == {
        (path, "post") for path in paths if path.startswith(collections) and "post" in paths[path]
    }
    assert all("422" in paths[path][verb]["responses"] for path, verb in taking)
