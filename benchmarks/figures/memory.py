"""Whether a worker grows as it serves."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.figures.asking import ask
from benchmarks.figures.databases import Server
from benchmarks.figures.over_http import CONNECTIONS, WORKERS, business, side
from benchmarks.figures.report import Figure

FLAT = 1.05


def measure(server: Server, *, quick: bool) -> Iterator[Figure]:
    number = 2_000 if quick else 10_000
    figure = Figure(
        "memory", f"Memory of a worker, at its peak, through {number:,} requests of each"
    )
    with business(server) as (url, tokens), ExitStack() as stack:
        ours = stack.enter_context(side(url, tokens, "coachbot.wsgi"))
        asked = (ours.questions.slots, ours.questions.booking)
        for following in asked:
            ask(ours.port, CONNECTIONS, 3, following)
        before, served = peaks(ours.pid), 0
        while served < number * WORKERS:
            for following in asked:
                served += len(ask(ours.port, CONNECTIONS, 3, following).answers)
        after = peaks(ours.pid)
    figure.add("after the first requests", max(before.values()) / 1024, "MB")
    figure.add(f"after {served / WORKERS:,.0f} more", max(after.values()) / 1024, "MB")
    growth = max(after[pid] / before[pid] for pid in before)
    figure.add("times as much", growth, "times", bound=FLAT)
    yield figure


def peaks(arbiter: int) -> dict[str, int]:
    """Of each worker the most that it ever held, in kB."""
    workers = Path(f"/proc/{arbiter}/task/{arbiter}/children").read_text().split()
    return {pid: _peak(Path(f"/proc/{pid}/status")) for pid in workers}


def _peak(status: Path) -> int:
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])
