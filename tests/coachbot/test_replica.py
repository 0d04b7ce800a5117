"""A standby that follows: who reads from it, and what happens when it is behind or away."""

import time
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from environ import Env

from coachbot.db import replicas
from coachbot.environment import replica
from tests import postgres
from tests.factories import SpecialistFactory, UserFactory
from tests.servers import ask, served

SPECIALISTS = "/api/v1/specialists/"
LOCAL = connection.vendor == "postgresql" and connection.settings_dict["HOST"].startswith("/")


def test_a_standby_of_a_file_or_of_another_engine_is_refused():
    env = Env()
    env.ENVIRON = {"DATABASE_REPLICA_URL": "postgres:///standby"}

    with pytest.raises(ImproperlyConfigured, match="must name a standby of the PostgreSQL in"):
        replica(env)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a file has no standby")
@pytest.mark.django_db
def test_a_server_that_follows_nobody_is_no_standby():
    with connection.cursor() as cursor:
        cursor.execute(replicas.LAG)
        behind = cursor.fetchone()[0]

    assert behind is None


@pytest.mark.skipif(not LOCAL, reason="a standby follows a PostgreSQL server on this machine")
@pytest.mark.django_db(transaction=True)
def test_strangers_read_from_a_standby_while_it_keeps_up_and_nobody_notices_when_it_does_not():
    browser = Client()
    browser.force_login(UserFactory())
    signed_in = {"X-Session-Token": browser.session.session_key}
    with postgres.standby(connection.settings_dict["HOST"]) as folder:
        name = connection.settings_dict["NAME"]
        url = f"postgres://postgres@{quote(folder, safe='')}/{name}"
        here = {"DATABASE_REPLICA_URL": url, "DB_REPLICA_MAX_LAG": "3", "WEB_CONCURRENCY": "1"}
        with (
            psycopg.connect(host=folder, dbname=name, user="postgres", autocommit=True) as standby,
            served(**here) as (port, _),
        ):
            followed(standby)
            standby.execute("SELECT pg_wal_replay_pause()")
            SpecialistFactory()
            seen = {
                "by a stranger, of what is not there yet": count(port),
                "by who is signed in": count(port, **signed_in),
            }
            seen["by a stranger, once it is too far behind"] = until(port, 1)
            standby.execute("SELECT pg_wal_replay_resume()")
            standby.close()
            stop(folder)
            SpecialistFactory()
            seen["by a stranger, when it is away"] = count(port)

    assert seen == {
        "by a stranger, of what is not there yet": 0,
        "by who is signed in": 1,
        "by a stranger, once it is too far behind": 1,
        "by a stranger, when it is away": 2,
    }


def count(port, **headers):
    status, _, body, _ = ask(port, SPECIALISTS, **headers)
    assert status == 200, body
    return body.count('"time_zone"')


def until(port, wanted):
    """What strangers see: `wanted`, or what they still see after half a minute."""
    deadline = time.monotonic() + 30
    while (found := count(port)) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def followed(standby):
    """Wait until `standby` has all that has been written so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_lsn()")
        written = cursor.fetchone()[0]
    while not standby.execute("SELECT pg_last_wal_replay_lsn() >= %s", [written]).fetchone()[0]:
        time.sleep(0.05)


def stop(folder):
    programs = postgres.newest_programs()
    postgres.run(programs / "pg_ctl", "stop", "-m", "immediate", "-D", Path(folder, "data"))
