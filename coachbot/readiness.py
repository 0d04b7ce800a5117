"""Whether this process can serve what it is asked: see `failing`."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread

from django.db import Error, connection

from coachbot.db import guards, migrating

log = logging.getLogger(__name__)

# Whoever asks gets an answer after so many seconds, whatever the database does.
PATIENCE = 2.0
# How long holds what was found out of the tables, in each process.
LASTING = 5.0

# What has to be true of a database that answers, by the name that /health/ready gives it.
CHECKS: dict[str, Callable[[], bool]] = {
    "migrations": lambda: not migrating.pending(connection),
    "guards": lambda: not guards.missing(connection),
    # A task worker that was not seen lately belongs here as soon as there is one.
}

_lock = Lock()
_look: Future[list[str]] | None = None
_found: tuple[float, list[str]] = (0.0, [])


def failing() -> list[str]:
    """The names of the checks that fail; of the database alone if it does not answer in time.

    A thread of its own looks, for nothing ends a wait for a machine that is silent. While it
    waits no other begins: a database that hangs costs one thread and one connection.
    """
    try:
        return _current_look().result(PATIENCE)
    except TimeoutError:
        log.warning("Not ready: the database gave no answer in %g seconds.", PATIENCE)
        return ["database"]


def _current_look() -> "Future[list[str]]":
    global _look  # noqa: PLW0603 -- one for the process
    with _lock:
        if _look is None or _look.done():
            _look = Future()
            Thread(target=_run, args=[_look], name="readiness", daemon=True).start()
        return _look


def _run(look: "Future[list[str]]") -> None:
    try:
        found = _failing()
    except BaseException as failure:
        look.set_exception(failure)
    else:
        look.set_result(found)
    finally:
        connection.close()


def _failing() -> list[str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return _lasting()
    except Error as failure:
        log.warning("Not ready: the database does not answer.", exc_info=failure)
        return ["database"]


def _lasting() -> list[str]:
    global _found  # noqa: PLW0603 -- one for the process
    until, names = _found
    if time.monotonic() >= until:
        names = [name for name, holds in CHECKS.items() if not holds()]
        _found = (time.monotonic() + LASTING, names)
        if names:
            log.warning("Not ready: %s. `manage.py check_db` says more.", ", ".join(names))
    return names
