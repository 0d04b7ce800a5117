"""How gunicorn serves: `gunicorn coachbot.wsgi` reads this where it starts. Options win over it."""

import os
import sys

from gunicorn.arbiter import Arbiter

from coachbot import logs

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
# After SIGTERM what is asked is still answered. More than any statement may take.
graceful_timeout = 30
# Of a process that hangs altogether: its threads may wait for the database.
timeout = 60
# Connections cannot be shared with a process that was forked from another.
preload_app = False
# Of its own process, which reads no .env. Each request has its line from coachbot.access.
logconfig_dict = logs.configuration(
    form=os.environ.get("LOG_FORMAT", "json").lower(),
    level=os.environ.get("LOG_LEVEL", "INFO").upper(),
)


def post_worker_init(worker):
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 -- see above

    from coachbot.db import serving  # noqa: PLC0415 -- loaded anew by each process

    try:
        serving.begin(processes=worker.cfg.workers, threads=worker.cfg.threads)
    except ImproperlyConfigured as mistake:
        worker.log.critical("Configuration: %s", mistake)
        sys.exit(Arbiter.WORKER_BOOT_ERROR)


def worker_exit(server, worker):
    if "coachbot.db.serving" in sys.modules:
        sys.modules["coachbot.db.serving"].end()
