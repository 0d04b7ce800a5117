"""What the log says of a request and of its statements, and what it keeps to itself."""

import json
import logging
from io import StringIO

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from coachbot import logs
from tests.factories import UserFactory


@pytest.fixture
def lines():
    """`lines(logger)` are its lines as a machine reads them."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JSON())
    logging.getLogger().addHandler(handler)
    yield lambda logger: [
        line
        for text in stream.getvalue().splitlines()
        if (line := json.loads(text))["logger"] == logger
    ]
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
def test_each_request_has_one_line_that_names_nobody(api, lines):
    answer = api.get("/api/v1/specialists/?search=kim@example.com", HTTP_USER_AGENT="Kim's")

    (line,) = lines("coachbot.access")
    assert line == {
        "time": line["time"],
        "level": "INFO",
        "logger": "coachbot.access",
        "message": "Request.",
        "request_id": answer["X-Request-ID"],
        "method": "GET",
        "path": "/api/v1/specialists/",
        "status": 200,
        "ms": line["ms"],
        "queries": 1,
    }
    assert line["ms"] > 0


@pytest.mark.django_db
def test_a_path_cannot_write_lines_of_its_own(api, lines):
    api.get("/api/v1/x%0AERROR%20forged/")

    assert [each["path"] for each in lines("coachbot.access")] == ["/api/v1/x%0AERROR%20forged/"]


@pytest.mark.django_db
def test_statements_are_told_with_the_request_and_without_their_values(api, lines, settings):
    settings.DB_ECHO = True

    answer = api.get("/api/v1/specialists/?search=kim-example")

    (line,) = lines("coachbot.sql")
    assert line["request_id"] == answer["X-Request-ID"]
    assert "scheduling_specialist" in line["sql"]
    assert "%s" in line["sql"]
    assert "kim" not in json.dumps(line)


@pytest.mark.django_db
def test_a_slow_statement_is_told_with_its_place_in_our_code(api, lines, settings, specialist):
    settings.DB_SLOW_QUERY_MS = 0.0001
    days = "start=2026-12-07&end=2026-12-08"

    api.get(f"/api/v1/specialists/{specialist.pk}/slots/?{days}")
    api.get("/api/v1/specialists/")

    places = [line["place"].partition(":")[0] for line in lines("coachbot.sql")]
    assert {line["message"] for line in lines("coachbot.sql")} == {"Slow statement."}
    assert "scheduling/queries/hours.py" in places
    assert "scheduling.views.catalogue.SpecialistViewSet.paginate_queryset" in places


@pytest.mark.django_db
def test_an_error_of_the_database_is_told_without_the_row_it_is_about():
    taken = UserFactory().email

    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        User.objects.bulk_create([User(email=taken, username="lee")])
    info = (caught.type, caught.value, caught.tb)
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "Failed.", None, info)
    told = [form.format(record) for form in (logs.JSON(), logs.Console())]

    assert (taken in str(caught.value)) is (connection.vendor == "postgresql")
    assert [("IntegrityError" in text, taken in text) for text in told] == [(True, False)] * 2


def test_a_row_with_several_lines_is_left_out_as_a_whole():
    try:
        try:
            raise IntegrityError(
                'violates "a_check"\nDETAIL:  Failing row contains (7, first\nsecond\n\nthird).\n'
            )
        except IntegrityError as failure:
            raise RuntimeError("Not stored.") from failure
    except RuntimeError as failure:
        info = (type(failure), failure, failure.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "Failed.", None, info)

    told = logs.Console().format(record)

    kept = ['IntegrityError: violates "a_check"\nDETAIL: (left out)\n', "RuntimeError: Not stored."]
    assert [part in told for part in kept] == [True, True]
    assert [word for word in ("first", "second", "third") if word in told] == []


def test_a_line_for_people_has_everything_in_one_line():
    record = logging.LogRecord("coachbot.sql", logging.WARNING, __file__, 1, "Slow.", None, None)
    record.created, record.fields = 0, {"ms": 812}
    token = logs.request_id.set("0193")

    line = logs.Console().format(record)

    logs.request_id.reset(token)
    assert line == "00:00:00 WARNING coachbot.sql: Slow. ms=812 [0193]"
