"""What only the owner of a database can do: switch the triggers of the log off for a while."""

from contextlib import contextmanager

from audit.guards import GUARDS, TABLE


@contextmanager
def without_audit_triggers(connection):
    if connection.vendor == "sqlite":
        off = [f"DROP TRIGGER IF EXISTS {guard.name}" for guard in GUARDS]
        # Emptying the tables ends like a migration, which makes them.
        on = [*off, *(guard.sql for guard in GUARDS)]
    else:
        off = [f"ALTER TABLE {TABLE} DISABLE TRIGGER USER"]
        on = [
            f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {name}"
            for name in ("audit_append_only_row", "audit_append_only_truncate")
        ]
    _run(connection, off)
    try:
        yield
    finally:
        _run(connection, on)


def _run(connection, statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
