"""What is in a database, table by table, to be compared with what should be."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from coachbot.backups.archive import Table

# What an empty database has after its migrations: it is as good as one without any tables.
FILLED_BY_MIGRATIONS = frozenset(
    {
        "audit_audithead",
        "auth_group",
        "auth_group_permissions",
        "auth_permission",
        "coachbot_cache",
        "django_content_type",
        "django_migrations",
    }
)
# The rows' own texts are summed up, in any order: what was altered or swapped shows.
COUNTS = {
    "postgresql": "SELECT count(*), COALESCE(sum(hashtextextended(t::text, 0)), 0)::text FROM {} t",
    "sqlite": "SELECT count(*), '' FROM {} t",
}
TABLES = {
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' "
    "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1",
}


def count(cursor: Any, vendor: str) -> dict[str, Table]:
    """Every table with its rows, as `cursor`, which may be the driver's own, sees them."""
    cursor.execute(TABLES[vendor])
    found = {}
    for (name,) in cursor.fetchall():
        quoted = '"{}"'.format(name.replace('"', '""'))
        cursor.execute(COUNTS[vendor].format(quoted))
        found[name] = Table(*cursor.fetchone())
    return found


def take(cursor: Any, vendor: str) -> tuple[dict[str, Table], list[str]]:
    """The tables, and the migrations that made them."""
    tables = count(cursor, vendor)
    if "django_migrations" in tables:
        cursor.execute("SELECT app, name FROM django_migrations")
        return tables, sorted(f"{app}.{name}" for app, name in cursor.fetchall())
    return tables, []


def count_in(connection: BaseDatabaseWrapper) -> dict[str, Table]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET statement_timeout = 0")  # The role may have another.
        return count(cursor, connection.vendor)


def filled(tables: dict[str, Table]) -> dict[str, int]:
    """The tables with rows that somebody entered."""
    return {
        name: table.rows
        for name, table in tables.items()
        if table.rows and name not in FILLED_BY_MIGRATIONS
    }


def differences(expected: dict[str, Table], found: dict[str, Table]) -> list[str]:
    return [
        _difference(name, expected.get(name), found.get(name))
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]


def _difference(name: str, expected: Table | None, found: Table | None) -> str:
    if expected is None or found is None:
        return f"{name}: the table {'is missing' if found is None else 'should not be there'}"
    if expected.rows != found.rows:
        return f"{name}: {expected.rows} rows expected, {found.rows} found"
    return f"{name}: {found.rows} rows, but not the same"
