"""Measure what the project claims of its speed, in one run on this machine.

Tables are printed; a document (bench.json) and a chart (bench.svg) are written. README.md in the
folder above says how to read them. The exit code is 1 if a figure misses its bound.
"""

import argparse
import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from benchmarks.figures import chart, documents
from benchmarks.figures.databases import server
from benchmarks.figures.report import Figure, say
from benchmarks.server import ended_in_order

FIGURES = {
    "slots": "slots_of_one",
    "earliest": "slots_of_many",
    "http": "over_http",
    "clients": "more_clients",
    "sessions": "who_asks",
    "memory": "memory",
    "back_office": "pages",
}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.figures", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}; all by default"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="fewer rounds and rows: some minutes less, wider spreads",
    )
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"), metavar="FOLDER")
    chosen = parser.parse_args()
    if unknown := set(chosen.figures) - FIGURES.keys():
        parser.error(f"there is no figure {sorted(unknown)[0]!r}: choose of {', '.join(FIGURES)}")
    found: list[Figure] = []
    machine = about(quick=chosen.quick)
    try:
        measure(chosen.figures or list(FIGURES), found, quick=chosen.quick)
    finally:  # Of a run that breaks off, what it found until then.
        chosen.out.mkdir(parents=True, exist_ok=True)
        documents.write(chosen.out / "bench.json", found, machine)
        chart.write(chosen.out / "bench.svg", found)
        say(f"\nWritten: {chosen.out}/bench.json and bench.svg.")
    return judged(found)


def measure(names: list[str], found: list[Figure], *, quick: bool) -> None:
    with server() as own:
        for name in names:
            began = time.monotonic()
            for figure in import_module(f"benchmarks.figures.{FIGURES[name]}").measure(
                own, quick=quick
            ):
                figure.show()
                found.append(figure)
            say(f"\n({name}: {time.monotonic() - began:.0f} s)")


def judged(found: list[Figure]) -> int:
    misses = [(each, row) for each in found for row in each.rows if row.reached is False]
    for figure, row in misses:
        say(f"MISSED {figure.name}: {' '.join(row.cells()[:3])} (bound {row.cells()[4]})")
    return int(bool(misses))


def about(*, quick: bool) -> dict[str, object]:
    """The machine and the run: figures of another machine are not to be compared with these."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        "quick": quick,
    }


if __name__ == "__main__":
    with ended_in_order():
        sys.exit(main())
