"""The server and its database are hurt while clients book: nothing may be lost or done twice.

Starts the application as in production (gunicorn, two processes) on a scratch database that waits
for its disk, lets clients book over HTTP, and does one thing after another to them. A client
repeats what got no answer, or 503, with the same Idempotency-Key until it is acknowledged.

Every acknowledged booking must be stored, once; nothing may be answered with a 500; and every
client must succeed again within two seconds of the end of the cause. Whatever is otherwise stands
in a line `MISSED`, and the exit code is 1. README.md beside this says how to read the table.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Any

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.fault_causes import FAULTS, Fault, Place
from benchmarks.fault_clients import (
    DROPPED,
    UNAVAILABLE,
    Clients,
    Record,
    is_in_flight,
)
from benchmarks.load import Answer, say
from benchmarks.server import ended_in_order, execute, python, served
from tests import postgres

SLOWEST_RECOVERY = 2
PATIENCE = 30
PROCESSES = 2
THREADS = {"postgresql": 4, "sqlite": 2}
SMALL_DISK = "256m"
COLUMNS = (
    *("fault", "acknowledged", "lost", "duplicated", "overlaps", "503", "dropped", "other"),
    *("slowest", "recovery"),
)


class NoSmallDisk(Exception):
    def __init__(self) -> None:
        super().__init__("only root can mount a small disk to fill")


# --- one fault ----------------------------------------------------------------------------------


@dataclass
class Outcome:
    """What a fault did. `recovery` is infinite if a client never succeeded again."""

    fault: Fault
    record: Record
    recovery: float
    lost: int = 0
    duplicated: int = 0
    unacknowledged: int = 0
    overlaps: int = 0
    others: list[Answer] = field(default_factory=list)

    def compare(self, stored: Mapping[str, Any]) -> None:
        """With what the database holds of these guests."""
        rows = defaultdict(set)
        for guest, booking in stored["bookings"]:
            rows[guest].add(booking)
        made = self.record.made
        self.lost = sum(len(ids - rows[guest]) for guest, ids in made.items())
        self.duplicated = sum(len(rows[guest] | made[guest]) > 1 for guest in self.record.guests)
        self.unacknowledged = sum(not made[guest] >= rows[guest] for guest in self.record.guests)
        self.overlaps = sum(guest in self.record.guests for guest in stored["overlapping"])
        self.others = [each.answer for each in self.record.tries if is_strange(each.answer)]

    def misses(self) -> Iterator[str]:
        counts = ("lost", "duplicated", "unacknowledged", "overlaps")
        yield from (f"{getattr(self, name)} {name}" for name in counts if getattr(self, name))
        if self.others:
            body = self.others[0].body[:200].decode(errors="replace")
            statuses = dict(Counter(answer.status for answer in self.others))
            yield f"answers {statuses}, the first: {body!r}"
        if self.recovery > SLOWEST_RECOVERY:
            yield f"back after {self.recovery:.1f} s (at most {SLOWEST_RECOVERY} s)"

    def line(self) -> str:
        answers = [each.answer for each in self.record.tries]
        statuses = Counter(answer.status for answer in answers)
        made = sum(map(bool, self.record.made.values()))
        slowest = max(answer.seconds for answer in answers)
        cells = [
            *(f"{self.fault.engine}: {self.fault.what}", made, self.lost, self.duplicated),
            *(self.overlaps, statuses[UNAVAILABLE], statuses[DROPPED], len(self.others)),
            *(f"{slowest:.2f} s", f"{self.recovery:.2f} s"),
        ]
        return f"| {' | '.join(map(str, cells))} |"


def is_strange(answer: Answer) -> bool:
    """Every request is right and its time free: there is nothing else to be answered."""
    return answer.status not in (201, DROPPED, UNAVAILABLE) and not is_in_flight(answer)


async def endure(fault: Fault, place: Place, clients: Clients, seconds: float) -> Outcome:
    clients.arrive()
    await all_succeed(clients, since=0)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(fault.cause, place)
    ended = time.perf_counter()
    await all_succeed(clients, since=ended)
    await asyncio.sleep(seconds)
    await clients.leave(PATIENCE)
    back = clients.record.successes(since=ended)
    recovery = max(back.values()) - ended if len(back) == clients.count else float("inf")
    return Outcome(fault, clients.record, recovery)


async def all_succeed(clients: Clients, *, since: float) -> None:
    """Wait until every client has succeeded after `since`, or for as long as patience lasts."""
    give_up_at = time.perf_counter() + PATIENCE
    while len(clients.record.successes(since)) < clients.count:
        if time.perf_counter() > give_up_at:
            return
        await asyncio.sleep(0.05)


# --- where it happens ---------------------------------------------------------------------------


@contextmanager
def database(engine: str, *, on_small_disk: bool) -> Iterator[tuple[str, Path]]:
    """The address of a new database that waits for its disk, and the folder of its files."""
    with small_disk() if on_small_disk else scratch_folder() as folder:
        if engine == "sqlite":
            yield f"sqlite:///{folder}/app.db", folder
            return
        with postgres.server(durable=True, within=folder) as url:
            data = execute(url, "SHOW data_directory") or ("",)
            yield url, Path(data[0]).parent


@contextmanager
def scratch_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="coachbot-faults-") as folder:
        # PostgreSQL's files are in there, and it is somebody else than root.
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def small_disk() -> Iterator[Path]:
    """A disk in memory, soon full. Raises NoSmallDisk where it cannot be had."""
    with scratch_folder() as folder:
        mount = ("mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=755", "tmpfs", folder)
        try:
            subprocess.run(mount, check=True, capture_output=True)  # noqa: S603 -- our own words
        except (OSError, subprocess.CalledProcessError) as failure:
            raise NoSmallDisk from failure
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)  # noqa: S603, S607 -- our own words


def suffer(faults: Sequence[Fault], chosen: argparse.Namespace, bar: tqdm, log: IO[str]
           ) -> list[Outcome]:  # fmt: skip
    """One after the other, on one database. All are of one engine and want one kind of disk."""
    engine = faults[0].engine
    with database(engine, on_small_disk=faults[0].on_small_disk) as (url, folder):
        bar.set_description(f"{engine}: making the database")
        python(url, "manage.py", "migrate", "--verbosity", "0")
        service = json.loads(python(url, "benchmarks/load_data.py", "create"))["quarter"]
        outcomes, times = [], count()
        with served(url, PROCESSES, THREADS[engine], log) as server:
            place = Place(server.pid, url, folder)
            for fault in faults:
                bar.set_description(f"{engine}: {fault.name}")
                clients = Clients(server.port, service, chosen.clients, times)
                outcomes.append(asyncio.run(endure(fault, place, clients, chosen.seconds)))
                bar.update()
        stored = json.loads(python(url, "benchmarks/load_data.py", "stored"))
    for outcome in outcomes:
        outcome.compare(stored)
    return outcomes


# --- what comes of it ---------------------------------------------------------------------------


def run(faults: Sequence[Fault], chosen: argparse.Namespace, log: IO[str]) -> bool:
    """Whether all faults were borne. Prints what they did."""
    outcomes: list[Outcome] = []
    skipped: list[str] = []
    with tqdm(total=len(faults), unit="fault") as bar:
        for kind in dict.fromkeys((each.engine, each.on_small_disk) for each in faults):
            alike = [each for each in faults if (each.engine, each.on_small_disk) == kind]
            try:
                outcomes += suffer(alike, chosen, bar, log)
            except (NoSmallDisk, postgres.NotInstalled) as absence:
                skipped += [f"SKIPPED {each.engine}: {each.what}: {absence}" for each in alike]
    return report(outcomes, skipped)


def report(outcomes: Sequence[Outcome], skipped: Sequence[str]) -> bool:
    say(f"| {' | '.join(COLUMNS)} |")
    say("| --- " * len(COLUMNS) + "|")
    for outcome in outcomes:
        say(outcome.line())
    for line in skipped:
        say(line)
    misses = [
        f"MISSED {outcome.fault.engine} {outcome.fault.name}: {miss}"
        for outcome in outcomes
        for miss in outcome.misses()
    ]
    for miss in misses:
        say(miss)
    return not misses


def parse() -> tuple[argparse.Namespace, list[Fault]]:
    width = max(len(fault.name) for fault in FAULTS)
    listed = "\n".join(f"  {each.name:{width}}  {each.engine}: {each.what}" for each in FAULTS)
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"faults:\n{listed}\n\nA full disk takes root, who can mount a small one.\n"
        "Example: faults.py --engine postgresql --fault crash --seconds 10",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = list(dict.fromkeys(fault.name for fault in FAULTS))
    parser.add_argument("--fault", choices=names, help="only this one (all)")
    parser.add_argument("--engine", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument(
        "--seconds", type=float, default=2, help="how long all goes well before and after (2)"
    )
    parser.add_argument("--clients", type=int, default=16, help="who book all the time (16)")
    chosen = parser.parse_args()
    faults = [
        each
        for each in FAULTS
        if chosen.fault in (None, each.name) and chosen.engine in ("both", each.engine)
    ]
    if not faults:
        parser.error(f"{chosen.engine} has no fault {chosen.fault}: see --help.")
    return chosen, faults


def main() -> int:
    chosen, faults = parse()
    with tempfile.NamedTemporaryFile("w+", suffix=".log", delete=False) as log:
        borne = run(faults, chosen, log)
    if borne:
        os.unlink(log.name)  # noqa: PTH108 -- it is a name
    else:
        say(f"What the server wrote: {log.name}")
    return int(not borne)


if __name__ == "__main__":
    with ended_in_order():
        sys.exit(main())
