"""What an entry of the log costs: transactions per second with and without one.

`python benchmarks/audit.py [--engine sqlite|postgresql]`. Each transaction corrects the notes of a
booking; the second kind is a specialist's or staff's and leaves an entry in the chain.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from benchmarks.server import ended_in_order  # noqa: E402 -- as below
from tests.__main__ import postgresql  # noqa: E402 -- this is a script beside the project

SECONDS, ROUNDS = 2.0, 3
MEASURE = "--measure"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"])
    parser.add_argument(MEASURE, action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        measure()
        return
    say("| engine | writers | without, tx/s | with an entry, tx/s | share |")
    say("| --- " * 5 + "|")
    if chosen.engine != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            start(f"sqlite:///{folder}/app.db")
    if chosen.engine != "sqlite":
        with postgresql() as url:
            start(url)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def start(url: str) -> None:
    variables = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "coachbot.settings",
        "ENV_FILE": "",
        "SECRET_KEY": "for-this-benchmark-alone-0123456789-abcdefghij",
        "PYTHONPATH": str(PROJECT),
    }
    for command in (("manage.py", "migrate", "-v0"), (__file__, MEASURE)):
        subprocess.run([sys.executable, *command], check=True, cwd=PROJECT, env=variables)  # noqa: S603 -- our own


def measure() -> None:
    import django  # noqa: PLC0415 -- this process alone has settings

    django.setup()
    from django.db import connection  # noqa: PLC0415 -- needs the settings

    from scheduling import services  # noqa: PLC0415 -- needs the settings
    from tests.factories import BookingFactory, SpecialistFactory, StaffFactory  # noqa: PLC0415 -- needs the settings

    staff = StaffFactory()
    bookings = [BookingFactory(specialist=SpecialistFactory()) for _ in range(8)]

    def write(booking, actor, until):
        count = 0
        while time.monotonic() < until:
            services.change_details(booking=booking, actor=actor, notes=str(time.monotonic_ns()))
            count += 1
        connection.close()
        return count

    def rate(writers, with_entry):
        until = time.monotonic() + SECONDS
        with ThreadPoolExecutor(writers) as pool:
            counts = pool.map(
                lambda each: write(each, staff if with_entry else each.client, until),
                bookings[:writers],
            )
        return sum(counts) / SECONDS

    for writers in (1, 4, 8):
        rounds = [(rate(writers, False), rate(writers, True)) for _ in range(ROUNDS)]
        without, with_entry = (median(each) for each in zip(*rounds, strict=True))
        say(
            f"| {connection.vendor} | {writers} | {without:.0f} | {with_entry:.0f} "
            f"| {with_entry / without:.0%} |"
        )


with ended_in_order():
    main()
