"""What only the processes of the web server do with the database: pool its connections."""

import logging
import math
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_finished
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg_pool import ConnectionPool, PoolTimeout
from psycopg_pool.base import AttemptWithBackoff

from coachbot import metrics

log = logging.getLogger(__name__)

# What a server leaves for everybody who is no superuser, for our role and for our database.
MOST_CONNECTIONS = """
    SELECT least(
        current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true)::int, 0),
        (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
        (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
    )
"""

# An absent server is looked for twice a second, for ever. The pool by itself doubles its pause each
# time, and gives up after five minutes. Those who timed out until then still count as waiting for
# it, more than `max_waiting`: nobody would be let in to make it look again.
RECONNECT_TIMEOUT = math.inf
AttemptWithBackoff.INITIAL_DELAY = 0.5
AttemptWithBackoff.DELAY_BACKOFF = 1.0

_check = ConnectionPool.check_connection


def _check_and_drain(connection: Any) -> None:
    """Where one connection is dead, most often all are: the server has restarted. The pool alone
    would try them one by one, with a pause after each, until who waits for one gives up."""
    try:
        _check(connection)
    except Exception:
        if connection._pool:
            connection._pool.drain()
        raise


ConnectionPool.check_connection = staticmethod(_check_and_drain)  # type: ignore[assignment]  # for any connection


def begin(*, processes: int, threads: int) -> None:
    """Pool the connections of this process, one of `processes` with so many `threads`.

    Called after the fork: a connection that two processes share breaks both. Raises
    ImproperlyConfigured for pools that together are more than the server gives.
    """
    for alias in connections:
        connection = connections[alias]
        if connection.vendor == "postgresql":
            _refuse_too_many(connection, processes=processes, threads=threads)
            _limit_statements(connection.settings_dict["OPTIONS"])
            if settings.DB_POOL:
                _begin_pool(connection, settings.DB_POOL, threads=threads)
    # After Django's own, which gives the connection of the request back.
    request_finished.connect(metrics.watch_pools)


def end() -> None:
    """Give all connections of this process back."""
    for alias in connections:
        connection = connections[alias]
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own


def most_connections(connection: BaseDatabaseWrapper) -> int:
    """How many connections the server gives us and all others who share our role."""
    with connection.cursor() as cursor:
        cursor.execute(MOST_CONNECTIONS)
        most: int = cursor.fetchone()[0]
    return most


def _refuse_too_many(connection: BaseDatabaseWrapper, *, processes: int, threads: int) -> None:
    if connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
        return  # What PgBouncer gives is its own affair.
    each = settings.DB_POOL["max_size"] if settings.DB_POOL else threads
    try:
        most = most_connections(connection)
    except OperationalError as failure:
        log.warning("The database %r does not answer yet: %s", connection.alias, failure)
        return
    finally:
        connection.close()
    if each * processes > most:
        what = "DB_POOL_SIZE and DB_MAX_OVERFLOW give" if settings.DB_POOL else "The threads need"
        raise ImproperlyConfigured(
            f"{what} each of {processes} processes {each} connections, {each * processes} "
            f"together; the database {connection.alias!r} gives {most}. Let DB_POOL_SIZE and "
            f"DB_MAX_OVERFLOW be {most // processes} together or less, start fewer processes "
            "(WEB_CONCURRENCY), or raise max_connections of the server."
        )


def _limit_statements(options: dict[str, Any]) -> None:
    if "options" in options:
        options["options"] += f" -c statement_timeout={settings.DB_STATEMENT_TIMEOUT}s"


def _begin_pool(connection: Any, pool: dict[str, Any], *, threads: int) -> None:
    """A connection for each thread is open before the first request, so threads wait only when
    there are too few or the database is away. Then one of them is told so at once, and serves who
    asks for nothing of it: /health/live, for one."""
    connection.settings_dict["CONN_MAX_AGE"] = 0
    connection.settings_dict["OPTIONS"]["pool"] = {
        **pool,
        "min_size": min(threads, pool["max_size"]),
        "max_waiting": max(threads - 1, 1),
        "reconnect_timeout": RECONNECT_TIMEOUT,
        # There is another to ask when a standby is away.
        **({} if connection.alias == DEFAULT_DB_ALIAS else {"timeout": 1}),
    }
    try:
        connection.pool.open(wait=True, timeout=pool["timeout"])
    except PoolTimeout:
        connection.close_pool()  # The first request opens another.
