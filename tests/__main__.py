"""`python -m tests [pytest arguments]`: the whole suite on SQLite, then on PostgreSQL."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environ import Env

from coachbot.environment import DATABASE_VARIABLES, boolean, database, database_url
from tests import environment, postgres

PROJECT = Path(__file__).resolve().parent.parent
ON_WORKERS = ("-n", "auto", "--maxprocesses", "4")


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 when every engine passed, or was skipped where that is allowed."""
    with tempfile.TemporaryDirectory(prefix="coachbot-", ignore_cleanup_errors=True) as scratch:
        # Servers that tests start as somebody else than root have folders in there.
        Path(scratch).chmod(0o711)
        results = {
            "SQLite": run_on(f"sqlite:///{scratch}/app.db", arguments, scratch),
            "PostgreSQL": run_on_postgresql(arguments, scratch),
        }
    print()
    for engine, (_, summary) in results.items():
        print(f"{engine}: {summary}")
    return int(not all(passed for passed, _ in results.values()))


def run_on_postgresql(arguments: Sequence[str], scratch: str) -> tuple[bool, str]:
    try:
        with postgresql() as url:
            return run_on(url, arguments, scratch)
    except postgres.NotInstalled as absence:
        return not boolean(Env(), "CI", default=False), f"SKIPPED. {absence}"
    except postgres.Broken as failure:
        return False, f"FAILED to start. {failure}"


@contextmanager
def postgresql() -> Iterator[str]:
    """The server that the environment names, or one that lasts as long as this block."""
    if database(Env())["ENGINE"].endswith("postgresql"):
        yield database_url(Env())[0]
        return
    with postgres.server() as url:
        yield url


def run_on(url: str, arguments: Sequence[str], scratch: str) -> tuple[bool, str]:
    """Whether the migrations are complete and all tests pass on the database at `url`."""
    inherited = {name: text for name, text in os.environ.items() if name not in DATABASE_VARIABLES}
    variables = {**inherited, **environment.DEFAULTS, "DATABASE_URL": url, "TMPDIR": scratch}
    workers = () if "no:xdist" in " ".join(arguments) else ON_WORKERS
    began = time.monotonic()
    complete = succeeds("manage.py", "makemigrations", "--check", "--dry-run", variables=variables)
    passed = succeeds("-m", "pytest", *workers, *arguments, variables=variables)
    failed = ["migrations"] * (not complete) + ["tests"] * (not passed)
    outcome = f"FAILED: {' and '.join(failed)}" if failed else "passed"
    return not failed, f"{outcome} ({time.monotonic() - began:.0f} s)"


def succeeds(*arguments: str, variables: Mapping[str, str]) -> bool:
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=False, cwd=PROJECT, env=variables).returncode == 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except ImproperlyConfigured as mistake:
        sys.exit(f"Configuration: {mistake}")
    except KeyboardInterrupt:
        sys.exit("Interrupted.")
