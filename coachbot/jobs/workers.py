"""Workers are seen while they live; what a lost one was doing is done again."""

import logging
import os
import time
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Event, Thread
from uuid import UUID

from django.db import Error, close_old_connections, connection
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from coachbot.jobs import clock
from coachbot.jobs.errors import WorkerLost
from coachbot.jobs.models import LOST_AFTER, Task, Worker
from coachbot.jobs.tasks import retry_failed
from coachbot.logs import in_one_line

log = logging.getLogger(__name__)

# Seconds between two beats.
BEAT = 5.0
# Seconds that a task may take. All that ours ask has limits of its own, but the system's resolver.
LONGEST = 600.0
# Who failed so lately may only not have been put back yet: the worker was lost in between.
OVERLOOKED_FOR = timedelta(hours=1)


class Runner(db_worker.Worker):
    """The library's, which knows since when it has been at its task."""

    busy_since: float | None = None

    def run_task(self, db_task_result: DBTaskResult) -> None:  # type: ignore[type-arg]  # as Task
        self.busy_since = time.monotonic()
        try:
            super().run_task(db_task_result)
        finally:
            self.busy_since = None


class Heart(Thread):
    """Beats beside the tasks of a worker, and sees to the clock and to the lost.

    A task that hangs would keep its worker for ever, and be kept by it, as the heart goes on. No
    thread can end another, so the process ends: its task is that of a lost worker then.
    """

    def __init__(self, worker_id: UUID, runner: Runner, longest: float = LONGEST) -> None:
        super().__init__(name="heart", daemon=True)
        self.worker_id = worker_id
        self.runner = runner
        self.longest = longest
        self._stopped = Event()

    def run(self) -> None:
        while not self._stopped.wait(min(BEAT, self.longest)):
            since = self.runner.busy_since
            if since is not None and time.monotonic() - since > self.longest:
                log.critical("A task took more than %g s: its worker ends.", self.longest)
                os._exit(1)
            close_old_connections()
            self.beat()
        connection.close()

    def beat(self) -> None:
        """Whatever comes of it, the next one follows: a worker without a heart counts as lost
        while it works."""
        try:
            be_seen(self.worker_id, timezone.now())
            clock.tick(timezone.now())
            recover(timezone.now())
        except Error as failure:
            log.warning("The database does not answer a worker: %s", in_one_line(failure))
        except Exception:
            log.exception("A worker could not see to the clock and to the lost.")

    def stop(self) -> None:
        """Say goodbye: nobody has to wait until this worker counts as lost."""
        self._stopped.set()
        self.join()
        with suppress(Error):  # then it is missed after a while
            Worker.objects.filter(pk=self.worker_id).delete()


def be_seen(worker_id: UUID, now: datetime) -> None:
    Worker.objects.update_or_create(pk=worker_id, defaults={"seen_at": now})
    Worker.objects.filter(seen_at__lt=now - 10 * LOST_AFTER).delete()


def is_any_alive(now: datetime) -> bool:
    return Worker.objects.alive(now).exists()


def recover(now: datetime) -> int:
    """Have tried again what lost workers were doing. How many tasks that were."""
    alive = {str(worker.pk) for worker in Worker.objects.alive(now)}
    running = Task.objects.filter(status=TaskResultStatus.RUNNING, started_at__lt=now - LOST_AFTER)
    lost = [task for task in running if task.worker_ids[-1] not in alive]
    for task in lost:
        log.warning("Task %s is tried again: its worker is lost.", task.pk)
        _fail(task, now)
    overlooked = Task.objects.dead().filter(finished_at__gt=now - OVERLOOKED_FOR)
    # One query, however many there are: the heart has to beat on.
    rows = overlooked.only("task_path", "worker_ids", "exception_class_path")
    return sum(retry_failed(task, now) for task in rows)


def _fail(task: Task, now: datetime) -> None:
    Task.objects.filter(
        pk=task.pk, status=TaskResultStatus.RUNNING, started_at=task.started_at
    ).update(
        status=TaskResultStatus.FAILED,
        finished_at=now,
        exception_class_path=f"{WorkerLost.__module__}.{WorkerLost.__qualname__}",
        traceback="The worker was lost while it ran this.",
    )
