"""What a search for rows that must not exist finds.

An app adds searches of its own by a module `findings.py` with `SEARCHES`: a name, and a function
that takes the time and yields findings. `manage.py check_data` runs them all.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from typing import Any, NamedTuple

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.utils.module_loading import module_has_submodule

CHUNK = 1000


class Finding(NamedTuple):
    """What is wrong with what; a note may have its good reason."""

    what: str
    why: str
    is_note: bool = False


Search = Callable[[datetime], Iterator[Finding]]


def searches() -> dict[str, Search]:
    found: dict[str, Search] = {}
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "findings"):
            found.update(getattr(import_module(f"{app.name}.findings"), "SEARCHES", {}))
    return found


def rows(sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """What `sql` finds, a few rows at a time: memory does not grow with what is wrong."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters or None)
        while found := cursor.fetchmany(CHUNK):
            yield from found


@contextmanager
def one_moment() -> Iterator[None]:
    """All that is read in the block is of one moment, and holds nobody up who writes."""
    here: Any = connections[DEFAULT_DB_ALIAS]
    here.ensure_connection()
    if here.in_atomic_block:
        yield
    elif here.vendor == "sqlite":
        before, here.transaction_mode = here.transaction_mode, "DEFERRED"
        try:
            with transaction.atomic():
                yield
        finally:
            here.transaction_mode = before
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield
