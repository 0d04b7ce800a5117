"""Tasks: stored with their cause, tried again, given up, replayed, and never lost."""

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from audit.models import AdminLog
from coachbot.ids import uuid7
from coachbot.jobs import clock, tasks, topics
from coachbot.jobs.errors import GiveUp
from coachbot.jobs.models import LOST_AFTER, Task, Tick, Worker
from coachbot.jobs.tasks import PAUSES, job
from coachbot.jobs.workers import Heart, recover
from tests.factories import StaffFactory, TaskFactory
from tests.jobs import due, failures, runner, work
from tests.processes import PROJECT, all_at_once, environment_here
from tests.tasks_of_tests import write_down

TICKER = Path(__file__).with_name("ticker.py")
told = []


@job(pauses=(timedelta(seconds=10), timedelta(minutes=1)))
def fail(word):
    raise OSError(word)


@job()
def give_up():
    raise GiveUp("There is nobody of that name.")


@job()
def stammer():
    raise OSError("\x00 \ud800 no tea")


@job()
def note():
    told.append("noted")


@pytest.fixture(autouse=True)
def nothing_told():
    told.clear()


@pytest.fixture
def listening(monkeypatch):
    """`listening(topic, listener)` subscribes for one test."""
    monkeypatch.setattr(topics, "_listeners", topics._listeners.copy())
    return topics.subscribe


@pytest.fixture
def scheduled(monkeypatch):
    """A clock that knows `note`, each minute, and nothing else."""
    monkeypatch.setattr(clock, "_schedule", {})
    clock.every(60, note)


def later():
    """Make what waits for later due now, as if the time had come."""
    Task.objects.filter(status="READY").update(run_after=timezone.now())


# --- what happens is announced


@pytest.mark.django_db(transaction=True)
def test_an_announcement_is_stored_with_what_happened_or_not_at_all(listening):
    listening("tea", lambda now, **ids: told.append(ids))

    with transaction.atomic():
        topics.announce("tea", cup="1")
        transaction.set_rollback(True)
    undone = work()
    with transaction.atomic():
        topics.announce("tea", cup="2")

    assert (undone, work(), told) == (0, 1, [{"cup": "2"}])


@pytest.mark.django_db
def test_a_listener_that_fails_keeps_nobody_from_being_told_and_is_told_again(listening):
    def stumble(now, cup):
        TaskFactory(status="SUCCESSFUL")
        if len(told) < 2:
            raise OSError("no tea")

    listening("tea", stumble)
    listening("tea", lambda now, cup: told.append(cup))
    topics.announce("tea", cup="1")

    work()
    kept = Task.objects.filter(status="SUCCESSFUL").count()
    later()
    work()
    later()
    work()

    assert kept == 0
    assert told == ["1", "1", "1"]
    assert failures() == {}


@pytest.mark.django_db
def test_nothing_is_announced_of_what_is_made_up():
    with topics.muted():
        topics.announce("tea", cup="1")

    assert due() == []


# --- what fails is tried again


@pytest.mark.django_db
def test_what_fails_is_tried_again_after_each_pause_and_then_is_a_dead_letter():
    fail.enqueue("no answer")
    pauses = []

    for _ in range(3):
        later()
        before = timezone.now()
        work()
        task = Task.objects.get()
        pauses.append(round((task.run_after - before).total_seconds(), -1))

    assert pauses[:2] == [10, 60]
    assert (task.status, task.attempts, due()) == ("FAILED", 3, [])
    assert failures() == {"fail": "OSError: no answer"}


@pytest.mark.django_db
def test_what_would_fail_the_same_way_each_time_is_not_tried_again():
    give_up.enqueue()

    work()

    assert (Task.objects.get().status, due()) == ("FAILED", [])


@pytest.mark.django_db
def test_what_a_task_raises_is_kept_without_the_rows_that_the_database_repeats():
    fail.enqueue('violates "a_check"\nDETAIL:  Failing row contains (7, Kim).\n')

    work()

    told = Task.objects.get().traceback
    assert 'violates "a_check"' in told
    assert "Kim" not in told


