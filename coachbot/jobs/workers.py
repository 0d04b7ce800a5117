"""Workers are seen while they live; what a lost one was doing is done again."""

import logging
from datetime import datetime, timedelta
from threading import Event, Thread
from uuid import UUID

from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone
from django_tasks import TaskResultStatus

from coachbot.jobs import clock
from coachbot.jobs.errors import WorkerLost
from coachbot.jobs.models import LOST_AFTER, Task, Worker
from coachbot.jobs.tasks import retry

log = logging.getLogger(__name__)

# Seconds between two beats.
BEAT = 5.0
# Who failed so lately may only not have been put back yet: the worker was lost in between.
OVERLOOKED_FOR = timedelta(hours=1)


class Heart(Thread):
    """Beats beside the tasks of a worker, and sees to the clock and to the lost."""

    def __init__(self, worker_id: UUID) -> None:
        super().__init__(name="heart", daemon=True)
        self.worker_id = worker_id
        self._stopped = Event()

    def run(self) -> None:
        while not self._stopped.wait(BEAT):
            self.beat()
        connection.close()

    def beat(self) -> None:
        close_old_connections()
        try:
            be_seen(self.worker_id, timezone.now())
            clock.tick(timezone.now())
            recover(timezone.now())
        except DatabaseError as failure:
            log.warning("The database does not answer a worker: %s", failure)

    def stop(self) -> None:
        """Say goodbye: nobody has to wait until this worker counts as lost."""
        self._stopped.set()
        self.join()
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
    return sum(retry(key, now) for key in overlooked.values_list("pk", flat=True))


def _fail(task: Task, now: datetime) -> None:
    Task.objects.filter(
        pk=task.pk, status=TaskResultStatus.RUNNING, started_at=task.started_at
    ).update(
        status=TaskResultStatus.FAILED,
        finished_at=now,
        exception_class_path=f"{WorkerLost.__module__}.{WorkerLost.__qualname__}",
        traceback="The worker was lost while it ran this.",
    )
