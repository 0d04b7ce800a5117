"""Making backups, opening them, and putting them in the place of what is there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import NamedTuple

import django
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from coachbot.backups import archive, census, postgresql, sqlite
from coachbot.backups.archive import Key, Manifest
from coachbot.backups.errors import BackupFailed
from coachbot.backups.places import NAME, Place, Stored, name_of
from coachbot.backups.retention import Keep, kept
from coachbot.backups.scratch import connection_like
from coachbot.db import guards

ENGINES: dict[str, ModuleType] = {"postgresql": postgresql, "sqlite": sqlite}


class Opened(NamedTuple):
    """A backup that was found whole, and the file with its database."""

    name: str
    manifest: Manifest
    database: Path


def place() -> Place:
    return Place.at(settings.BACKUP_URL, base=settings.BASE_DIR)


def make(connection: BaseDatabaseWrapper, *, now: datetime) -> tuple[Stored, Manifest]:
    """Store a backup of the database as it is at one moment, encrypted where there is a key."""
    target, key, engine = place(), Key(settings.BACKUP_KEY), connection.vendor
    name = name_of(now, engine, encrypted=bool(key))
    with TemporaryDirectory(prefix="coachbot-backup-") as folder:
        database, packed = Path(folder, "database"), Path(folder, "backup.tar.gz")
        tables, migrations = ENGINES[engine].dump(connection, database)
        _require_tables(tables)
        manifest = Manifest(
            made_at=now.isoformat(timespec="seconds"),
            engine=engine,
            server=".".join(map(str, connection.get_database_version())),
            django=django.get_version(),
            migrations=migrations,
            tables=tables,
            sha256=archive.sha256(database),
        )
        archive.pack(database, manifest, packed)
        database.unlink()
        if key:
            sealed = packed.with_suffix(".age")
            key.seal(packed, sealed)
            packed = sealed
        target.put(packed, name)
    return next(each for each in target.list() if each.name == name), manifest


def forget(keep: Keep, *, made: Stored) -> list[Stored]:
    """Delete the backups before `made` that `keep` does not name, and say which.

    `made` always stays. So do those of another engine, which it cannot stand for, and those that
    say they are of a later time: a clock was wrong, then or now.
    """
    source = place()
    stored = [
        each
        for each in source.list()
        if each.engine == made.engine and each.made_at <= made.made_at
    ]
    staying = kept([each.made_at for each in stored], keep)
    going = [each for each in stored if each != made and each.made_at not in staying]
    for each in going:
        source.delete(each)
    return going


@contextmanager
def opened(wanted: str, connection: BaseDatabaseWrapper) -> Iterator[Opened]:
    """The backup `wanted`: its name, `latest`, or the path of a file. Raises BackupFailed unless
    it is whole, and one that this code can serve on this engine."""
    with TemporaryDirectory(prefix="coachbot-restore-") as folder:
        file = Path(wanted)
        if not file.is_file() or NAME.fullmatch(wanted):
            source = place()
            stored = _find(source, wanted)
            file = Path(folder, stored.name)
            source.get(stored, file)
        database = Path(folder, "database")
        manifest = archive.unpack(file, database, Key(settings.BACKUP_KEY), scratch=Path(folder))
        _require_fit(manifest, connection)
        ENGINES[manifest.engine].check(connection, database)
        yield Opened(file.name, manifest, database)


def load(backup: Opened, connection: BaseDatabaseWrapper) -> list[str]:
    """Put `backup` in the place of all there is. What differs from what it should be now.

    An older one need not have the guards of today: migrations bring them.
    """
    ENGINES[backup.manifest.engine].load(connection, backup.database)
    found = census.differences(backup.manifest.tables, census.count_in(connection))
    missing = [] if not_applied(backup.manifest) else guards.missing(connection)
    return found + [f"the guard {name} is missing" for name in missing]


@contextmanager
def scratch(connection: BaseDatabaseWrapper) -> Iterator[BaseDatabaseWrapper]:
    """A new database that goes when the block ends: beside that of `connection`, or where
    BACKUP_VERIFY_URL says, on PostgreSQL."""
    own = settings.BACKUP_VERIFY_DATABASE if connection.vendor == "postgresql" else None
    server = connection_like(connection, "scratch_server", **own) if own else connection
    try:
        with ENGINES[connection.vendor].scratch(server) as new:
            yield new
    finally:
        if own:
            server.close()


def not_applied(manifest: Manifest) -> list[str]:
    """Migrations of this code that the backup is too old to have."""
    return sorted(_known() - set(manifest.migrations))


def _require_tables(tables: dict[str, archive.Table]) -> None:
    if not tables:
        raise BackupFailed(
            "There is nothing to back up: the database of DATABASE_URL has no tables. Is it the "
            "right one? `manage.py init_db` makes them."
        )


def _find(source: Place, wanted: str) -> Stored:
    stored = source.list()
    found = stored[-1:] if wanted == "latest" else [s for s in stored if s.name == wanted]
    if not found:
        what = "no backup" if wanted == "latest" else f"no backup {wanted!r}"
        raise BackupFailed(f"There is {what} at {source.url}: `manage.py backups` lists them.")
    return found[0]


def _require_fit(manifest: Manifest, connection: BaseDatabaseWrapper) -> None:
    if manifest.engine != connection.vendor:
        raise BackupFailed(
            f"This is a backup of {manifest.engine}, the database is {connection.vendor}: set "
            f"DATABASE_URL to a database of {manifest.engine}."
        )
    if unknown := sorted(set(manifest.migrations) - _known()):
        raise BackupFailed(
            f"This backup is newer than this program, which does not know {_some(unknown)}: "
            "install the version that made it, or a newer one, and restore it there."
        )


def _known() -> set[str]:
    loader = MigrationLoader(None)
    return {f"{app}.{name}" for app, name in loader.disk_migrations}


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