@pytest.mark.django_db
def test_a_task_that_raises_what_no_database_takes_does_not_end_its_worker(caplog):
    # What captures it cannot write it down either.
    caplog.set_level("CRITICAL", "django_tasks")
    stammer.enqueue()

    assert work() == 1
    assert failures() == {"stammer": "OSError:  ? no tea"}


@pytest.mark.django_db
def test_a_manager_has_dead_letters_tried_again_from_the_beginning(client):
    manager = StaffFactory()
    client.force_login(manager)
    fail.enqueue("no answer")
    for _ in range(3):
        later()
        work()
    task = Task.objects.get()
    address = reverse("admin:jobs_task_changelist")

    start = client.get(reverse("admin:index")).content.decode()
    listed = client.get(f"{address}?state=FAILED").content.decode()
    opened = client.get(reverse("admin:jobs_task_change", args=[task.pk])).content.decode()
    asked = {"action": "replay", "_selected_action": [str(task.pk)]}
    client.post(address, asked)
    sure = {**asked, "sure": "1", f"seen-{task.pk}": f"FAILED{task.attempts}"}
    done = client.post(address, sure).content.decode()

    task.refresh_from_db()
    entry = AdminLog.objects.latest("sequence")
    assert "Messages that did not get through" in start
    assert "OSError: no answer" in listed
    assert "Traceback" in opened
    assert "Tried again" in done
    assert (task.status, task.attempts, due()) == ("READY", 0, [("fail", ["no answer"])])
    assert (entry.action, entry.actor_id) == ("task.replayed", manager.pk)


# --- workers that are lost


@contextmanager
def worker(*arguments, **variables):
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "--interval", "0.05", *arguments],
        cwd=PROJECT,
        env=environment_here(LOG_LEVEL="ERROR", **variables),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def written_down():
    """How it stands with what was to be written down: workers have tasks of their own, too."""
    mine = Task.objects.filter(task_path=write_down.module_path)
    return list(mine.values_list("status", flat=True))


def wait_for(holds, seconds=20):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_was_doing_is_done_by_another(tmp_path):
    notes = tmp_path / "notes"
    write_down.enqueue(str(notes), "tea", 30.0)
    with worker() as lost:
        wait_for(lambda: notes.exists() and notes.read_text())
        lost.send_signal(signal.SIGKILL)
    early = recover(timezone.now())
    mine = Task.objects.filter(task_path=write_down.module_path)
    mine.update(args_kwargs={"args": [str(notes), "tea"], "kwargs": {}})

    found = recover(timezone.now() + LOST_AFTER + timedelta(seconds=1))
    later()
    work()

    assert (early, found) == (0, 1)
    assert [line.split()[0] for line in notes.read_text().splitlines()] == ["tea", "tea"]
    assert written_down() == ["SUCCESSFUL"]


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_asked_to_end_finishes_what_it_is_at_and_says_goodbye(tmp_path):
    notes = tmp_path / "notes"
    write_down.enqueue(str(notes), "tea", 0.5)
    with worker() as polite:
        wait_for(notes.exists)
        polite.terminate()
        polite.wait(timeout=20)

    assert written_down() == ["SUCCESSFUL"]
    assert not Worker.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_task_hangs_ends_and_leaves_the_task_to_the_next(tmp_path):
    write_down.enqueue(str(tmp_path / "notes"), "tea", 60.0)
    with worker("--longest", "0.5") as hanging:
        code = hanging.wait(timeout=20)

    assert (code, written_down()) == (1, ["RUNNING"])
    assert recover(timezone.now() + LOST_AFTER + timedelta(seconds=1)) == 1


def test_a_worker_that_runs_once_does_not_wait_for_the_database(tmp_path):
    """One without tables, which counts as one that is away."""
    with worker("--once", DATABASE_URL=f"sqlite:///{tmp_path}/empty.db") as cron:
        assert cron.wait(timeout=20) == 1


def away(*args):
    raise OperationalError("The server closed the connection.")


