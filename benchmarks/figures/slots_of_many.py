"""The earliest slots of a thousand specialists."""

from collections.abc import Iterator

from benchmarks.figures.databases import Server, first_monday
from benchmarks.figures.report import Figure
from benchmarks.figures.rows import Rows
from benchmarks.figures.slots_of_one import filled
from benchmarks.figures.taking_turns import Spread, contestants, take_turns

SIDE = ("-m", "benchmarks.figures.many_specialists")


def measure(server: Server, *, quick: bool) -> Iterator[Figure]:
    figure = Figure(
        "earliest", "The earliest 20 slots of 1,000 specialists within 7 days, 20,000 bookings in "
        "the 7 days, 780,000 in the table"
    )  # fmt: skip
    monday = first_monday()
    with filled(server, monday, half_booked) as url:
        asked = {
            "from Monday morning on": "near",
            "from Friday evening on, when nobody works for two days": "late",
        }
        sides = {name: (url, [*SIDE, how, monday.isoformat()]) for name, how in asked.items()}
        with contestants(sides) as those:
            found = take_turns(those, rounds=21 if quick else 101)
            queries = {name: each.facts["queries"] for name, each in those.items()}
    for name, seconds in found.items():
        near = asked[name] == "near"
        figure.add(
            f"20 slots, {name}", Spread.of(seconds).times(1000), "ms",
            bound=30 if near else None, note=f"{queries[name]} queries",
        )  # fmt: skip
    yield figure


def half_booked(rows: Rows) -> None:
    """Half of the week is booked; and what is past."""
    rows.people(1_001)
    with rows.few_indexes():
        rows.week_of_others()
        rows.others(each=760, past=800)
