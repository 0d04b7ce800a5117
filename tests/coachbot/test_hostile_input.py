"""Whatever is sent: an answer in one shape, never a 500, and nothing stored of what is refused.

The addresses, parameters and members come from the OpenAPI document, so a new one is tried too.
"""

import json
import re
from functools import cache
from io import BytesIO
from urllib.parse import quote
from wsgiref.util import setup_testing_defaults

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from audit.services import record
from coachbot.wsgi import application
from tests.factories import (
    AvailabilityFactory,
    BookingFactory,
    ChatFactory,
    DayOffFactory,
    FeedbackFactory,
    ServiceFactory,
    StaffFactory,
    WaitingListEntryFactory,
)

pytestmark = pytest.mark.django_db

JSON = "application/json"
WRITES = re.compile("(INSERT|UPDATE|DELETE)", re.ASCII)
BASE = "/api/v1/"


@cache
def document():
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(*methods):
    """Every address of ours with one of `methods`, as parameters of a test."""
    return [
        pytest.param(method, path, id=f"{method} {path.removeprefix(BASE)}")
        for path, verbs in document()["paths"].items()
        if path.startswith(BASE) and path != f"{BASE}schema/"
        for method in methods
        if method.lower() in verbs
    ]


def operation(method, path):
    return document()["paths"][path][method.lower()]


def parameters(method, path):
    named = operation(method, path).get("parameters", [])
    return [each["name"] for each in named if each["in"] == "query"]


def members(method, path):
    content = operation(method, path).get("requestBody", {}).get("content", {})
    reference = content.get(JSON, {}).get("schema", {}).get("$ref", "")
    component = document()["components"]["schemas"].get(reference.rpartition("/")[2], {})
    return list(component.get("properties", {}))


@pytest.fixture
def world(frozen, specialist):
    """One row of each kind, by the name of its collection."""
    service = ServiceFactory(specialists=[specialist])
    return {
        "specialists": specialist,
        "services": service,
        "bookings": BookingFactory(specialist=specialist, service=service),
        "schedules": specialist.schedules.get(),
        "days-off": DayOffFactory(specialist=specialist),
        "admin-logs": record("x", specialist),
        "chats": ChatFactory(user=StaffFactory()),
        "feedback": FeedbackFactory(),
        "availability": AvailabilityFactory(specialist=specialist),
        "waiting-list": WaitingListEntryFactory(),
    }


@pytest.fixture
def staff(world, signed_in):
    """Who may do everything, so that nothing is refused for who asks."""
    client = signed_in(world["chats"].user)
    client.raise_request_exception = False
    return client


@pytest.fixture
def address(world):
    """`address(path)` has the id of a row that is there."""

    def fill(path):
        collection = path.removeprefix(BASE).partition("/")[0]
        return path.replace("{id}", str(world[collection].pk)) if "{id}" in path else path

    return fill


@pytest.fixture
def try_each(staff, world):
    """`try_each({name: request})` sends each, and gives what is wrong with the answers by name.

    A request is the arguments of `APIClient.generic`; those of `allowed` are the statuses that are
    right. Whatever is refused leaves every row as it was.
    """

    def run(requests, allowed=range(200, 500)):
        faults, before = {}, rows()
        for name, (arguments, more) in requests.items():
            with CaptureQueriesContext(connection) as queries:
                answer = staff.generic(*arguments, **more)
            fault = fault_of(answer)
            if answer.status_code not in allowed:
                fault = f"{answer.status_code} {fault}"
            if any(WRITES.match(query["sql"]) for query in queries):
                before, was = rows(), before
                if answer.status_code >= 400 and before != was:
                    fault += " and stored it all the same"
            if fault:
                faults[name] = fault
        return faults

    return run


def rows():
    """All rows of the application, as they are now."""
    models = apps.get_app_config("scheduling").get_models()
    return [list(model._base_manager.order_by("pk").values()) for model in models]


@pytest.fixture(autouse=True)
def said_early(caplog):
    """That the database says no is the last resort: serializers and services are to say it."""
    yield
    assert [each for each in caplog.records if each.name == "coachbot.api.errors"] == []


def fault_of(answer):
    """What is wrong with an answer; empty if nothing."""
    if answer.status_code >= 500:
        return str(answer.status_code)
    if answer.status_code < 400:
        return ""
    if answer.headers["Content-Type"] != JSON:
        return answer.headers["Content-Type"]
    body = answer.json()
    well_formed = body["errors"] and all(
        {"code", "detail", "attr"} == each.keys() for each in body["errors"]
    )
    return "" if well_formed and body["type"].endswith("_error") else str(body)


def refused_in(answer):
    """The members or parameters that an answer names as wrong: need not be tried alone."""
    errors = answer.json()["errors"] if answer.status_code == 400 else []
    return {(error["attr"] or "").partition(".")[0] for error in errors}


