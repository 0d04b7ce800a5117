"""Changing the tables of a database: one process at a time, and never in anybody's way for long."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.files import locks
from django.core.management import call_command
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from coachbot.db import guards

# A change of a table waits for whoever reads it, and all others wait behind it: so it gives up
# soon and comes back.
LOCK_TIMEOUT = "2s"
TRIES, FIRST_PAUSE, LONGEST_PAUSE = 8, 0.5, 10.0
IN_THE_WAY = ("55P03", "40P01")  # a lock that did not come free, a deadlock

# Processes that start together take turns with the migrations. Any number of ours will do.
TURN = 0x636F616368


def place(connection: BaseDatabaseWrapper) -> str:
    """The database in words, without user or password."""
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite {_short(config['NAME'])}"
    host, port = config["HOST"], config["PORT"] or 5432
    return f"postgresql {config['NAME']} at {f'{host}:{port}' if host else 'the local socket'}"


def _short(file: str | Path) -> str:
    """A path as one would type it from here."""
    path = Path(file)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


@contextmanager
def _alone_on_postgresql(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """A connection of its own holds the lock in one transaction: behind PgBouncer, what a session
    holds may end up with somebody else."""
    turn = connection.copy()
    try:
        turn.set_autocommit(False)
        with turn.cursor() as cursor:
            # It waits for the others' migrations, then idles during ours.
            cursor.execute("SET LOCAL lock_timeout = 0")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
            yield
    finally:
        turn.close()


@contextmanager
def _alone_on_sqlite(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """The folder is locked: closing a second handle of the file would drop SQLite's own locks."""
    if os.name == "nt":  # where folders cannot be opened
        yield
        return
    folder = os.open(Path(connection.settings_dict["NAME"]).parent, os.O_RDONLY)
    try:
        locks.lock(folder, locks.LOCK_EX)
        yield
    finally:
        os.close(folder)


ALONE = {"postgresql": _alone_on_postgresql, "sqlite": _alone_on_sqlite}


def pending(connection: BaseDatabaseWrapper) -> list[Any]:
    """The migrations that are not applied, in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [migration for migration, _ in plan]


def migrate(
    connection: BaseDatabaseWrapper, *target: str, say: Callable[[str], None] = print
) -> None:
    """Go to `target` (app and name), or apply everything. What is in use is tried again."""
    for attempt in range(1, TRIES + 1):
        try:
            with _patience(connection):
                call_command("migrate", *target, interactive=False, verbosity=0)
            return
        except OperationalError as failure:
            if getattr(failure.__cause__, "sqlstate", "") not in IN_THE_WAY or attempt == TRIES:
                raise
            say(f"A table is in use. Trying again ({attempt + 1} of {TRIES}) ...")
            time.sleep(min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE))
        finally:
            _restore_guards(connection)


@contextmanager
def _patience(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Little for locks, any for the work itself. Behind PgBouncer the role says how much."""
    if connection.vendor == "sqlite" or connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'; SET statement_timeout = 0")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout; RESET statement_timeout")


def _restore_guards(connection: BaseDatabaseWrapper) -> None:
    """A migration that failed leaves SQLite without its guards."""
    if connection.vendor == "sqlite" and guards.missing(connection):
        guards.install(connection)
