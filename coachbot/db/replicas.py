"""Reading from a standby of PostgreSQL what everybody may know and nothing is decided by.

Only what nobody is signed in for: who is signed in may just have written something, and reads it
where they wrote it. A standby that is away or behind is left alone until it has caught up.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections

from coachbot.db.faults import Fault, classify

ALIAS = "replica"
# How long what was found out of the standby holds, in each process.
ASK_EVERY, LEAVE_ALONE = 1.0, 10.0

# Nothing is behind what was received, as long as something is received. Who follows nobody, a
# standby that was promoted for one, may be behind by any time.
LAG = """
    SELECT CASE
        WHEN NOT pg_is_in_recovery() THEN NULL
        WHEN NOT EXISTS (SELECT FROM pg_stat_wal_receiver) THEN NULL
        WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
        ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
    END
"""

_reading: ContextVar[bool] = ContextVar("reading", default=False)
_verdict = {"usable": False, "until": 0.0}


class Router:
    """Reads go to the standby inside of `from_replica` only, everything else to the primary."""

    def db_for_read(self, model, **hints):
        return ALIAS if _reading.get() else DEFAULT_DB_ALIAS

    def db_for_write(self, model, **hints):
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return db == DEFAULT_DB_ALIAS


def from_replica(view):
    """For a method of a view that only reads: anonymous requests are answered from the standby,
    and once more from the primary if it fails meanwhile."""

    @wraps(view)
    def read(self, request, *args, **kwargs):
        if request.user.is_authenticated or not is_usable():
            return view(self, request, *args, **kwargs)
        try:
            with _from_standby():
                return view(self, request, *args, **kwargs)
        except Error as failure:
            if classify(failure) not in (Fault.RETRY, Fault.UNAVAILABLE):
                raise
            _decide(usable=False)
        return view(self, request, *args, **kwargs)

    return read


def is_usable() -> bool:
    """Whether there is a standby that answers and is not behind by more than is allowed."""
    if ALIAS not in connections:
        return False
    if time.monotonic() >= _verdict["until"]:
        try:
            behind = lag()
        except Error:
            behind = None
        _decide(usable=behind is not None and behind <= settings.DB_REPLICA_MAX_LAG)
    return bool(_verdict["usable"])


def lag() -> float | None:
    """Seconds by which the standby is behind; None if it receives nothing."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(LAG)
        behind: Any = cursor.fetchone()[0]
    return None if behind is None else float(behind)


def _decide(*, usable: bool) -> None:
    pause = ASK_EVERY if usable else LEAVE_ALONE
    _verdict.update(usable=usable, until=time.monotonic() + pause)


@contextmanager
def _from_standby() -> Iterator[None]:
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)
