"""`/health/ready`: what it finds, how long it takes, and what it keeps to itself."""

import time

import pytest
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder

from coachbot import readiness
from tests.audit_triggers import without_audit_triggers

READY = "/health/ready"
NOWHERE = {"sqlite": ("NAME", "/nowhere/secret.db"), "postgresql": ("HOST", "/nowhere/secret")}


@pytest.fixture(autouse=True)
def nothing_known_yet(monkeypatch):
    monkeypatch.setattr(readiness, "_found", (0.0, []))


@pytest.fixture
def each_look_is_new(monkeypatch):
    monkeypatch.setattr(readiness, "LASTING", 0.0)


def answered(client):
    answer = client.get(READY)
    return answer.status_code, answer.json()


def failing(*names):
    return 503, {"status": "unavailable", "failing": list(names)}


@pytest.mark.django_db(transaction=True)
def test_a_process_is_ready_while_its_database_is_whole(client, each_look_is_new):
    migrations = MigrationRecorder(connection)
    seen = [answered(client)]
    with without_audit_triggers(connection):
        seen.append(answered(client))
        migrations.record_unapplied("coachbot", "0006_feedback_rights")
        seen.append(answered(client))
        migrations.record_applied("coachbot", "0006_feedback_rights")
    seen.append(answered(client))

    assert seen == [
        (200, {"status": "ok"}),
        failing("guards"),
        failing("migrations", "guards"),
        (200, {"status": "ok"}),
    ]


@pytest.mark.django_db(transaction=True)
def test_the_tables_are_looked_at_every_few_seconds_only(client):
    before = answered(client)
    with without_audit_triggers(connection):
        during = answered(client)

    assert (before, during) == ((200, {"status": "ok"}), (200, {"status": "ok"}))


@pytest.mark.django_db
def test_a_database_that_is_away_is_named_and_nothing_else_is_told(client, monkeypatch):
    monkeypatch.setitem(connections.settings["default"], *NOWHERE[connection.vendor])

    assert answered(client) == failing("database")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="nobody locks a reader of a file out")
@pytest.mark.django_db(transaction=True)
def test_a_database_that_hangs_is_waited_for_by_one_thread_and_not_for_long(client, monkeypatch):
    monkeypatch.setattr(readiness, "PATIENCE", 0.2)
    somebody_else = connection.copy()
    somebody_else.set_autocommit(False)
    with somebody_else.cursor() as cursor:
        cursor.execute("LOCK TABLE django_migrations")
    began = time.monotonic()

    during = [answered(client) for _ in range(3)]
    took = time.monotonic() - began
    waiting = looks_that_wait()
    somebody_else.close()
    readiness._look.result(10)

    assert during == [failing("database")] * 3
    assert took < 2
    assert waiting == 1
    assert answered(client) == (200, {"status": "ok"})


def looks_that_wait():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]
