"""Statements that PostgreSQL keeps planned: to plan the short ones costs more than to run them."""

from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper

# Runs of a statement on one connection, before the server keeps it. Without effect on Django's own
# cursors, which write values into their statements: these may have more than 65,535.
KEPT_AFTER = 5


def cursor(connection: BaseDatabaseWrapper) -> Any:
    """As `connection.cursor()`, for statements that come again and again, word for word."""
    if connection.vendor != "postgresql":
        return connection.cursor()
    connection.ensure_connection()
    if not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        # Behind PgBouncer the next statement may meet another server.
        connection.connection.prepare_threshold = KEPT_AFTER
    return connection._prepare_cursor(psycopg.Cursor(connection.connection))  # type: ignore[attr-defined]  # what `cursor()` itself does
