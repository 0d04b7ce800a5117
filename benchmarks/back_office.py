"""How long the pages of the back office take when there are a million bookings.

`python benchmarks/back_office.py [--engine sqlite|postgresql] [--bookings 1000000]`. A manager
opens every page some times over. The exit code is 1 if the median of a page misses its bound.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from benchmarks.server import ended_in_order  # noqa: E402 -- as below
from tests.__main__ import postgresql  # noqa: E402 -- this is a script beside the project

MEASURE = "--measure"
URL = "--url"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"])
    parser.add_argument("--bookings", type=int, default=1_000_000)
    parser.add_argument("--specialists", type=int, default=1_000)
    parser.add_argument("--clients", type=int, default=20_000)
    parser.add_argument(URL, help="a database that this has filled before: measure there")
    parser.add_argument(MEASURE, action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        django.setup()
        from benchmarks import back_office_pages  # noqa: PLC0415 -- needs the settings

        sys.exit(back_office_pages.measure(chosen))
    results = []
    if chosen.url:
        results.append(start(chosen.url))
    elif chosen.engine != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            results.append(start(f"sqlite:///{folder}/app.db"))
    if not chosen.url and chosen.engine != "sqlite":
        with postgresql() as url:
            results.append(start(url))
    sys.exit(max(results))


def start(url: str) -> int:
    variables = {
        **os.environ,
        "DATABASE_URL": url,
        "DEBUG": "false",
        "DJANGO_SETTINGS_MODULE": "coachbot.settings",
        "ENV_FILE": "",
        "HTTPS": "false",
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(PROJECT),
        "SECRET_KEY": "for-this-benchmark-alone-0123456789-abcdefghij",
        "STAFF_SECOND_FACTOR": "false",
    }
    migrate = (sys.executable, "manage.py", "migrate", "-v0")
    subprocess.run(migrate, check=True, cwd=PROJECT, env=variables)  # noqa: S603 -- our own
    again = (sys.executable, __file__, MEASURE, *sys.argv[1:])
    return subprocess.run(again, check=False, cwd=PROJECT, env=variables).returncode  # noqa: S603 -- our own


if __name__ == "__main__":
    with ended_in_order():
        main()
