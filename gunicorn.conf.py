"""How gunicorn serves: `gunicorn coachbot.wsgi` reads this where it starts. Options win over it."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

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

# The folder where the processes put what they count, so that each can tell the sum. The library
# reads the variable when it is imported.
COUNTS = "PROMETHEUS_MULTIPROC_DIR"
OWN_FOLDER = "coachbot-metrics-"


def on_starting(server):
    """What earlier processes counted is not ours."""
    if not os.environ.get(COUNTS):
        os.environ[COUNTS] = tempfile.mkdtemp(prefix=OWN_FOLDER)
    folder = Path(os.environ[COUNTS])
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink()


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


def child_exit(server, worker):
    from prometheus_client import multiprocess  # noqa: PLC0415 -- COUNTS has to be set before

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server):
    folder = Path(os.environ.get(COUNTS, ""))
    if folder.name.startswith(OWN_FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
