"""`manage.py init_db`: from nothing, or from any older version, to a database that serves."""

import time
from argparse import ArgumentTypeError
from collections.abc import Callable

from django.core.management import BaseCommand, CommandError
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    OperationalError,
    ProgrammingError,
    connections,
)
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.exceptions import MigrationSchemaMissing

from coachbot.db import fallback, guards, migrating
from coachbot.db.migrating import ALONE, place
from coachbot.logs import in_one_line

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
NOT_ALLOWED = "42501"


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

        parser.add_argument(
            "--fallback",
            action="store_true",
            help=(
                "If the migrations fail on a database without any table, take back what they did, "
                "create the tables from the models and hold the migrations for applied."
            ),
        )

    def handle(self, **options):
        connection = connections[DEFAULT_DB_ALIAS]
        self._wait(connection, options["timeout"])
        with ALONE[connection.vendor](connection):
            spare = options["fallback"] and fallback.is_empty(connection)
            try:
                applied = _migrate(connection, self.stdout.write)
            # A migration is anybody's code. Nothing is swallowed: it goes on, or is said loudly.
            except Exception as failure:
                if not spare:
                    raise
                applied = self._fall_back(connection, failure)
        if missing := guards.missing(connection):
            raise CommandError(
                f"The database does not hold these rules: {', '.join(missing)}. Bookings could "
                "overlap. Migrations create them, so somebody has removed them: restore a backup, "
                "or create the constraints again as in scheduling/migrations."
            )
        done = f"{applied} migration{'' if applied == 1 else 's'} applied"
        what = done if applied else "nothing to do"
        self.stdout.write(f"Database ready: {place(connection)}, {what}.")

    def _fall_back(self, connection: BaseDatabaseWrapper, failure: Exception) -> int:
        self.stderr.write(
            f"THE MIGRATIONS FAILED: {failure!r}\nThe database was empty, so its tables are now "
            "created from the models and all migrations are marked as applied. Rows that only a "
            "migration would have made may be missing. Mend the migration, and start anew from an "
            "empty database before this one holds anything that counts."
        )
        connection.close()
        fallback.clear(connection)
        try:
            return fallback.create(connection)
        except BaseException:  # Nor does half of it stay: the next start finds it empty again.
            connection.close()
            fallback.clear(connection)
            raise

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


def _migrate(connection: BaseDatabaseWrapper, say: Callable[[str], None]) -> int:
    """How many migrations were applied. SQLite's guards are put back where they are missing."""
    missing = migrating.pending(connection)
    if missing or guards.missing(connection):
        try:
            migrating.migrate(connection, say=say)
        except guards.GuardedRowsBroken as broken:
            raise CommandError(str(broken)) from broken
        except MigrationSchemaMissing as refused:
            raise CommandError(
                f"{refused} The database's user must be allowed to create tables."
            ) from refused
        except ProgrammingError as refused:
            if getattr(refused.__cause__, "sqlstate", "") != NOT_ALLOWED:
                raise
            raise CommandError(
                f"{in_one_line(refused)}. The database's user must own the database: "
                "ALTER DATABASE … OWNER TO …, then run this again."
            ) from refused
        except OperationalError as failure:
            raise CommandError(
                f"A table could not be changed: {failure}. Nothing is half done: see who holds it "
                "in pg_stat_activity, and run this again."
            ) from failure
    return len(missing)
