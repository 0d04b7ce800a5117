"""django-appointment: the booking application for Django that is installed most."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from benchmarks.figures import taking_turns
from benchmarks.peers.environment import interpreter_with
from benchmarks.server import address

PACKAGES = ("django-appointment==3.12.0", "django==5.2.*", "psycopg[binary]==3.*")
SIDE = Path(__file__).with_name("django_appointment_side.py")


@contextmanager
def contestant(url: str, monday: datetime) -> Iterator[taking_turns.Contestant]:
    """Its slots of thirty days, of rows in the database at `url`, which it fills itself."""
    python = interpreter_with("django-appointment", PACKAGES)
    place = address(url)
    variables = {
        "PEER_DATABASE": place["dbname"] or "",
        "PEER_HOST": place["host"] or "",
        "PEER_PORT": str(place["port"] or ""),
        "PEER_USER": place["user"] or "",
        "PEER_PASSWORD": place["password"] or "",
        "PEER_MONDAY": monday.isoformat(),
        "PYTHONPATH": str(SIDE.parent.parent),
    }
    with taking_turns.contestant([str(python), str(SIDE)], variables) as side:
        yield side
