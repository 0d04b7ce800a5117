"""The plans that PostgreSQL keeps of statements, and what becomes of them when a table changes."""

from collections.abc import Callable
from typing import Any

from django.db import Error, NotSupportedError

# Runs of a statement on one connection, before its plan is kept.
KEPT_AFTER = 5


def watch(*, connection: Any, **kwargs: Any) -> None:
    """Have every statement of a connection that was just made go through here."""
    if connection.vendor == "postgresql" and go_on_without not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, go_on_without)


def go_on_without(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """A migration of the next version may change a column of which this one keeps plans. They are
    thrown away, and the statement runs again. Where its transaction is lost with it, the rollback
    throws them away, and only the caller can run it again."""
    connection = context["connection"]
    try:
        return execute(sql, params, many, context)
    except NotSupportedError as error:
        if connection.in_atomic_block or not is_outdated(error):
            raise
    connection.connection.execute("DEALLOCATE ALL")
    return execute(sql, params, many, context)


def is_outdated(error: Error) -> bool:
    """PostgreSQL has no code for it, and words in many languages: its function tells."""
    told = getattr(error.__cause__, "diag", None)
    return told is not None and told.source_function == "RevalidateCachedQuery"
