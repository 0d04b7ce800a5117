"""What is done every so often, once, however many workers there are."""

from datetime import datetime, timedelta

from django.db import transaction
from django_tasks import TaskResultStatus
from django_tasks.base import Task as Work

from coachbot.jobs.models import Task, Tick
from coachbot.jobs.tasks import rest_at_most

DAY = 24 * 60 * 60
# While one that failed rests, no round of it is run: what is done each minute may miss so many.
LONGEST_REST = timedelta(minutes=15)

_schedule: dict[str, tuple[Work[..., None], int]] = {}


def every(seconds: int, task: Work[..., None]) -> None:
    """Have `task` run each time so many seconds, counted from 1970 in UTC, have gone by."""
    _schedule[task.module_path] = (task, seconds)
    rest_at_most(max(timedelta(seconds=seconds), LONGEST_REST), task)


def tick(now: datetime) -> int:
    """Enqueue what has become due since the last round. How many tasks that were."""
    rounds = {path: int(now.timestamp()) // seconds for path, (_, seconds) in _schedule.items()}
    latest = dict(Tick.objects.filter(round__in=rounds.values()).values_list("task", "round"))
    due = [path for path, number in rounds.items() if latest.get(path) != number]
    return sum(_enqueue(path, rounds[path], now) for path in due)


def _enqueue(path: str, number: int, now: datetime) -> bool:
    """False if another worker was first, or the one of an earlier round is still waiting."""
    with transaction.atomic():
        _, is_first = Tick.objects.get_or_create(task=path, round=number, defaults={"at": now})
        if (
            not is_first
            or Task.objects.filter(task_path=path, status=TaskResultStatus.READY).exists()
        ):
            return False
        _schedule[path][0].enqueue()
    return True
