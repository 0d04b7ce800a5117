"""What an error of the database means for who asked: by its code, never by its class.

PostgreSQL's codes (SQLSTATE) are in appendix A of its manual, SQLite's at sqlite.org/rescode.html.
"""

import secrets
import time
from collections.abc import Callable
from decimal import InvalidOperation
from enum import Enum, auto
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DataError, Error, InterfaceError, OperationalError, connection

from coachbot.db import guards, plans

TRIES = 3
LONGEST_PAUSE_MS = 100

P = ParamSpec("P")
R = TypeVar("R")


class Fault(Enum):
    RETRY = auto()  # a victim of others at the same moment: the transaction may simply run again
    UNAVAILABLE = auto()  # away, busy, full or closed for writing: later it may work
    CONFLICT = auto()  # another row is in the way
    BAD_DATA = auto()  # such a value can never be stored


# The longest prefix of an SQLSTATE decides. What is not here is a mistake of ours.
SQLSTATES = {
    "40001": Fault.RETRY,  # serialization failure
    "40P01": Fault.RETRY,  # deadlock
    "08": Fault.UNAVAILABLE,  # connection
    "25006": Fault.UNAVAILABLE,  # read only
    "25P03": Fault.UNAVAILABLE,  # idle in a transaction for too long
    "25P04": Fault.UNAVAILABLE,  # transaction for too long
    "53": Fault.UNAVAILABLE,  # disk, memory or connections used up
    "55P03": Fault.UNAVAILABLE,  # lock not available in time
    "57": Fault.UNAVAILABLE,  # shut down, or a statement that took too long
    "58": Fault.UNAVAILABLE,  # the server's own system failed it
    "23503": Fault.CONFLICT,  # what it refers to has gone meanwhile
    "23505": Fault.CONFLICT,  # unique
    "23P01": Fault.CONFLICT,  # exclusion
    "22": Fault.BAD_DATA,
    "23502": Fault.BAD_DATA,  # not null
    "23514": Fault.BAD_DATA,  # check
}
# The same for SQLite. A corrupt file is not here: trying later does not mend it.
SQLITE_NAMES = {
    "SQLITE_BUSY": Fault.UNAVAILABLE,
    "SQLITE_CANTOPEN": Fault.UNAVAILABLE,
    "SQLITE_FULL": Fault.UNAVAILABLE,
    "SQLITE_INTERRUPT": Fault.UNAVAILABLE,
    "SQLITE_IOERR": Fault.UNAVAILABLE,
    "SQLITE_LOCKED": Fault.UNAVAILABLE,
    "SQLITE_NOMEM": Fault.UNAVAILABLE,
    "SQLITE_PROTOCOL": Fault.UNAVAILABLE,
    "SQLITE_READONLY": Fault.UNAVAILABLE,
    "SQLITE_CONSTRAINT_FOREIGNKEY": Fault.CONFLICT,
    "SQLITE_CONSTRAINT_PRIMARYKEY": Fault.CONFLICT,
    "SQLITE_CONSTRAINT_UNIQUE": Fault.CONFLICT,
    "SQLITE_CONSTRAINT_CHECK": Fault.BAD_DATA,
    "SQLITE_CONSTRAINT_NOTNULL": Fault.BAD_DATA,
    "SQLITE_MISMATCH": Fault.BAD_DATA,
    "SQLITE_TOOBIG": Fault.BAD_DATA,
}


def classify(error: BaseException) -> Fault | None:
    """What kind of fault `error` is; None if it is none of the database's, or a mistake of ours."""
    if isinstance(error, OverflowError | UnicodeEncodeError | RecursionError | InvalidOperation):
        # Raised by Python on the value's way to the database, or back: it has no way to say it.
        return Fault.BAD_DATA
    if not isinstance(error, Error):
        return None
    if state := getattr(error.__cause__, "sqlstate", None):
        return Fault.RETRY if plans.is_outdated(error) else _longest_prefix(SQLSTATES, state)
    if name := getattr(error.__cause__, "sqlite_errorname", None):
        if name == "SQLITE_CONSTRAINT_TRIGGER":
            return Fault.CONFLICT if guards.is_constraint(str(error)) else None
        return _longest_prefix(SQLITE_NAMES, name)
    return _without_code(error)


def retrying(service: Callable[P, R]) -> Callable[P, R]:
    """Run a service that owns its transaction up to three times while it is a deadlock's victim.

    Inside a transaction of the caller's, which only the caller can run again, it runs once.
    """

    @wraps(service)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(TRIES - 1):
            try:
                return service(*args, **kwargs)
            except Error as error:
                if connection.in_atomic_block or classify(error) is not Fault.RETRY:
                    raise
            # Victims of the same moment must not meet again.
            time.sleep(secrets.randbelow(LONGEST_PAUSE_MS) / 1000)
        return service(*args, **kwargs)

    return attempt


def _longest_prefix(faults: dict[str, Fault], code: str) -> Fault | None:
    found = max((known for known in faults if code.startswith(known)), key=len, default="")
    return faults.get(found)


def _without_code(error: Error) -> Fault | None:
    """Drivers give no code to what the server never saw: a lost connection, a pool that is
    exhausted, a text with a NUL in it."""
    if isinstance(error, OperationalError | InterfaceError):
        return Fault.UNAVAILABLE
    return Fault.BAD_DATA if isinstance(error, DataError) else None
