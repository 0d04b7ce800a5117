"""What browsers, proxies and attackers see of every answer."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings as site
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from rest_framework.test import APIClient

from coachbot import urls
from coachbot.api.addresses import client_address, client_network
from tests.factories import StaffFactory, UserFactory

LOGIN = "/_allauth/app/v1/auth/login"
SPECIALISTS = "/api/v1/specialists/"
STRICT = {
    "default-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
    ),
}
STAFF = {"script-src": "'self' 'unsafe-eval'", "style-src": "'self' 'unsafe-inline'"}
PRODUCTION = {
    "ENV_FILE": "",
    "ALLOWED_HOSTS": "coach.example",
    "SECRET_KEY": "k3-".join("abcdefghijklmnopqrst"),
}


def shape(code, detail, *, kind="client_error"):
    return {"type": kind, "errors": [{"code": code, "detail": detail, "attr": None}]}


def policy(answer):
    """The directives of an answer by name; django-csp writes them in no order."""
    directives = answer.headers["Content-Security-Policy"].split("; ")
    return dict(each.split(" ", 1) for each in directives)


def python(*arguments, **variables):
    """The exit code, the output and the errors of one of our programs, as it is in production."""
    done = subprocess.run(
        [sys.executable, *arguments],
        check=False,
        cwd=site.BASE_DIR,
        env={"PATH": os.environ["PATH"], **PRODUCTION, **variables},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


# --- what browsers may do -----------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/health/live", "/api/v1/nothing/", "/nothing/", "/"])
def test_every_answer_tells_browsers_to_trust_nobody(client, address):
    headers = client.get(address).headers

    assert {name: headers[name] for name in ALWAYS} == ALWAYS


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "exceptions"),
    [
        pytest.param("/health/live", {}, id="health"),
        pytest.param(SPECIALISTS, {}, id="API"),
        pytest.param("/api/v1/schema/", {}, id="document"),
        pytest.param("/_allauth/app/v1/config", {}, id="sign-in"),
        pytest.param("/nothing/", {}, id="nothing"),
        pytest.param("/admin/login/", STAFF, id="back office"),
        pytest.param("/accounts/login/", {**STAFF, "img-src": "'self' data:"}, id="accounts"),
        pytest.param(
            "/api/v1/redoc/",
            {
                "style-src": "'self' 'unsafe-inline'",
                "img-src": "'self' data:",
                "worker-src": "blob:",
            },
            id="Redoc",
        ),
    ],
)
def test_a_page_may_do_no_more_than_it_must(client, address, exceptions):
    assert policy(client.get(address)) == {**STRICT, **exceptions}


def test_the_style_in_the_page_of_swagger_has_the_nonce_of_its_policy(client):
    answer = client.get("/api/v1/docs/")

    found = policy(answer)
    nonce = found["style-src"].partition("'nonce-")[2].rstrip("'")
    assert found == {
        **STRICT,
        "style-src": f"'self' 'nonce-{nonce}'",
        "img-src": "'self' data:",
    }
    assert f'<style nonce="{nonce}">'.encode() in answer.content
    assert len(nonce) == 24


def test_no_script_stands_in_a_page_of_the_documentation(client):
    pages = [client.get(f"/api/v1/{name}/").content.decode() for name in ("docs", "redoc")]

    assert [page.count("<script") for page in pages] == [3, 1]
    assert [page.count("<script src=") for page in pages] == [3, 1]


def test_the_script_that_starts_swagger_comes_by_itself(client):
    answer = client.get("/api/v1/docs/?script=")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/javascript")
    assert b'url: "/api/v1/schema/"' in answer.content.replace(b"\\u002D", b"-")


# --- caches -------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["X-Session-Token", "X-Manage-Token"])
@pytest.mark.parametrize("address", [SPECIALISTS, "/api/v1/bookings/", "/api/v1/nothing/"])
def test_no_cache_keeps_what_a_token_opened(client, header, address):
    answer = client.get(address, headers={header: "x"})

    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_no_cache_keeps_what_was_written(client):
    assert client.post("/api/v1/bookings/", {}).headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_what_everybody_may_read_may_be_kept_apart_from_the_rest(client):
    answer = client.get(SPECIALISTS)

    assert "Cache-Control" not in answer.headers
    vary = answer.headers["Vary"].split(", ")
    assert {"X-Session-Token", "X-Manage-Token"} <= set(vary)


@pytest.mark.django_db
def test_pages_of_the_back_office_are_not_kept(client):
    client.force_login(StaffFactory(is_superuser=True))

    assert "no-store" in client.get("/admin/").headers["Cache-Control"]


# --- HTTPS --------------------------------------------------------------------------------------

ASK = """
from django.conf import settings
from django.core.wsgi import get_wsgi_application
get_wsgi_application()
from django.test import Client
settings.ALLOWED_HOSTS = ["testserver"]
for address, more in (
    ("/accounts/login/", {"secure": True}),
    ("/api/v1/nothing/", {}),
    ("/api/v1/nothing/", {"headers": {"X-Forwarded-Proto": "https"}}),
    ("/health/live", {}),
    ("/api/v1/nothing/", {"headers": {"host": "elsewhere.example"}}),
):
    answer = Client().get(address, **more)
    cookies = [morsel.OutputString() for morsel in answer.cookies.values()]
    print(answer.status_code, answer.headers.get("Location"),
          answer.headers.get("Strict-Transport-Security"), answer.headers["Content-Type"])
    print(*[each.partition("=")[0] for each in cookies],
          *[sorted(set(each.split("; ")[2:]) - {"Max-Age=31449600"}) for each in cookies])
