"""A PostgreSQL server that lasts as long as a block, from programs that are installed."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

# Where systems put versions that stand side by side, outside PATH.
FOLDERS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)
INITDB = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    f"--locale={'C' if sys.platform.startswith('linux') else 'en_US'}.UTF-8",
    "--no-sync",
)
# No TCP port: a fixed one could belong to another server, and that would be tested instead.
CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 200
"""
# Unless something has to survive a crash, nothing waits for the disk.
FORGETFUL = """
fsync = off
synchronous_commit = off
full_page_writes = off
"""


class NotInstalled(Exception):
    def __init__(self) -> None:
        super().__init__(
            "No PostgreSQL server is installed here: `apt-get install postgresql` or "
            "`brew install postgresql@16`, or set DATABASE_URL to the address of one."
        )


class Broken(Exception):
    """The server's programs are here and do not work. Says what they said."""


@contextmanager
def server(*, durable: bool = False, within: Path | None = None) -> Iterator[str]:
    """The address of a new and empty server. Raises NotInstalled or Broken.

    A `durable` one keeps what it has committed, as in production. Its files are in a folder
    `within`, if that is named.
    """
    programs = newest_programs()
    with tempfile.TemporaryDirectory(
        prefix="coachbot-pg-", dir=within, ignore_cleanup_errors=True
    ) as folder:
        data = Path(folder, "data")
        if os.geteuid() == 0:
            os.chown(folder, unprivileged().pw_uid, unprivileged().pw_gid)
        run(programs / "initdb", "--pgdata", data, *INITDB)
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(CONFIGURATION.format(folder=folder))
            configuration.write("" if durable else FORGETFUL)
        try:
            run(programs / "pg_ctl", "start", "--wait", "--pgdata", data)
            yield f"postgres://postgres@/{quote(folder)}/postgres"
        finally:
            if (data / "postmaster.pid").exists():
                run(programs / "pg_ctl", "stop", "--mode", "immediate", "--pgdata", data)


@contextmanager
def standby(primary: str) -> Iterator[str]:
    """The folder of the socket of a server that follows the one whose socket is in `primary`."""
    programs = newest_programs()
    with tempfile.TemporaryDirectory(prefix="coachbot-sb-", ignore_cleanup_errors=True) as folder:
        data = Path(folder, "data")
        if os.geteuid() == 0:
            os.chown(folder, unprivileged().pw_uid, unprivileged().pw_gid)
        copy = ("--checkpoint=fast", "--write-recovery-conf", "--no-sync", "--username=postgres")
        run(programs / "pg_basebackup", "--host", primary, "--pgdata", data, *copy)
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(CONFIGURATION.format(folder=folder) + FORGETFUL)
        try:
            run(programs / "pg_ctl", "start", "--wait", "--pgdata", data)
            yield folder
        finally:
            if (data / "postmaster.pid").exists():
                run(programs / "pg_ctl", "stop", "--mode", "immediate", "--pgdata", data)


def newest_programs() -> Path:
    """The folder of the server's programs: PATH's, else the newest. Raises NotInstalled."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    found = [program for place in FOLDERS for program in Path("/").glob(f"{place}/pg_ctl")]
    if not found:
        raise NotInstalled
    return max(found, key=version).parent


def version(program: Path) -> int:
    """16 for /usr/lib/postgresql/16/bin/pg_ctl."""
    return int("".join(filter(str.isdigit, program.parent.parent.name)) or 0)


def unprivileged() -> pwd.struct_passwd:
    """Whom to be instead of root, as whom the server refuses to run."""
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def run(*command: object) -> None:
    """Run one of the server's programs. Raises Broken with its output."""
    identity = {}
    if os.geteuid() == 0:
        person = unprivileged()
        identity = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    words = [str(part) for part in command]
    # A file, not a pipe: the server inherits it and would hold a pipe open.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            words, check=False, cwd="/", stdout=output, stderr=subprocess.STDOUT, **identity
        )
        output.seek(0)
        if done.returncode:
            raise Broken(f"{words[0]} said: {output.read().strip()}")