def query(values):
    return "&".join(f"{name}={text}" for name, text in values.items())


def sent(*arguments, **more):
    return arguments, more


BODIES = {
    "half": b'{"name": ',
    "two documents": b"{} {}",
    "a list": b"[]",
    "a list of objects": b'[{"name": "x"}]',
    "a text": b'"name"',
    "a number": b"1",
    "null": b"null",
    "true": b"true",
    "100,000 lists deep": b"[" * 100_000 + b"]" * 100_000,
    "40,000 objects deep": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "65 deep in a member": b'{"name": ' + b"[" * 65 + b"]" * 65 + b"}",
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": -Infinity}',
    "1e400": b'{"name": 1e400}',
    "a number of 5,000 digits": b'{"name": ' + b"9" * 5_000 + b"}",
    "a member twice": b'{"name": "a", "name": "b"}',
    "a member twice, once escaped": b'{"name": "a", "n\\u0061me": "b"}',
    "a member twice, deeper": b'{"name": {"x": 1, "x": 2}}',
    "half a character": b'{"name": "\\ud800"}',
    "half a character as a name": b'{"\\udfff": 1, "\\udfff": 2}',
    "half a character in raw UTF-8": b'{"name": "\xed\xa0\x80"}',
    "overlong UTF-8": b'{"name": "\xc0\x80"}',
    "a control character": b'{"name": "\x00"}',
    "a byte order mark": b'\xef\xbb\xbf{"name": "x"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "single quotes": b"{'name': 'x'}",
    "a comma too many": b'{"name": "x",}',
    "a comment": b'{"name": "x" /* y */}',
    "a member nobody knows": b'{"nobody": 1}',
    "an empty name": b'{"": 1}',
    "a prototype": b'{"__proto__": {"is_staff": true}}',
}


@pytest.mark.parametrize(("method", "path"), operations("POST", "PATCH"))
def test_a_body_that_is_no_plain_object_is_refused(try_each, address, method, path):
    requests = {name: sent(method, address(path), body, JSON) for name, body in BODIES.items()}

    # Restoring reads no body, and says that there is nothing to restore.
    assert try_each(requests, allowed=(400, 409)) == {}


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("multipart/form-data", 415),
        ("application/json/x", 415),
        ("\x00", 415),
        ("a" * 10_000, 415),
        ("application/json; charset=UTF-8", 400),
        ('application/json; charset="utf8"', 400),
        ("application/json; " + "x=y;" * 1_000, 415),
    ],
)
def test_only_json_in_utf_8_is_read(try_each, content_type, status):
    requests = {
        path: sent("POST", f"{BASE}{path}/", b'{"nobody": 1}', content_type)
        for path in ("specialists", "bookings")
    }

    assert try_each(requests, allowed=[status]) == {}


