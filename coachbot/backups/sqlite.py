"""SQLite copies itself, while others read and write it."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

from coachbot.backups import census
from coachbot.backups.archive import Table
from coachbot.backups.errors import BackupFailed
from coachbot.backups.scratch import connected

PATIENCE_SECONDS = 20


def dump(connection: BaseDatabaseWrapper, path: Path) -> tuple[dict[str, Table], list[str]]:
    """Write all of the database to `path` as it is at one moment, and count what was written."""
    try:
        with closing(_open(connection.settings_dict["NAME"])) as source:
            source.execute("VACUUM INTO ?", [str(path)])
        with closing(_open(path)) as copy:
            return census.take(copy.cursor(), connection.vendor)
    except sqlite3.Error as failure:
        raise BackupFailed(f"SQLite failed: {failure}") from failure


def check(connection: BaseDatabaseWrapper, path: Path) -> None:
    """Raises BackupFailed unless `path` is a sound database."""
    try:
        with closing(_open(path)) as copy:
            found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as failure:
        found = str(failure)
    if found != "ok":
        raise BackupFailed(f"The database in this backup is damaged: {found}")


def load(connection: BaseDatabaseWrapper, path: Path) -> None:
    """Put what is in `path` in the place of all there is: in one transaction, or not at all.

    Written through SQLite, not over the file: processes that have it open go on with the new rows,
    where its own journal would otherwise spoil them.
    """
    connection.close()
    deadline = time.monotonic() + PATIENCE_SECONDS

    def give_up_in_time(status: int, remaining: int, total: int) -> None:
        if status != sqlite3.SQLITE_OK and time.monotonic() > deadline:
            raise BackupFailed("Others keep the database busy: stop the server, then try again.")

    try:
        with (
            closing(_open(path)) as source,
            closing(_open(connection.settings_dict["NAME"])) as target,
        ):
            target.execute("PRAGMA synchronous = FULL")
            source.backup(target, progress=give_up_in_time)
    except sqlite3.Error as failure:
        raise BackupFailed(f"SQLite failed: {failure}") from failure


@contextmanager
def scratch(connection: BaseDatabaseWrapper) -> Iterator[BaseDatabaseWrapper]:
    """A new database, which goes when the block ends."""
    with (
        tempfile.TemporaryDirectory(prefix="coachbot-verify-") as folder,
        connected(connection, NAME=Path(folder, "scratch.db")) as new,
    ):
        yield new


def _open(path: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=PATIENCE_SECONDS)
