"""What the tables of tasks, and those of no app of their own, would otherwise keep for ever."""

from datetime import timedelta

from django.utils import timezone
from django_tasks import TaskResultStatus

from coachbot import rates
from coachbot.idempotency import IdempotencyKey
from coachbot.jobs.models import Task, Tick
from coachbot.jobs.tasks import job

DONE_KEPT = timedelta(days=7)
# Long enough for somebody to see it; it is counted in the metrics all the while.
DEAD_KEPT = timedelta(days=90)
TICKS_KEPT = timedelta(days=2)


@job()
def forget_old_tasks() -> None:
    now = timezone.now()
    done = Task.objects.filter(status=TaskResultStatus.SUCCESSFUL)
    done.filter(finished_at__lt=now - DONE_KEPT).delete()
    Task.objects.dead().filter(finished_at__lt=now - DEAD_KEPT).delete()
    Tick.objects.filter(at__lt=now - TICKS_KEPT).delete()


@job()
def forget_answers() -> None:
    """Those under idempotency keys that have expired."""
    IdempotencyKey.objects.purge(timezone.now())


@job()
def forget_counts() -> None:
    rates.purge()
