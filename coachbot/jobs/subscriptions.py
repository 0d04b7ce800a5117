from django.db.models.signals import pre_save
from django.utils import timezone
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.signals import task_finished
from django_tasks_db.models import DBTaskResult

from coachbot.jobs.clock import DAY, every
from coachbot.jobs.housekeeping import forget_answers, forget_counts, forget_old_tasks
from coachbot.jobs.tasks import retry
from coachbot.logs import without_values


def try_again(task_result: TaskResult[None], **kwargs: object) -> None:
    if task_result.status == TaskResultStatus.FAILED:
        retry(task_result.id, timezone.now())


def make_storable(instance: DBTaskResult, **kwargs: object) -> None:
    """Staff read what a task raised, and PostgreSQL repeats whole rows there. What no database
    takes would end the worker in place of the task."""
    plain = instance.traceback.replace("\x00", "").encode(errors="replace").decode()
    instance.traceback = without_values(plain)


pre_save.connect(make_storable, sender=DBTaskResult)
# The library's signal: it has no attempts after the first.
task_finished.connect(try_again)
for forget in (forget_old_tasks, forget_answers, forget_counts):
    every(DAY, forget)
