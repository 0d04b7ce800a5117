"""PostgreSQL's own programs do the work. Passwords reach them through the environment alone."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import Conninfo

from coachbot.backups import census
from coachbot.backups.archive import Table
from coachbot.backups.errors import BackupFailed
from coachbot.backups.scratch import connected
from coachbot.logs import without_values

EMPTY = "SET statement_timeout = 0; DROP SCHEMA public CASCADE; CREATE SCHEMA public;"


def dump(connection: BaseDatabaseWrapper, path: Path) -> tuple[dict[str, Table], list[str]]:
    """Write all of the database to `path` and count it, both as of one moment."""
    _require_no_pgbouncer(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # This session only holds the moment while the other one reads.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        _run(
            connection, "pg_dump", "--format=custom", "--compress=0", "--no-password",
            f"--snapshot={snapshot}", f"--file={path}",
        )  # fmt: skip
        return census.take(cursor, connection.vendor)


def check(connection: BaseDatabaseWrapper, path: Path) -> None:
    """Raises BackupFailed unless the programs here can read what is in `path`."""
    _run(connection, "pg_restore", "--list", "--file=/dev/null", str(path))


def load(connection: BaseDatabaseWrapper, path: Path) -> None:
    """Put what is in `path` in the place of all there is: in one transaction, or not at all."""
    _require_no_pgbouncer(connection)
    script = path.with_suffix(".sql")
    _run(connection, "pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(path))
    connection.close()
    try:
        _run(
            connection, "psql", "--no-psqlrc", "--no-password", "--quiet", "--single-transaction",
            "--set=ON_ERROR_STOP=1", f"--command={EMPTY}", f"--file={script}", "--output=/dev/null",
        )  # fmt: skip
    except BackupFailed as failure:
        raise BackupFailed(
            f"{failure}. Nothing was changed. If others use the database, stop the server first."
        ) from failure
    script.unlink()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("ANALYZE")


@contextmanager
def scratch(connection: BaseDatabaseWrapper) -> Iterator[BaseDatabaseWrapper]:
    """A new database on the server of `connection`, which goes when the block ends."""
    name = f"coachbot_verify_{secrets.token_hex(4)}"
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    except DatabaseError as failure:
        raise BackupFailed(
            f"A scratch database cannot be made: {str(failure).strip()}. Give the user the right "
            "to (ALTER ROLE … CREATEDB), or name another server: BACKUP_VERIFY_URL."
        ) from failure
    try:
        with connected(connection, NAME=name) as new:
            yield new
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _require_no_pgbouncer(connection: BaseDatabaseWrapper) -> None:
    """What the programs set for their session would stay on for the next client."""
    if connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
        raise BackupFailed(
            "Not through PgBouncer: set DATABASE_URL to the address of the server itself, and "
            "DB_PGBOUNCER=false."
        )


def _run(connection: BaseDatabaseWrapper, program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise BackupFailed(
            f"{program} is not installed here: `apt-get install postgresql-client`, of the "
            "server's version."
        )
    done = subprocess.run(  # noqa: S603 -- our own words, no shell
        [found, *arguments],
        check=False,
        env={**os.environ, **_environment(connection)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        said = [line for line in without_values(done.stderr).splitlines() if line.strip()]
        raise BackupFailed(f"{program} failed: {' '.join(said[-3:]) or done.returncode}")


def _environment(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """The parameters of `connection` under the names that PostgreSQL's programs look for."""
    given = connection.get_connection_params()
    return {
        each.envvar.decode(): str(given[each.keyword.decode()])
        for each in Conninfo.get_defaults()
        if each.envvar and given.get(each.keyword.decode()) not in (None, "")
    }
