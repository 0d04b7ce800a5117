"""The web server's connections to PostgreSQL: pooled, bounded, and given back at its end."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from psycopg_pool.base import AttemptWithBackoff

from coachbot.db import serving
from tests.pgbouncer import INSTALLED, pgbouncer
from tests.processes import PROJECT, environment_here
from tests.servers import ask, served

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="a file needs no pool"),
    pytest.mark.django_db(transaction=True),
]

SPECIALISTS = "/api/v1/specialists/"
NOBODY = '{"count":0,"next":null,"previous":null,"results":[]}'


@pytest.fixture
def somebody_else():
    """Another connection to the same database, in a transaction."""
    other = connection.copy()
    other.set_autocommit(False)
    yield other
    other.close()


def lock(somebody_else):
    """Nobody else reads specialists until `somebody_else` rolls back."""
    with somebody_else.cursor() as cursor:
        cursor.execute("LOCK TABLE scheduling_specialist")


def one(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def until_one_waits():
    while not one("SELECT count(*) FROM pg_locks WHERE NOT granted"):
        pass


def others_here():
    """How many other connections to this test's database there are."""
    return one(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def test_who_gets_no_connection_in_time_is_told_to_come_back(somebody_else):
    small = {"DB_POOL_SIZE": "1", "DB_POOL_TIMEOUT": "1", "WEB_CONCURRENCY": "1"}

    with served("--threads=3", **small) as (port, _), ThreadPoolExecutor() as many:
        lock(somebody_else)
        first = many.submit(ask, port, SPECIALISTS)
        until_one_waits()
        second = many.submit(ask, port, SPECIALISTS)
        alive, _, _, took = ask(port, "/health/live")
        refused, headers, body, _ = second.result()
        somebody_else.rollback()
        served_late = first.result()

    assert (alive, took < 1) == (200, True)
    assert (refused, headers["Retry-After"]) == (503, "2")
    assert '"code":"unavailable"' in body
    assert (served_late[0], served_late[2]) == (200, NOBODY)


def test_after_sigterm_what_was_asked_is_answered_and_all_connections_are_given_back(somebody_else):
    before = others_here()

    with served() as (port, process), ThreadPoolExecutor() as many:
        lock(somebody_else)
        asked = many.submit(ask, port, SPECIALISTS)
        until_one_waits()
        during = others_here()
        process.terminate()
        somebody_else.rollback()
        status, _, body, _ = asked.result()
        code = process.wait(timeout=30)

    assert (status, body, code) == (200, NOBODY, 0)
    assert (during > before, others_here()) == (True, before)


def test_after_the_database_has_restarted_many_idle_connections_cost_one_pause_together():
    with served("--threads=12", WEB_CONCURRENCY="1") as (port, _):
        before = others_here()
        one(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        status, _, body, took = ask(port, SPECIALISTS)

    assert (before >= 12, status, body, took < 2) == (True, 200, NOBODY, True)


def test_a_server_that_is_away_for_an_hour_is_still_looked_for_twice_a_second():
    attempt, pauses = AttemptWithBackoff(timeout=serving.RECONNECT_TIMEOUT), []

    while sum(pauses) < 3600:
        assert not attempt.time_to_give_up(now=sum(pauses))
        attempt.update_delay(now=sum(pauses))
        pauses.append(attempt.delay)

    assert max(pauses) <= 0.55


def test_pools_that_are_more_than_the_server_gives_are_refused(settings):
    settings.DB_POOL = {"max_size": 400}

    with pytest.raises(ImproperlyConfigured, match=r"3 processes 400 connections, 1200 together"):
        serving.begin(processes=3, threads=4)


@pytest.mark.skipif(INSTALLED is None, reason="PgBouncer is not installed")
def test_behind_pgbouncer_in_transaction_mode_commands_take_turns_and_requests_are_answered():
    with pgbouncer(size=3) as folder:
        behind = {
            "DATABASE_URL": f"postgres://postgres@{quote(folder, safe='')}:6432/"
            f"{connection.settings_dict['NAME']}",
            "DB_PGBOUNCER": "true",
        }
        both = [init_db(**behind) for _ in range(2)]
        said = [process.communicate()[0] for process in both]
        with served(**behind) as (port, _), ThreadPoolExecutor() as many:
            answers = list(many.map(lambda _: ask(port, SPECIALISTS)[0], range(20)))
        with pytest.raises(psycopg.Error, match="unsupported startup parameter: options"):
            psycopg.connect(host=folder, port=6432, options="-c lock_timeout=1s")

    assert [text.endswith(", nothing to do.\n") for text in said] == [True, True]
    assert answers == [200] * 20
    assert one("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


def init_db(**variables):
    return subprocess.Popen(
        [sys.executable, "manage.py", "init_db"],
        cwd=PROJECT,
        env=environment_here(**variables),
        stdout=subprocess.PIPE,
        text=True,
    )
