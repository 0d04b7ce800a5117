"""`manage.py init_db`: from nothing, or from any older version, to a database that serves."""

import os
import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.files import locks
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.exceptions import MigrationSchemaMissing
from django.db.migrations.executor import MigrationExecutor

from coachbot.db import guards

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
# Processes that start together take turns with the migrations. Any number of ours will do.
TURN = 0x636F616368


def seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 3600:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 3600")
    return number


class Command(BaseCommand):
    help = (
        "Make the database ready: wait until it answers, create or update its tables, and check "
        "that the guards against double booking stand. Repeating it is safe and fast."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument(
            "--timeout",
            type=seconds,
            default=30.0,
            metavar="SECONDS",
            help="How long to wait for PostgreSQL to answer (default 30; 0: one attempt).",
        )

    def handle(self, **options):
        connection = connections[DEFAULT_DB_ALIAS]
        self._wait(connection, options["timeout"])
        with ALONE[connection.vendor](connection):
            applied = _migrate(connection)
        if missing := guards.missing(connection):
            raise CommandError(
                f"The database does not hold these rules: {', '.join(missing)}. Bookings could "
                "overlap. Migrations create them, so somebody has removed them: restore a backup, "
                "or create the constraints again as in scheduling/migrations."
            )
        done = f"{applied} migration{'' if applied == 1 else 's'} applied"
        what = done if applied else "nothing to do"
        self.stdout.write(f"Database ready: {place(connection)}, {what}.")

    def _wait(self, connection: BaseDatabaseWrapper, timeout: float) -> None:
        deadline, pause = time.monotonic() + timeout, FIRST_PAUSE
        while (failure := _failure(connection)) is not None:
            left = deadline - time.monotonic()
            if left <= 0 or connection.vendor == "sqlite":
                raise CommandError(_advice(connection, failure, timeout))
            if pause == FIRST_PAUSE:
                self.stdout.write(f"Waiting up to {timeout:g} s for {place(connection)} ...")
                self.stdout.flush()
            time.sleep(min(pause, left))
            pause = min(pause * 2, LONGEST_PAUSE)


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


def _failure(connection: BaseDatabaseWrapper) -> DatabaseError | None:
    """Why the database does not answer, or None. What waiting cannot heal is a CommandError."""
    try:
        connection.ensure_connection()
    except OperationalError as failure:
        return failure
    except DatabaseError as failure:
        raise CommandError(_advice(connection, failure, 0)) from failure
    return None


def _advice(connection: BaseDatabaseWrapper, failure: DatabaseError, timeout: float) -> str:
    password = connection.settings_dict["PASSWORD"]
    said = " ".join(str(failure).split())
    said = said.replace(password, "***") if password else said
    if connection.vendor == "sqlite":
        return (
            f"Cannot open {place(connection)}: {said}. Its folder must exist and be writable, and "
            "the file must be a database; DATABASE_URL names it."
        )
    waited = f" after {timeout:g} s" if timeout else ""
    return (
        f"No answer from {place(connection)}{waited}: {said.rstrip('.')}. Start the server "
        "(`docker compose up -d db`), create the database if it is missing, or correct "
        "DATABASE_URL. Without DATABASE_URL, a SQLite file is used and no server is needed."
    )


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


def _migrate(connection: BaseDatabaseWrapper) -> int:
    """How many migrations were applied. SQLite's guards are put back where they are missing."""
    executor = MigrationExecutor(connection)
    plan: list[Any] = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan or guards.missing(connection):
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except guards.GuardedRowsBroken as broken:
            raise CommandError(str(broken)) from broken
        except MigrationSchemaMissing as refused:
            raise CommandError(
                f"{refused} The database's user must be allowed to create tables."
            ) from refused
    return len(plan)
