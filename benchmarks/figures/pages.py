"""The pages of staff with a million bookings: `benchmarks/back_office.py` as figures."""

import json
from collections.abc import Iterator

from benchmarks.figures.databases import Server
from benchmarks.figures.report import Figure
from benchmarks.figures.taking_turns import Spread
from benchmarks.server import python

BOUND_MS = 300


def measure(server: Server, *, quick: bool) -> Iterator[Figure]:
    number, people = (20_000, 100) if quick else (1_000_000, 1_000)
    figure = Figure(
        "back_office", f"Pages of the back office with {number:,} bookings, server time"
    )
    with server.database() as url:
        words = ("-m", "benchmarks.figures.opened_pages", str(number), str(people))
        found = json.loads(python(url, *words, STAFF_SECOND_FACTOR="false"))
    for name, page in found.items():
        figure.add(
            name, Spread.of(page["ms"]), "ms", bound=BOUND_MS, note=f"{page['queries']} queries"
        )
    yield figure
