"""What the OpenAPI document promises, tried with what it allows and with what it does not.

`make fuzz` tries more: FUZZ_EXAMPLES of each operation.
"""

import os

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from coachbot.wsgi import application
from tests.factories import BookingFactory, ServiceFactory, StaffFactory, UserFactory

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "5"))
# That a request which fits the document may be refused is no fault: rules are not shapes.
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BASE = "/api/v1/"

schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
schema.app = application
OPERATIONS = {
    f"{method.upper()} {path.removeprefix(BASE)}": methods[method]
    for path, methods in schema.items()
    if path.startswith(BASE) and path != f"{BASE}schema/"
    for method in methods
}


@pytest.fixture(autouse=True)
def one_connection():
    """A request would close the connection, and with it the test's transaction. Django's own
    test client keeps it in the same way."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def world(frozen, specialist):
    service = ServiceFactory(specialists=[specialist])
    client = UserFactory()
    booking = BookingFactory(specialist=specialist, service=service, client=client)
    return {"specialists": specialist, "services": service, "bookings": booking, "client": client}


@pytest.fixture
def headers(world):
    """What each kind of caller sends to say who they are."""

    def sign_in(user):
        browser = Client()
        browser.force_login(user)
        return {"X-Session-Token": browser.session.session_key}

    return {
        "anonymous": {},
        "client": sign_in(world["client"]),
        "staff": sign_in(StaffFactory()),
    }


def cases_of(operation, row):
    """Requests that fit the document and requests that do not, for rows that are there and not."""
    ids = [{}] if row is None else [{}, {"path_parameters": {"id": str(row.pk)}}]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    return st.one_of(operation.as_strategy(mode, **known) for known in ids for mode in modes)


@pytest.mark.parametrize("who", ["anonymous", "client", "staff"])
@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.django_db
def test_every_answer_is_one_that_the_document_names(world, headers, name, who):
    operation = OPERATIONS[name]
    collection = operation.path.removeprefix(BASE).partition("/")[0]
    row = world.get(collection) if "{id}" in operation.path else None

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize="FUZZ_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases_of(operation, row))
    def try_one(case):
        with transaction.atomic():
            case.call_and_validate(headers=headers[who], checks=CHECKS)
            transaction.set_rollback(True)

    try_one()
