"""A PostgreSQL server for one run, and databases with as many rows as a figure needs."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from psycopg import Connection, connect, sql

from benchmarks.server import address, python
from tests.__main__ import postgresql

_numbers = count(1)


class Server:
    """A PostgreSQL server of which databases with all tables are to be had at once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pattern = self._named("pattern")
        self._create(self.pattern, "template0")
        python(self.pattern, "manage.py", "migrate", "--verbosity", "0")

    @contextmanager
    def database(self, like: str | None = None) -> Iterator[str]:
        """The address of a new database: with all tables, or with all that is in another."""
        url = self._named(str(next(_numbers)))
        self._create(url, name_of(like or self.pattern))
        try:
            yield url
        finally:
            self._execute("DROP DATABASE {} WITH (FORCE)", name_of(url))

    @contextmanager
    def empty(self) -> Iterator[str]:
        """One without any table, for a peer that makes its own."""
        with self.database(like="/template1") as url:
            yield url

    def free_bytes(self) -> int:
        with connected(self.url) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        return shutil.disk_usage(row[0]).free if row else 0

    def close(self) -> None:
        self._execute("DROP DATABASE {} WITH (FORCE)", name_of(self.pattern))

    def _named(self, name: str) -> str:
        return f"{self.url.partition('?')[0].rpartition('/')[0]}/coachbot_bench_{name}"

    def _create(self, url: str, template: str) -> None:
        self._execute("CREATE DATABASE {} TEMPLATE {}", name_of(url), template)

    def _execute(self, statement: str, *names: str) -> None:
        with connected(self.url) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def server() -> Iterator[Server]:
    """The server that DATABASE_URL names, else a throw-away one that does not wait for the disk."""
    with postgresql() as url:
        own = Server(url)
        try:
            yield own
        finally:
            own.close()


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def connected(url: str) -> Connection[Any]:
    return connect(**address(url), autocommit=True)


def first_monday() -> datetime:
    """A Monday's midnight, UTC, that is ahead for everybody: peers know no other now."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=14 - today.weekday())
