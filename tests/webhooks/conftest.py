import pytest

from tests import fake_server


@pytest.fixture
def receiver(settings, db):
    """A program that is told of events, on this machine, which is allowed here."""
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    with fake_server.running() as server:
        yield server