"""


def asked(**variables):
    code, output, errors = python(
        "-c", ASK, DJANGO_SETTINGS_MODULE="coachbot.settings", **variables
    )
    assert code == 0, errors
    lines = output.splitlines()
    return lines[::2], lines[1::2]


def test_in_production_all_but_health_is_https():
    answers, cookies = asked()

    html, text = "text/html; charset=utf-8", "application/json"
    elsewhere = "https://testserver/api/v1/nothing/"
    assert answers == [
        f"200 None max-age=31536000; includeSubDomains {html}",
        f"301 {elsewhere} None {html}",
        f"301 {elsewhere} None {html}",
        f"200 None None {text}",
        f"400 None None {text}",
    ]
    assert cookies[0] == ("__Host-csrftoken ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']")


def test_only_a_proxy_of_ours_may_say_that_it_was_asked_over_https():
    answers, _ = asked(TRUSTED_PROXIES="1")

    assert [answer.split()[0] for answer in answers] == ["200", "301", "404", "200", "400"]


@pytest.mark.parametrize("variables", [{"HTTPS": "false"}, {"DEBUG": "true"}])
def test_without_https_everything_is_plain(variables):
    answers, cookies = asked(**variables)

    assert [answer.split()[:3] for answer in answers] == [
        [status, "None", "None"] for status in ("200", "404", "404", "200", "400")
    ]
    assert cookies[0] == "csrftoken ['HttpOnly', 'Path=/', 'SameSite=Lax']"


@pytest.mark.django_db
def test_the_cookie_of_a_session_is_for_this_site_and_no_script(client):
    StaffFactory(username="ann", password="a-long-enough-password")

    client.post("/accounts/login/", {"login": "ann", "password": "a-long-enough-password"})

    cookie = client.cookies[site.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


def test_django_finds_nothing_amiss_in_production(tmp_path):
    done = python(
        *("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        DATABASE_URL=f"sqlite:///{tmp_path}/app.db",
    )

    assert done == (0, "System check identified no issues (1 silenced).\n", "")


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


@pytest.mark.parametrize(
    ("own", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1:2::3", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_caller_is_an_ipv4_address_or_a_network_of_ipv6(own, network):
    assert client_network(RequestFactory().get("/", REMOTE_ADDR=own)) == network


@pytest.mark.parametrize(
    "told", ["192.0.2.1:5050", "[2001:db8::1]:99", "[2001:db8::1]", "::ffff:192.0.2.1"]
)
def test_a_proxy_may_add_the_port(settings, told):
    settings.TRUSTED_PROXIES = 1

    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": told})

    assert client_address(request) == ("2001:db8::1" if "2001" in told else "192.0.2.1")


def test_what_stands_before_the_proxys_own_word_is_not_believed(settings):
    """The chain begins as whoever asks wants it."""
    settings.TRUSTED_PROXIES = 1

    addresses = {
        client_address(
            RequestFactory().get("/", headers={"X-Forwarded-For": f"{chain}, 192.0.2.1"})
        )
        for chain in ("198.51.100.1", "198.51.100.1, 10.0.0.1", "evil", "")
    }

    assert addresses == {"192.0.2.1"}


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


def test_the_server_serves_the_styles_of_its_pages_also_without_debug():
    ask = """
from django.core.wsgi import get_wsgi_application
get_wsgi_application()
from django.test import Client
for address in ("/static/unfold/css/styles.css", "/static/nothing.css"):
    answer = Client().get(address)
    print(*(answer.headers[name] for name in ("Content-Type", "X-Content-Type-Options")))
    print(answer.status_code)
"""
    code, output, errors = python(
        *("-c", ask), DJANGO_SETTINGS_MODULE="coachbot.settings", HTTPS="false",
        ALLOWED_HOSTS="testserver",
    )  # fmt: skip

    assert code == 0, errors
    assert output.splitlines() == [
        *('text/css; charset="utf-8" nosniff', "200"),
        *("text/html; charset=utf-8 nosniff", "404"),
    ]
