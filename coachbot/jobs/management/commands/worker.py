"""`manage.py worker`: what runs the tasks."""

import logging
import time

from django.core.management import BaseCommand
from django.db import InterfaceError, OperationalError, connection
from django_tasks_db.management.commands import db_worker

from coachbot.ids import uuid7
from coachbot.jobs.workers import Heart

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

    def handle(self, **options):
        pause = 1.0
        while True:
            began = time.monotonic()
            try:
                return self._work(options)
            except (OperationalError, InterfaceError) as failure:
                # Its tasks count as lost: whoever comes next has another name.
                log.warning("The database is away, trying again in %g s: %s", pause, failure)
                connection.close()
                time.sleep(pause)
            lasted = time.monotonic() - began > LONGEST_PAUSE
            pause = 1.0 if lasted else min(pause * 2, LONGEST_PAUSE)

    def _work(self, options):
        name = uuid7()
        worker = db_worker.Worker(
            queue_names=["*"],
            interval=options["interval"],
            batch=options["once"],
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=str(name),
            excluded_queue_names=[],
        )
        heart = Heart(name)
        heart.beat()
        heart.start()
        worker.configure_signals()
        try:
            worker.run()
        finally:
            worker.reset_signals()
            heart.stop()
