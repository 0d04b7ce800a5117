"""What faults.py does to the server and its database. Each returns when the cause has ended."""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psycopg

from benchmarks.server import execute
from tests import postgres

FREEZE, AWAY, FULL, READ_ONLY, LOCKED, START = 4, 8, 3, 3, 4, 5


class Place(NamedTuple):
    """Where it happens: the server's first process, the database and the folder of its files."""

    server: int
    url: str
    folder: Path

    def pg_ctl(self, *command: str) -> None:
        program = postgres.newest_programs() / "pg_ctl"
        postgres.run(program, *command, "--wait", "--pgdata", self.folder / "data")

    @property
    def lock_file(self) -> Path:
        """Begins with the number of PostgreSQL's first process; gone when that is."""
        return self.folder / "data/postmaster.pid"


class Fault(NamedTuple):
    engine: str
    name: str
    what: str
    cause: Callable[[Place], None]
    on_small_disk: bool = False


def kill_workers(place: Place) -> None:
    """One after the other, for one may serve all clients. The first is back before the second."""
    first, second = children(place.server)
    os.kill(first, signal.SIGKILL)
    time.sleep(START)
    os.kill(second, signal.SIGKILL)


def restart(place: Place) -> None:
    place.pg_ctl("restart", "--mode", "fast")


def crash(place: Place) -> None:
    place.pg_ctl("restart", "--mode", "immediate")


def go_away(place: Place) -> None:
    place.pg_ctl("stop", "--mode", "fast")
    time.sleep(AWAY)
    place.pg_ctl("start")


def terminate(place: Place) -> None:
    execute(
        place.url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    )


def freeze(place: Place) -> None:
    postmaster = int(place.lock_file.read_text().split()[0])
    frozen = [postmaster, *children(postmaster)]
    try:
        _signal(frozen, signal.SIGSTOP)
        time.sleep(FREEZE)
    finally:
        _signal(frozen, signal.SIGCONT)


def close_for_writing(place: Place) -> None:
    execute(place.url, "ALTER SYSTEM SET default_transaction_read_only = on")
    execute(place.url, "SELECT pg_reload_conf()")
    time.sleep(READ_ONLY)
    execute(place.url, "ALTER SYSTEM RESET default_transaction_read_only")
    execute(place.url, "SELECT pg_reload_conf()")


def fill_disk(place: Place) -> None:
    with _full(place.folder):
        time.sleep(FULL)


def fill_disk_of_postgresql(place: Place) -> None:
    """Whoever makes room starts the server again, should it have given up."""
    with _full(place.folder):
        time.sleep(FULL)
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        if not place.lock_file.exists():
            place.pg_ctl("start")
        with suppress(psycopg.OperationalError):
            execute(place.url, "SELECT 1")
            return
        time.sleep(0.1)


def hold_lock(place: Place) -> None:
    with sqlite3.connect(place.folder / "app.db", isolation_level=None, timeout=20) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(LOCKED)
        connection.execute("ROLLBACK")


FAULTS = (
    Fault("postgresql", "worker", "kill -9 of one process, then of the other", kill_workers),
    Fault("postgresql", "restart", "PostgreSQL restarts (fast)", restart),
    Fault("postgresql", "crash", "PostgreSQL restarts (immediate)", crash),
    Fault("postgresql", "away", f"PostgreSQL is down for {AWAY} s", go_away),
    Fault("postgresql", "terminate", "all sessions are terminated", terminate),
    Fault("postgresql", "freeze", f"PostgreSQL stands still for {FREEZE} s", freeze),
    Fault("postgresql", "read-only", f"closed for writing for {READ_ONLY} s", close_for_writing),
    Fault("postgresql", "disk", f"the disk is full for {FULL} s", fill_disk_of_postgresql, True),
    Fault("sqlite", "worker", "kill -9 of one process, then of the other", kill_workers),
    Fault("sqlite", "lock", f"somebody else writes for {LOCKED} s", hold_lock),
    Fault("sqlite", "disk", f"the disk is full for {FULL} s", fill_disk, True),
)


def children(pid: int) -> list[int]:
    found = subprocess.run(  # noqa: S603 -- a program of the system
        ["pgrep", "-P", str(pid)],  # noqa: S607 -- wherever it is
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return [int(line) for line in found.stdout.split()]


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@contextmanager
def _full(folder: Path) -> Iterator[None]:
    """No byte is left on the disk of `folder`; if one comes free, it is taken."""
    ballast = folder / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                with suppress(OSError):
                    while True:
                        file.write(b"\0" * size)
        yield
    finally:
        ballast.unlink()
