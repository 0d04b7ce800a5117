"""Triggers that hold on SQLite what PostgreSQL holds by constraints.

SQLite changes a table by copying it, which drops its triggers without a word. So no guard exists
while migrations run, and all exist afterwards: dropped in `pre_migrate`, created again and
searched for rows that slipped in meanwhile in `post_migrate`. No table that a trigger names can
be remade either, so all of them go, whatever is migrated.
"""

from typing import Any, NamedTuple

from django.core import checks
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


class Guard(NamedTuple):
    """A trigger, and the query that finds the ids of rows that break its rule."""

    name: str
    table: str
    body: str
    search: str

    @property
    def sql(self) -> str:
        return f"CREATE TRIGGER {self.name} {self.body}"


class GuardedRowsBroken(Exception):
    """Rows that a guard forbids were found after migrating. The guard stands."""


_registered: dict[str, Guard] = {}
_constraints: set[str] = set()
_triggers: set[str] = set()


def register(
    guards: tuple[Guard, ...],
    *,
    constraints: tuple[str, ...] = (),
    triggers: tuple[str, ...] = (),
) -> None:
    """Have SQLite hold `guards`, and look for PostgreSQL's `constraints` and `triggers`."""
    _registered.update({guard.name: guard for guard in guards})
    _constraints.update(constraints)
    _triggers.update(triggers)


def is_constraint(name: str) -> bool:
    """Whether `name`, in an error of SQLite's, is that of a rule about two rows."""
    return name in _constraints


def drop(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for name in _registered:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def install(connection: BaseDatabaseWrapper) -> None:
    """Create every guard whose table exists. Raises GuardedRowsBroken for rows that break one."""
    drop(connection)
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        guards = [guard for guard in _registered.values() if guard.table in tables]
        for guard in guards:
            cursor.execute(guard.sql)
        broken = {
            f"{guard.name}: {', '.join(str(row[0]) for row in rows)}"
            for guard in guards
            if (rows := cursor.execute(guard.search).fetchmany(5))
        }
    if broken:
        raise GuardedRowsBroken(f"These rows break a rule of the database: {sorted(broken)}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The names of the guards that should stand in this database and do not."""
    sqlite = connection.vendor == "sqlite"
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if sqlite
        else "SELECT conname FROM pg_constraint WHERE contype = 'x' "
        # A: also in sessions that say they are replicas.
        "UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    return sorted((set(_registered) if sqlite else _constraints | _triggers) - present)


def before_migrating(*, using: str, plan: list[Any], **kwargs: Any) -> None:
    connection = connections[using]
    if connection.vendor == "sqlite" and plan:
        drop(connection)


def after_migrating(*, using: str, **kwargs: Any) -> None:
    connection = connections[using]
    if connection.vendor == "sqlite":
        install(connection)


def check(*, databases: list[str] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """For `check --deploy --database default`: every guard stands."""
    return [
        checks.Error(
            f"The guard {name} is missing from the database {alias!r}.",
            hint="Run `manage.py migrate`: it puts the guards back.",
            id="coachbot.E001",
        )
        for alias in databases or []
        for name in missing(connections[alias])
    ]
