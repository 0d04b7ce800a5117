from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Case, Count, F, Min, Q, When
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from coachbot.models import UUIDModel

# A worker that has not been seen for so long is lost, and with it what it was doing.
LOST_AFTER = timedelta(seconds=30)
# How the library writes "as soon as possible".
AT_ONCE = get_date_max()


class TaskQuerySet(models.QuerySet["Task"]):
    def due(self, now: datetime) -> Self:
        """What waits for nothing but a worker."""
        return self.filter(
            Q(run_after=AT_ONCE) | Q(run_after__lte=now), status=TaskResultStatus.READY
        )

    def dead(self) -> Self:
        """Dead letters: not tried again, unless staff say so."""
        return self.filter(status=TaskResultStatus.FAILED)

    def figures(self, now: datetime) -> dict[str, float]:
        """How many are due, for how many seconds the oldest has been, and how many are dead."""
        since = Case(When(run_after=AT_ONCE, then=F("enqueued_at")), default=F("run_after"))
        due = self.due(now).aggregate(number=Count("pk"), oldest=Min(since))
        waited = (now - due["oldest"]).total_seconds() if due["oldest"] else 0.0
        return {
            "due": due["number"],
            "oldest_due_seconds": round(max(waited, 0.0), 1),
            "dead": self.dead().count(),
        }


class Task(DBTaskResult):  # type: ignore[type-arg]  # generic for checkers alone
    """One piece of work, as the library keeps it."""

    objects: ClassVar = TaskQuerySet.as_manager()  # type: ignore[assignment]  # has more

    class Meta:
        proxy = True

    def __str__(self) -> str:
        return self.task_name.replace("_", " ")

    @property
    def is_dead(self) -> bool:
        return self.status == TaskResultStatus.FAILED

    @property
    def attempts(self) -> int:
        """How often a worker took it up, since staff last said that it be tried anew."""
        return len(self.worker_ids)


class WorkerQuerySet(models.QuerySet["Worker"]):
    def alive(self, now: datetime) -> Self:
        return self.filter(seen_at__gt=now - LOST_AFTER)


class Worker(UUIDModel):
    """A process that runs tasks, and when it was last seen."""

    seen_at = models.DateTimeField()

    objects = WorkerQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.pk)


class Tick(UUIDModel):
    """A round of the clock in which a task was enqueued: once, by whichever worker was first."""

    task = models.CharField(max_length=200)
    round = models.BigIntegerField(help_text="Periods of the task since 1970.")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "round"], name="tick_once")]

    def __str__(self) -> str:
        return f"{self.task}, round {self.round}"