@pytest.mark.parametrize(
    "charset",
    [
        *("charset=utf-16", "charset=latin-1", "charset=no-such", "charset=bz2", "charset=idna"),
        *("charset=undefined", "charset=unicode_escape", "charset=punycode", "charset=a\x00b"),
        *("charset*=no-such''x", "charset*0=utf; charset*1=-16"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_in_another_charset_is_refused_before_django_reads_it(method, charset):
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/api/v1/specialists/",
        "QUERY_STRING": "search=%5Cud800",
        "CONTENT_TYPE": f"{JSON}; {charset}",
    }
    setup_testing_defaults(environ)
    begun = []

    body = b"".join(application(environ, lambda *beginning: begun.append(beginning)))

    headers = [
        ("Content-Type", JSON),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
    ]
    assert begun == [("415 Unsupported Media Type", headers)]
    assert json.loads(body) == {
        "type": "client_error",
        "errors": [
            {"code": "unsupported_media_type", "detail": "Send JSON in UTF-8.", "attr": None}
        ],
    }


@pytest.mark.parametrize(("method", "path"), operations("POST", "PATCH"))
def test_three_megabytes_are_not_read(try_each, address, method, path):
    body = b" " * 3 * 2**20 + b"{}"

    assert try_each({"3 MB": sent(method, address(path), body, JSON)}, allowed=[413]) == {}


def test_a_length_that_lies_is_no_way_in(try_each):
    body = b'{"nobody": 1}'
    lengths = ["", "-1", "0", "1", "13.5", "1e3", "0x10", "\xb2", "99", "+13", " 13 ", "3_0"]
    requests = {
        length[:9]: sent(
            "POST",
            "/api/v1/specialists/",
            body,
            JSON,
            **{"CONTENT_LENGTH": length, "wsgi.input": BytesIO(body)},
        )
        for length in [*lengths, "9" * 18, "9" * 5_000]
    }

    assert try_each(requests, allowed=(400, 413)) == {}


# What programs in many languages trip over, whatever the member or the parameter.
TEXTS = {
    "empty": "",
    "NUL": "a\x00b",
    "a bell": "\x07",
    "replaced characters": "\ufffd",
    "beyond the BMP": "\U0010ffff",
    "right to left": "\u202ex",
    "100 KB": "x" * 100_000,
    "2^31": str(2**31),
    "2^63": str(2**63),
    "-2^63-1": str(-(2**63) - 1),
    "10^400": str(10**400),
    "5,000 digits": "9" * 5_000,
    "1e400": "1e400",
    "1e999999999": "1e999999999",
    "1e-999999999": "1e-999999999",
    "NaN": "NaN",
    "sNaN": "sNaN",
    "Infinity": "-Infinity",
    "Arabic digits": "\u0661\u0662",
    "superscript": "\xb2",
    "underscores": "1_0",
    "year 9999": "9999-12-31T23:59:59Z",
    "year 10000": "10000-01-01T00:00:00Z",
    "year 1": "0001-01-01T00:00:00+23:59",
    "no offset": "2026-12-07T09:00:00",
    "a week date": "2026-W50-1T09:00:00Z",
    "basic format": "20261207T090000Z",
    "a leap second": "2026-12-31T23:59:60Z",
    "an offset of days": "2026-12-07T09:00:00+99:99",
    "no such day": "2026-02-30",
    "a path": "../../../../etc/passwd",
    "a folder of zones": "Europe",
    "a zone's file": "/usr/share/zoneinfo/Europe/Berlin",
    "not a zone": "posixrules\n",
    "an id in braces": "{00000000-0000-0000-0000-000000000000}",
    "an id as a URN": "urn:uuid:00000000-0000-0000-0000-000000000000",
    "an id without hyphens": "0" * 32,
    "nobody's id": "00000000-0000-0000-0000-000000000000",
    "SQL": "'; DROP TABLE scheduling_booking; --",
    "LIKE": "%_\\",
    "format": "%s{0}{}%(x)s",
    "a regular expression": "(" * 50 + "a+" * 50,
    "commas": ",,-,--name,-",
}
VALUES = {
    **TEXTS,
    "null": None,
    "true": True,
    "a list": [],
    "a list of nothing": [None],
    "lists": [[["x"]]],
    "an object": {},
    "an object in lists": [{"id": 1}],
    "0": 0,
    "-1": -1,
    "1.5": 1.5,
    "-0.0": -0.0,
    "1e308": 1e308,
    "2^31 as a number": 2**31,
    "2^63 as a number": 2**63,
    "10^400 as a number": 10**400,
}


@pytest.fixture
def body_for(world):
    """`body_for(method, path)` is right, so that one bad member in it is all that is wrong."""
    person, at = str(world["specialists"].pk), "2026-12-07T11:00:00Z"
    bodies = {
        "specialists/": {"name": "Kim"},
        "services/": {"name": "Yoga"},
        "bookings/": {
            "specialist": person,
            "starts_at": at,
            "client_name": "Kim",
            "client_email": "kim@example.com",
        },
        "bookings/{id}/reschedule/": {"starts_at": at, "reason": "x"},
        "bookings/{id}/cancel/": {"reason": "x"},
        "schedules/": {
            "specialist": person,
            "weekday": 1,
            "start_time": "09:00",
            "end_time": "10:00",
        },
        "days-off/": {"specialist": person, "date": "2026-12-08"},
        "availability/": {
            "specialist": person,
            "starts_at": at,
            "ends_at": "2026-12-07T12:00:00Z",
            "is_available": True,
        },
    }

    def find(method, path):
        return bodies.get(path.removeprefix(BASE), {}) if method == "POST" else {}

    return find


@pytest.mark.parametrize(("method", "path"), operations("POST", "PATCH"))
def test_no_member_of_a_body_takes_what_it_cannot_store(
    try_each, staff, address, body_for, method, path
):
    known, right = members(method, path), body_for(method, path)

    def filled(names, value, **others):
        body = json.dumps({**others, **dict.fromkeys(names, value)})
        return sent(method, address(path), body, JSON)

    everywhere = {name: filled(known, value) for name, value in VALUES.items()}
    # Once more without the members that refuse the value, so that it comes as far as it can.
    where_taken = {
        (name, "taken"): filled(
            set(known) - refused_in(staff.generic(*arguments, **more)), VALUES[name], **right
        )
        for name, (arguments, more) in everywhere.items()
    }

    faults = try_each({**everywhere, **where_taken})

    assert faults == {}
    # One row that cannot be shown would break every list it is in.
    for collection in ("specialists", "services", "bookings"):
        assert staff.get(f"{BASE}{collection}/").status_code == 200


# As they stand in the address: half a character, overlong and broken UTF-8, a broken escape.
IN_ADDRESSES = {
    **{name: quote(text, safe="") for name, text in TEXTS.items()},
    "%ED%A0%80": "%ED%A0%80",
    "%C0%80": "%C0%80",
    "%FF": "%FF",
    "a broken escape": "%zz%",
    "a raw byte": "\xff",
}
# What some addresses ask for.
REQUIRED = {"start": "2026-12-07", "end": "2026-12-08", "starts_at": "2026-12-07T09:00:00Z"}


@pytest.mark.parametrize(("method", "path"), operations("GET"))
def test_no_parameter_breaks_an_address(try_each, staff, address, method, path):
    known = parameters(method, path)
    right = {name: text for name, text in REQUIRED.items() if name in known}

    def filled(names, text, **others):
        values = {**others, **dict.fromkeys(names, text)}
        return sent(method, address(path), QUERY_STRING=query(values))

    everywhere = {name: filled(known, text) for name, text in IN_ADDRESSES.items()}
    where_taken = {
        (name, "taken"): filled(
            set(known) - refused_in(staff.generic(*arguments, **more)), IN_ADDRESSES[name], **right
        )
        for name, (arguments, more) in everywhere.items()
    }

    assert try_each({**everywhere, **where_taken}) == {}


@pytest.mark.parametrize(("method", "path"), operations("GET"))
def test_a_parameter_that_nobody_knows_is_refused(try_each, address, method, path):
    odd = {
        name: sent(method, address(path), QUERY_STRING=f"{value}=1&{value}=2")
        for name, value in IN_ADDRESSES.items()
        if value
    }
    many = sent(method, address(path), QUERY_STRING="&".join(f"p{n}=1" for n in range(5_000)))
    long = sent(method, address(path), QUERY_STRING="nobody=" + "x" * 1_000_000)

    assert try_each({**odd, "5,000": many, "1 MB": long}, allowed=[400]) == {}


def test_a_cursor_that_was_never_given_is_refused(try_each):
    cursors = ["!", "AAAA", "cD1u", "cD0lMDA=", "bz0tMQ==", "bz14", "cj14", "eD0x", "\u0660"]
    requests = {
        cursor: sent("GET", f"{BASE}bookings/", QUERY_STRING=f"cursor={quote(cursor)}")
        for cursor in cursors
    }

    assert try_each(requests, allowed=[400]) == {}


ODD_IDS = [
    "0",
    "-1",
    "9" * 5_000,
    "None",
    "%00",
    "%ED%A0%80",
    "%FF",
    "%2e%2e%2f",
    "0" * 32,
    "{00000000-0000-0000-0000-000000000000}",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
    "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "00000000-0000-0000-0000-00000000000%D9%A0",
    "00000000-0000-0000-0000-000000000000%0A",
]


@pytest.mark.parametrize(
    ("method", "path"),
    [each for each in operations("GET", "POST", "PATCH", "DELETE") if "{id}" in each.values[1]],
)
def test_an_id_that_is_none_is_not_found(try_each, body_for, method, path):
    body = json.dumps(body_for("POST", path))
    requests = {odd[:50]: sent(method, path.replace("{id}", odd), body, JSON) for odd in ODD_IDS}

    assert try_each(requests, allowed=[404]) == {}


@pytest.mark.parametrize("path", ["specialists/", "services/", "bookings/", "nowhere/"])
def test_an_unknown_method_is_not_allowed(try_each, path):
    methods = ["TRACE", "CONNECT", "PROPFIND", "G\xcbT", "X" * 1_000, "_", "initial", "options_"]
    requests = {method[:9]: sent(method, f"{BASE}{path}", b"{}", JSON) for method in methods}

    assert try_each(requests, allowed=(404, 405)) == {}


HEADERS = ["", " ", "\x7f\xff\xfe", "x" * 100_000, '"', '"9999999999"', "*", "\xb2", "%00"]


@pytest.mark.parametrize(
    "header", ["X_SESSION_TOKEN", "X_MANAGE_TOKEN", "IDEMPOTENCY_KEY", "IF_MATCH", "ACCEPT"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "bookings/{id}/"),
        ("GET", "specialists/"),
        ("PATCH", "bookings/{id}/"),
        ("POST", "bookings/{id}/cancel/"),
    ],
)
def test_no_header_breaks_an_address(try_each, address, method, path, header):
    requests = {
        text[:9]: sent(method, address(f"{BASE}{path}"), b"{}", JSON, **{f"HTTP_{header}": text})
        for text in HEADERS
    }

    assert try_each(requests) == {}


@pytest.mark.parametrize("text", [text for text in HEADERS if text])
def test_no_session_token_but_a_good_one_signs_anybody_in(world, text):
    client = APIClient(raise_request_exception=False)

    answer = client.get("/api/v1/bookings/", HTTP_X_SESSION_TOKEN=text)

    assert (answer.status_code, fault_of(answer)) == (401, "")
