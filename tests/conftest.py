"""What all tests share: a client of the API, a clock that stands still, a working specialist."""

from datetime import UTC, datetime, time

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.core.management import call_command
from django.db import connection
from django.test import Client, TransactionTestCase
from rest_framework.test import APIClient

from tests.audit_triggers import without_audit_triggers
from tests.factories import ScheduleFactory, SpecialistFactory

# A Tuesday; the Monday after next is 2026-12-07.
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="session")
def looking_files_up_when_asked():
    """Every client of a test is a server that starts, which would look at all files there are."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True, scope="session")
def hashing_quickly():
    """As safe as a password must be, one takes a fifth of a second; tests have hundreds."""
    rounds = BCryptSHA256PasswordHasher.rounds
    BCryptSHA256PasswordHasher.rounds = 4
    yield
    BCryptSHA256PasswordHasher.rounds = rounds


@pytest.fixture(autouse=True, scope="session")
def flushing_past_the_triggers():
    """What empties the tables after a test that commits meets the triggers of the log."""
    flush = TransactionTestCase._fixture_teardown

    def flush_without_them(self):
        """Django would look for every table's permissions after each test."""
        with without_audit_triggers(connection):
            call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)

    TransactionTestCase._fixture_teardown = flush_without_them
    yield
    TransactionTestCase._fixture_teardown = flush


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def frozen():
    """The clock of views stands at NOW. Ask for it before anybody signs in."""
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def api():
    """A client of the API that nobody has signed in."""
    return APIClient()


@pytest.fixture
def signed_in(db):
    """`signed_in(user)` is an API client of that user. tests/accounts tries the real login."""

    def sign_in(user):
        browser = Client()
        browser.force_login(user)
        client = APIClient()
        client.credentials(HTTP_X_SESSION_TOKEN=browser.session.session_key)
        return client

    return sign_in


@pytest.fixture
def specialist(db):
    """Works Mondays from nine to noon in Berlin, an hour each."""
    specialist = SpecialistFactory(name="Anna Roth")
    ScheduleFactory(specialist=specialist, start_time=time(9), end_time=time(12))
    return specialist
