"""What every address shares: the shape of errors, the schema, the pages, health."""

import json
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from scheduling.models import Specialist
from tests.factories import StaffFactory


def shape(code, detail, *, kind="client_error", attr=None):
    return {"type": kind, "errors": [{"code": code, "detail": detail, "attr": attr}]}


@pytest.mark.django_db
def test_a_mistake_of_ours_answers_in_the_error_shape_and_tells_nothing(api, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("secret")

    monkeypatch.setattr("django.db.models.query.QuerySet._fetch_all", fail)
    api.raise_request_exception = False

    answer = api.get("/api/v1/services/")

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/json")
    assert [(error["code"], error["attr"]) for error in answer.json()["errors"]] == [
        ("error", None)
    ]
    assert answer.json()["type"] == "server_error"
    assert b"secret" not in answer.content


@pytest.mark.parametrize("path", ["/api/", "/api/v1/nothing/", "/api/v1/specialists", "/api/v2/"])
def test_an_unknown_address_answers_in_the_error_shape(api, path):
    answer = api.post(path, {})

    assert (answer.status_code, answer.json()) == (404, shape("not_found", "Not found."))


def test_an_unknown_address_asks_for_no_csrf_token():
    answer = APIClient(enforce_csrf_checks=True).post("/api/v1/bookings/nothing/cancel/", {})

    assert (answer.status_code, answer.json()) == (404, shape("not_found", "Not found."))


@pytest.mark.django_db
def test_a_method_that_is_not_there_answers_in_the_error_shape(signed_in):
    answer = signed_in(StaffFactory()).put("/api/v1/specialists/", {})

    assert answer.status_code == 405
    assert answer.json() == shape("method_not_allowed", 'Method "PUT" not allowed.')


@pytest.mark.parametrize(
    ("content", "content_type", "status", "code"),
    [
        pytest.param("{", "application/json", 400, "parse_error", id="broken JSON"),
        pytest.param("[" * 100_000, "application/json", 400, "parse_error", id="nested JSON"),
        pytest.param(b"\xff", "application/json", 400, "parse_error", id="not UTF-8"),
        pytest.param("a=b", "text/plain", 415, "unsupported_media_type", id="not JSON"),
        pytest.param("x" * 262_145, "application/json", 413, "too_large", id="over 256 KiB"),
        pytest.param("[]", "application/json", 400, "invalid", id="a list"),
        pytest.param("null", "application/json", 400, "null", id="nothing"),
    ],
)
@pytest.mark.django_db
def test_a_body_that_cannot_be_read_is_refused_in_the_error_shape(
    signed_in, content, content_type, status, code
):
    answer = signed_in(StaffFactory()).generic(
        "POST", "/api/v1/specialists/", content, content_type
    )

    assert answer.status_code == status
    assert [error["code"] for error in answer.json()["errors"]] == [code]


@pytest.mark.django_db
def test_lone_surrogates_are_refused_and_not_stored(signed_in):
    answer = signed_in(StaffFactory()).generic(
        "POST", "/api/v1/specialists/", json.dumps({"name": "\ud800"}), "application/json"
    )

    assert answer.status_code == 400
    assert not Specialist.everything.exists()


def test_a_host_that_is_not_ours_is_refused_in_the_error_shape():
    answer = APIClient(SERVER_NAME="elsewhere.example").get("/api/v1/docs/")

    assert (answer.status_code, answer.json()) == (400, shape("bad_request", "Bad request."))


def test_the_schema_is_valid_and_without_warnings(tmp_path):
    target = tmp_path / "schema.yml"

    call_command("spectacular", validate=True, fail_on_warn=True, file=str(target))

    text = target.read_text()
    assert "/api/v1/specialists/{id}/slots/:" in text
    assert "/_allauth/app/v1/auth/login:" in text


@pytest.mark.parametrize("path", ["/api/v1/docs/", "/api/v1/redoc/", "/api/v1/schema/"])
@pytest.mark.parametrize(
    ("method", "query", "status", "code"),
    [
        ("put", {}, 405, "method_not_allowed"),
        ("options", {}, 405, "method_not_allowed"),
        ("get", {"x": "1"}, 400, "unknown_parameter"),
    ],
)
def test_the_documentation_is_read_only_and_refuses_in_the_error_shape(
    api, path, method, query, status, code
):
    answer = api.generic(method.upper(), path, QUERY_STRING=urlencode(query))

    assert answer.status_code == status
    assert [error["code"] for error in answer.json()["errors"]] == [code]


def test_the_schema_comes_as_json_too(api):
    answer = api.get("/api/v1/schema/", HTTP_ACCEPT="application/json")

    document = answer.json()
    slots = document["paths"]["/api/v1/specialists/{id}/slots/"]["get"]
    assert {"sessionToken": []} in slots["security"]
    assert {} in slots["security"]
    assert {"manageToken": []} in (
        document["paths"]["/api/v1/bookings/{id}/cancel/"]["post"]["security"]
    )


@pytest.mark.parametrize("path", ["/api/v1/docs/", "/api/v1/redoc/"])
def test_pages_of_the_documentation_load_nothing_from_elsewhere(client, path):
    page = client.get(path).content.decode()

    assert "/static/drf_spectacular_sidecar/" in page
    assert "http://" not in page
    assert "https://" not in page


def test_health_live_asks_nothing_of_the_database(client):
    """Without the django_db mark, any query would fail this test."""
    answer = client.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_admin_and_api_are_found_from_the_start_page(client):
    assert client.get("/", follow=True).status_code == 200
    assert Client().get("/admin/", follow=True).status_code == 200
