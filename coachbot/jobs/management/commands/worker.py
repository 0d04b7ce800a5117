"""`manage.py worker`: what runs the tasks."""

import logging
import time
from argparse import ArgumentTypeError

from django.core.management import BaseCommand
from django.db import InterfaceError, OperationalError, connection
from django_tasks_db.management.commands import db_worker

from coachbot.ids import uuid7
from coachbot.jobs.workers import LONGEST, Heart, Runner

log = logging.getLogger(__name__)

LONGEST_PAUSE = 10.0


class Command(BaseCommand):
    help = (
        "Run what is to be done beside the requests: mail, webhooks, reminders, and what is done "
        "by the clock. Let one run for as long as the server does; on PostgreSQL as many as you "
        "like share the work. SIGTERM lets it finish what it is at. What a lost one was doing is "
        "done again by the next, after half a minute."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--interval",
            type=db_worker.valid_interval,
            default=1.0,
            metavar="SECONDS",
            help="How often to look for work when there was none (default 1).",
        )
        parser.add_argument(
            "--once",
            action="store_true",
            help="Run what is due, and end: for cron, where nothing may run for long.",
        )
        parser.add_argument(
            "--longest",
            type=_seconds,
            default=LONGEST,
            metavar="SECONDS",
            help="How long a task may take (default 600). One that takes longer hangs: the worker "
            "ends with status 1, to be started anew, and the task is tried again.",
        )

    def handle(self, **options):
        pause = 1.0
        while True:
            began = time.monotonic()
            try:
                return self._work(options)
            except (OperationalError, InterfaceError) as failure:
                if options["once"]:
                    raise
                # Its tasks count as lost: whoever comes next has another name.
                log.warning("The database is away, trying again in %g s: %s", pause, failure)
                connection.close()
                time.sleep(pause)
            lasted = time.monotonic() - began > LONGEST_PAUSE
            pause = 1.0 if lasted else min(pause * 2, LONGEST_PAUSE)

    def _work(self, options):
        name = uuid7()
        worker = Runner(
            queue_names=["*"],
            interval=options["interval"],
            batch=options["once"],
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=str(name),
            excluded_queue_names=[],
        )
        heart = Heart(name, worker, options["longest"])
        heart.beat()
        heart.start()
        worker.configure_signals()
        try:
            worker.run()
        finally:
            worker.reset_signals()
            heart.stop()


def _seconds(text):
    seconds = db_worker.valid_interval(text)
    if seconds == 0:
        raise ArgumentTypeError("Must be more than zero")
    return seconds
