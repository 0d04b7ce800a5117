"""The application as in production, on a scratch database, for programs that ask it over HTTP."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import psycopg

from coachbot import environment
from tests.__main__ import postgresql

PROJECT = Path(__file__).resolve().parent.parent
# Of this run: what the server seals, its workers open.
SECRET_KEY = secrets.token_hex(32)


@contextmanager
def scratch_database(engine: str) -> Iterator[str]:
    """The address of a new database that goes with the block."""
    if engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix="coachbot-load-") as folder:
            yield f"sqlite:///{folder}/app.db"
        return
    name = f"coachbot_load_{os.getpid()}"
    with postgresql() as url:
        execute(url, f"CREATE DATABASE {name}")
        try:
            yield f"{url.partition('?')[0].rpartition('/')[0]}/{name}"
        finally:
            execute(url, f"DROP DATABASE {name} WITH (FORCE)")


def execute(url: str, sql: str) -> tuple[Any, ...] | None:
    """Run one statement on PostgreSQL: the first row, if it gives any."""
    with psycopg.connect(**address(url), autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchone() if cursor.description else None


def address(url: str) -> dict[str, Any]:
    """What psycopg connects by."""
    config = environment.postgresql(url.partition("://")[2], "DATABASE_URL")
    names = {"NAME": "dbname", "HOST": "host", "PORT": "port", "USER": "user",
             "PASSWORD": "password"}  # fmt: skip
    return {ours: config[theirs] or None for theirs, ours in names.items()}


def variables(url: str, **more: str) -> dict[str, str]:
    """Production's settings over plain HTTP, apart from what the shell or a .env says."""
    inherited = {
        name: text
        for name, text in os.environ.items()
        if name not in environment.DATABASE_VARIABLES
    }
    return {
        **inherited,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "coachbot.settings",
        "DEBUG": "false",
        "ENV_FILE": "",
        "HTTPS": "false",
        "LOG_LEVEL": "WARNING",
        "SECRET_KEY": SECRET_KEY,
        # All clients come from one address here.
        "THROTTLE_ANONYMOUS_BOOKING": "",
        "THROTTLE_DEFAULT": "",
        "THROTTLE_SEARCH": "",
        "SECRET_KEY_FILE": "",
        **more,
    }


def python(url: str, *arguments: str, **more: str) -> str:
    """What one of the project's programs prints."""
    return subprocess.run(  # noqa: S603 -- our own programs
        [sys.executable, *arguments],
        check=True,
        cwd=PROJECT,
        env=variables(url, **more),
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


class Server(NamedTuple):
    port: int
    pid: int


@contextmanager
def served(
    url: str,
    workers: int,
    threads: int,
    log: IO[str] | None = None,
    application: str = "coachbot.wsgi",
    **more: str,
) -> Iterator[Server]:
    """A server that is up as long as the block. Its lines go to `log`, if there is one; `more` is
    added to its environment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [
            *(sys.executable, "-m", "gunicorn", application, "--no-control-socket"),
            *("--bind", f"fd://{listener.fileno()}", "--log-level", "warning"),
            *("--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads)),
            # Longer than any pause here, so that nobody is hung up on between two rounds.
            *("--keep-alive", "120"),
        ]
        process = subprocess.Popen(  # noqa: S603 -- our own program
            command,
            cwd=PROJECT,
            env=variables(url, **more),
            pass_fds=[listener.fileno()],
            stderr=log,
        )
        try:
            yield Server(listener.getsockname()[1], process.pid)
        finally:
            process.terminate()
            process.wait(timeout=30)
