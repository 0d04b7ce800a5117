"""What browsers, proxies and attackers see of every answer."""

import json

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from rest_framework.test import APIClient

from coachbot import urls
from coachbot.api.addresses import client_address
from tests.factories import UserFactory

LOGIN = "/_allauth/app/v1/auth/login"
SPECIALISTS = "/api/v1/specialists/"


def shape(code, detail, *, kind="client_error"):
    return {"type": kind, "errors": [{"code": code, "detail": detail, "attr": None}]}


# --- addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        pytest.param(0, None, "192.0.2.9", id="nobody in between"),
        pytest.param(0, "192.0.2.1", "192.0.2.9", id="forged"),
        pytest.param(1, "192.0.2.1", "192.0.2.1", id="behind one"),
        pytest.param(1, "192.0.2.66, 192.0.2.1", "192.0.2.1", id="forged before one"),
        pytest.param(2, "192.0.2.66,192.0.2.1 ,10.0.0.1", "192.0.2.1", id="forged before two"),
        pytest.param(1, "2001:DB8::1", "2001:db8::1", id="IPv6"),
        pytest.param(1, None, "192.0.2.9", id="not through the proxy"),
        pytest.param(2, "192.0.2.1", "192.0.2.9", id="through one of two"),
        pytest.param(1, "unknown", "192.0.2.9", id="no address"),
        pytest.param(1, "192.0.2.1, ", "192.0.2.9", id="empty"),
        pytest.param(1, "192.0.2.1, <script>", "192.0.2.9", id="no address at all"),
    ],
)
def test_the_address_of_a_client_is_what_our_outermost_proxy_saw(
    settings, proxies, forwarded, address
):
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}

    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="192.0.2.9")

    assert client_address(request) == address


def test_behind_a_socket_without_a_proxy_there_is_no_address():
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) == ""


@pytest.mark.django_db
@pytest.mark.parametrize("forwarded", ["192.0.2.1", "unknown", ""])
@pytest.mark.parametrize("remote", ["", "192.0.2.9"])
def test_signing_in_works_whatever_is_known_of_the_address(api, settings, forwarded, remote):
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    UserFactory(username="kim", password="a-long-enough-password")
    body = {"username": "kim", "password": "a-long-enough-password"}

    answer = api.post(LOGIN, body, HTTP_X_FORWARDED_FOR=forwarded, REMOTE_ADDR=remote)

    assert answer.status_code == 200


# --- no pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("address", [SPECIALISTS, "/api/v1/docs/", LOGIN, "/_allauth/nothing"])
def test_a_host_that_is_not_ours_is_told_as_json(settings, debug, address):
    settings.DEBUG = debug

    answer = APIClient(SERVER_NAME="elsewhere.example").get(address)

    assert (answer.status_code, answer.json()) == (400, shape("bad_request", "Bad request."))
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Length"] == str(len(answer.content))


@pytest.mark.parametrize(
    ("method", "address", "status", "code"),
    [
        ("GET", "/_allauth/nothing", 404, "not_found"),
        ("POST", "/_allauth/app/v1/nothing", 404, "not_found"),
        ("GET", LOGIN, 405, "method_not_allowed"),
    ],
)
@pytest.mark.parametrize("debug", [True, False])
def test_no_page_comes_from_where_people_sign_in(
    api, settings, debug, method, address, status, code
):
    settings.DEBUG = debug

    answer = api.generic(method, address)

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    assert [error["code"] for error in answer.json()["errors"]] == [code]


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param('{"username": "\\ud800", "password": "x"}', "parse_error", id="half name"),
        pytest.param('{"username": "x", "password": "\\udfff"}', "parse_error", id="half password"),
        pytest.param('{"\\ud800": 1}', "parse_error", id="half member"),
        pytest.param("[" * 100_000, "parse_error", id="deep"),
        pytest.param("{", "parse_error", id="no JSON"),
        pytest.param(b"\xff", "parse_error", id="no UTF-8"),
        pytest.param('{"username": "x", "username": "y"}', "duplicate_member", id="twice"),
        pytest.param('"x"', "bad_request", id="no object"),
    ],
)
def test_what_cannot_be_read_is_refused_where_people_sign_in(api, settings, debug, body, code):
    settings.DEBUG = debug

    answer = api.generic("POST", LOGIN, body, "application/json")

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/json")
    assert [error["code"] for error in answer.json()["errors"]] == [code]


def test_three_megabytes_are_not_read_where_people_sign_in(api):
    answer = api.generic("POST", LOGIN, b" " * 3 * 2**20 + b"{}", "application/json")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (413, "too_large")


def broken(request):
    raise RuntimeError("s3cret")


def page(request):
    return HttpResponse("<p>", status=403)


urlpatterns = [path("api/broken/", broken), path("_allauth/page/", page), *urls.urlpatterns]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("debug", [True, False])
def test_what_nobody_foresaw_is_told_as_json_and_not_what_it_was(settings, debug):
    settings.DEBUG = debug

    answer = Client(raise_request_exception=False).get("/api/broken/")

    assert (answer.status_code, answer.json()) == (
        500,
        shape("error", "Server error.", kind="server_error"),
    )
    assert "s3cret" not in json.dumps(dict(answer.headers))


@pytest.mark.urls(__name__)
def test_a_page_that_refuses_keeps_its_status_and_its_other_headers(client):
    answer = client.get("/_allauth/page/")

    assert (answer.status_code, answer.json()) == (403, shape("forbidden", "Forbidden."))
    assert answer.headers["X-Frame-Options"] == "DENY"
