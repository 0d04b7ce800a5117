"""Tasks in tests: nobody runs them but who asks."""

from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from coachbot.ids import uuid7
from coachbot.jobs.models import Task
from coachbot.jobs.workers import Runner


def runner():
    return Runner(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=str(uuid7()),
        excluded_queue_names=[],
    )


def work():
    """Run what is due by now, and what comes of that; how many tasks that were. What they raise is
    kept with them: see `failures`."""
    worker = runner()
    # Its own loop gives the connection back, and with it the transaction of the test.
    while task := DBTaskResult.objects.ready().first():
        task.claim(worker.worker_id)
        worker.run_task(task)
    return worker._run_tasks


def failures():
    """What tasks raised when they were last tried, by their names; the last line of each."""
    failed = Task.objects.exclude(exception_class_path="")
    return {str(task): task.traceback.strip().splitlines()[-1] for task in failed}


def due():
    """What a worker would run now, with what each is given."""
    return [(str(task), task.args_kwargs["args"]) for task in Task.objects.due(timezone.now())]
