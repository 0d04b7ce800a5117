from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

ALIAS = "scratch"


@contextmanager
def connected(like: BaseDatabaseWrapper, **settings: Any) -> Iterator[BaseDatabaseWrapper]:
    """A connection as `like`, but for `settings`, that goes by ALIAS until the block ends."""
    new = connection_like(like, ALIAS, **settings)
    connections[ALIAS] = new
    try:
        yield new
    finally:
        new.close()
        del connections[ALIAS]


def connection_like(like: BaseDatabaseWrapper, alias: str, **settings: Any) -> BaseDatabaseWrapper:
    backend: Any = load_backend(like.settings_dict["ENGINE"])
    wrapper: BaseDatabaseWrapper = backend.DatabaseWrapper(
        {**like.settings_dict, **settings}, alias
    )
    return wrapper