@pytest.mark.django_db
def test_a_worker_that_is_asked_to_end_while_the_database_is_away_ends():
    heart = Heart(uuid7(), runner())
    heart.start()

    with connection.execute_wrapper(away):
        heart.stop()

    assert not heart.is_alive()


@pytest.mark.django_db
def test_a_heart_beats_on_whatever_the_clock_brings(monkeypatch):
    """Without a heart a worker counts as lost while it works."""
    monkeypatch.setattr(clock, "_schedule", {"a task of no module": (None, 60)})
    heart = Heart(uuid7(), runner())

    heart.beat()

    assert [each.pk for each in Worker.objects.all()] == [heart.worker_id]


@pytest.mark.django_db
def test_a_heart_beats_as_fast_among_many_dead_letters(now, django_assert_num_queries):
    given_up = "coachbot.jobs.errors.GiveUp"
    TaskFactory.create_batch(
        9, status="FAILED", worker_ids=["a"], finished_at=now, exception_class_path=given_up
    )

    with django_assert_num_queries(3):
        assert recover(now) == 0


@pytest.mark.django_db
def test_what_is_dead_and_what_runs_is_found_by_an_index_of_ours():
    """The library's table has none for it; its migrations must not lose ours."""
    with connection.cursor() as cursor:
        indexes = connection.introspection.get_constraints(cursor, Task._meta.db_table)

    assert indexes["jobs_task_status"]["columns"] == ["status", "id"]


@pytest.mark.django_db(transaction=True)
def test_workers_that_share_the_work_do_each_task_once(tmp_path):
    notes = tmp_path / "notes"
    for number in range(60):
        write_down.enqueue(str(notes), str(number), 0.01)
    with worker(), worker():
        wait_for(lambda: set(written_down()) == {"SUCCESSFUL"}, 60)

    lines = [line.split() for line in notes.read_text().splitlines()]
    assert sorted(int(word) for word, _ in lines) == list(range(60))
    assert len({process for _, process in lines}) == 2


@pytest.mark.django_db
def test_a_failure_that_a_lost_worker_left_is_seen_to(now):
    TaskFactory(status="FAILED", worker_ids=["lost"], finished_at=now)

    assert recover(now) == 1
    assert Task.objects.get().run_after == now + PAUSES[0]


# --- the clock


@pytest.mark.django_db
def test_the_clock_enqueues_once_in_each_round(scheduled):
    minute = datetime.fromisoformat("2026-03-29T01:59:00+01:00")
    seconds = (0, 30, 59, 60, 61, 3600)

    made = []
    for each in seconds:
        made.append(clock.tick(minute + timedelta(seconds=each)))
        work()

    assert made == [1, 0, 0, 1, 0, 1]
    assert told == ["noted"] * 3


@pytest.mark.django_db
def test_what_still_waits_is_not_enqueued_again(scheduled, now):
    assert [clock.tick(now), clock.tick(now + timedelta(minutes=1))] == [1, 0]


@pytest.mark.django_db
def test_what_is_done_each_minute_rests_for_a_quarter_of_an_hour_at_most(scheduled, now):
    path = note.module_path
    TaskFactory(task_path=path, status="FAILED", worker_ids=["one"] * 6, finished_at=now)

    recover(now)

    assert Task.objects.get().run_after == now + timedelta(minutes=15)
    assert clock.tick(now) == 0


def race_of_clocks():
    Tick.objects.all().delete()
    Task.objects.all().delete()
    return all_at_once([TICKER, 8] for _ in range(2))


@pytest.mark.django_db(transaction=True)
def test_of_many_clocks_one_enqueues():
    assert race_of_clocks() == {"1": 1, "0": 15}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there, writers take turns anyway")
@pytest.mark.django_db(transaction=True)
def test_the_race_of_clocks_is_real_without_the_constraint():
    """The control."""
    once = Tick._meta.constraints[0]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Tick, once)

    assert any(race_of_clocks()["1"] > 1 for _ in range(10))

    Tick.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Tick, once)


def test_a_kind_of_task_may_be_replayed_only_when_it_is_dead(db, now):
    assert tasks.replay(TaskFactory(), now) is False
