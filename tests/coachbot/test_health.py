"""`/health/ready`: what it finds, how long it takes, and what it keeps to itself."""

import time
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from coachbot import readiness
from coachbot.ids import uuid7
from coachbot.jobs.models import LOST_AFTER, Task, Worker
from coachbot.jobs.workers import be_seen
from tests.audit_triggers import without_audit_triggers
from tests.factories import TaskFactory

READY = "/health/ready"
NOWHERE = {"sqlite": ("NAME", "/nowhere/secret.db"), "postgresql": ("HOST", "/nowhere/secret")}


@pytest.fixture(autouse=True)
def nothing_known_yet(monkeypatch):
    monkeypatch.setattr(readiness, "_found", (0.0, readiness.Found([], {})))


@pytest.fixture
def worker(transactional_db):
    """One that was just seen."""
    be_seen(uuid7(), timezone.now())
    return Worker.objects.get()


@pytest.fixture
def each_look_is_new(monkeypatch):
    monkeypatch.setattr(readiness, "LASTING", 0.0)


def answered(client):
    answer = client.get(READY)
    return answer.status_code, answer.json()


def ready(due=0, dead=0):
    return 200, {"status": "ok", "tasks": {"due": due, "oldest_due_seconds": 0.0, "dead": dead}}


def failing(*names):
    return 503, {"status": "unavailable", "failing": list(names)}


def test_a_process_is_ready_while_its_database_is_whole(client, worker, each_look_is_new):
    migrations = MigrationRecorder(connection)
    seen = [answered(client)]
    with without_audit_triggers(connection):
        seen.append(answered(client))
        migrations.record_unapplied("coachbot", "0006_feedback_rights")
        seen.append(answered(client))
        migrations.record_applied("coachbot", "0006_feedback_rights")
    seen.append(answered(client))

    assert seen == [
        ready(),
        failing("guards"),
        failing("migrations", "guards"),
        ready(),
    ]


def test_a_worker_that_was_not_seen_for_half_a_minute_is_missed(client, worker, each_look_is_new):
    be_seen(worker.pk, timezone.now() - LOST_AFTER)

    assert answered(client) == failing("worker")


def test_what_waits_for_a_worker_and_what_no_worker_could_do_is_told(
    client, worker, each_look_is_new
):
    TaskFactory(status="FAILED")
    TaskFactory(run_after=timezone.now() + timedelta(hours=1))
    waiting = TaskFactory()
    Task.objects.filter(pk=waiting.pk).update(enqueued_at=timezone.now() - timedelta(hours=2))

    status, told = answered(client)

    assert status == 200
    assert told["tasks"].pop("oldest_due_seconds") == pytest.approx(7200, abs=60)
    assert told["tasks"] == {"due": 1, "dead": 1}


def test_the_tables_are_looked_at_every_few_seconds_only(client, worker):
    before = answered(client)
    with without_audit_triggers(connection):
        during = answered(client)

    assert (before, during) == (ready(), ready())


@pytest.mark.django_db
def test_a_database_that_is_away_is_named_and_nothing_else_is_told(client, monkeypatch):
    monkeypatch.setitem(connections.settings["default"], *NOWHERE[connection.vendor])

    assert answered(client) == failing("database")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="nobody locks a reader of a file out")
def test_a_database_that_hangs_is_waited_for_by_one_thread_and_not_for_long(
    client, worker, monkeypatch
):
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
    assert answered(client) == ready()


def looks_that_wait():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]
