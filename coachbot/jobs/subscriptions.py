from django.utils import timezone
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.signals import task_finished

from coachbot.jobs.clock import DAY, every
from coachbot.jobs.housekeeping import forget_answers, forget_counts, forget_old_tasks
from coachbot.jobs.tasks import retry


def try_again(task_result: TaskResult[None], **kwargs: object) -> None:
    if task_result.status == TaskResultStatus.FAILED:
        retry(task_result.id, timezone.now())


# The library's signal: it has no attempts after the first.
task_finished.connect(try_again)
for forget in (forget_old_tasks, forget_answers, forget_counts):
    every(DAY, forget)
