"""What staff do with tasks."""

from datetime import datetime
from typing import Any

from django.db import transaction

from audit import services as audit
from coachbot.errors import Conflict
from coachbot.jobs import tasks
from coachbot.jobs.models import Task


class NotDead(Conflict):
    message = "Only what has failed for good can be tried again: this is done or still tried."


def replay(task: Task, *, actor: Any, now: datetime) -> None:
    """Have a dead letter tried again, with as many attempts as a new task. Raises NotDead."""
    with transaction.atomic():
        if not tasks.replay(task, now):
            raise NotDead
        audit.record("task.replayed", task, actor=actor)


def require_dead(task: Task) -> None:
    """Raises NotDead."""
    if not task.is_dead:
        raise NotDead
