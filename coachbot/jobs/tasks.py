"""How a function becomes a task, and when one that failed is tried again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django_tasks import TaskResultStatus, task
from django_tasks.base import Task as Work

from coachbot.jobs.errors import GiveUp
from coachbot.jobs.models import Task

# Six more attempts within nine hours.
PAUSES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
_pauses: dict[str, tuple[timedelta, ...]] = {}


def job(
    *, pauses: tuple[timedelta, ...] = PAUSES, **options: Any
) -> Callable[[Callable[..., None]], Work[..., None]]:
    """Make a function of a module a task: `.enqueue(…)` has a worker run it once the caller's
    transaction is committed, and never if that is undone.

    It runs at least once: a worker may be lost after the work and before it is noted, so a second
    run must change nothing. It gets ids, no data and no secrets: staff see them. When it raises it
    is tried again after each of `pauses`, then it is a dead letter; GiveUp makes it one at once.
    """

    def wrap(function: Callable[..., None]) -> Work[..., None]:
        made: Work[..., None] = task(**options)(function)
        _pauses[made.module_path] = pauses
        return made

    return wrap


def rest_at_most(longest: timedelta, work: Work[..., None]) -> None:
    """Have `work` tried again after `longest`, where its pauses are longer."""
    pauses = _pauses.get(work.module_path, PAUSES)
    _pauses[work.module_path] = tuple(min(each, longest) for each in pauses)


def retry(key: UUID | str, now: datetime) -> bool:
    """Have the task of that `key`, which failed, tried again. False if it is a dead letter now."""
    failed: Task | None = Task.objects.dead().filter(pk=key).first()
    return failed is not None and retry_failed(failed, now)


def retry_failed(failed: Task, now: datetime) -> bool:
    """The same, for who has read the row: its path, its workers and what it raised are enough."""
    if failed.exception_class_path == _name(GiveUp):
        return False
    pauses = _pauses.get(failed.task_path, PAUSES)
    if failed.attempts > len(pauses):
        return False
    return bool(_put_back(failed, now + pauses[failed.attempts - 1]))


def replay(dead: Task, now: datetime) -> bool:
    """Have a dead letter tried again from the beginning. False if it is none any more."""
    return bool(_put_back(dead, now, worker_ids=[]))


def _put_back(failed: Task, at: datetime, **more: Any) -> int:
    return (
        Task.objects.dead()
        .filter(pk=failed.pk)
        .update(status=TaskResultStatus.READY, finished_at=None, run_after=at, **more)
    )


def _name(error: type[Exception]) -> str:
    return f"{error.__module__}.{error.__qualname__}"
