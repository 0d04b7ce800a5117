"""Whether this process can serve what it is asked, and how much waits to be done: see `look`."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import NamedTuple

from django.db import Error, connection
from django.utils import timezone

from coachbot.db import guards, migrating
from coachbot.jobs import workers
from coachbot.jobs.models import Task

log = logging.getLogger(__name__)

# Whoever asks gets an answer after so many seconds, whatever the database does.
PATIENCE = 2.0
# How long holds what was found out of the tables, in each process.
LASTING = 5.0

# What has to be true of a database that answers, by the name that /health/ready gives it.
CHECKS: dict[str, Callable[[], bool]] = {
    "migrations": lambda: not migrating.pending(connection),
    "guards": lambda: not guards.missing(connection),
    "worker": lambda: workers.is_any_alive(timezone.now()),
}


class Found(NamedTuple):
    """The names of the checks that fail, of the database alone if it does not answer in time; and
    the figures of the tasks, none if nobody could look."""

    failing: list[str]
    tasks: dict[str, float]


NO_DATABASE = Found(["database"], {})

_lock = Lock()
_look: Future[Found] | None = None
_found: tuple[float, Found] = (0.0, Found([], {}))


def look() -> Found:
    """How things are by now, or were a few seconds ago.

    A thread of its own looks, for nothing ends a wait for a machine that is silent. While it
    waits no other begins: a database that hangs costs one thread and one connection.
    """
    try:
        return _current_look().result(PATIENCE)
    except TimeoutError:
        log.warning("Not ready: the database gave no answer in %g seconds.", PATIENCE)
        return NO_DATABASE


def _current_look() -> "Future[Found]":
    global _look  # noqa: PLW0603 -- one for the process
    with _lock:
        if _look is None or _look.done():
            _look = Future()
            Thread(target=_run, args=[_look], name="readiness", daemon=True).start()
        return _look


def _run(look: "Future[Found]") -> None:
    try:
        found = _now()
    except BaseException as failure:
        look.set_exception(failure)
    else:
        look.set_result(found)
    finally:
        connection.close()


def _now() -> Found:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return _lasting()
    except Error as failure:
        log.warning("Not ready: the database does not answer.", exc_info=failure)
        return NO_DATABASE


def _lasting() -> Found:
    global _found  # noqa: PLW0603 -- one for the process
    until, found = _found
    if time.monotonic() >= until:
        names = [name for name, holds in CHECKS.items() if not holds()]
        # The tables of tasks may be what is missing.
        tasks = {} if "migrations" in names else Task.objects.figures(timezone.now())
        found = Found(names, tasks)
        _found = (time.monotonic() + LASTING, found)
        if names:
            log.warning("Not ready: %s. `manage.py check_db` says more.", ", ".join(names))
    return found
