"""The slots of one specialist: what they cost, beside a peer, and as the table grows."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from benchmarks.figures.databases import Server, connected, first_monday
from benchmarks.figures.report import Figure
from benchmarks.figures.rows import Rows
from benchmarks.figures.taking_turns import Spread, contestants, ratio, take_turns
from benchmarks.peers import django_appointment

SIDE = ("-m", "benchmarks.figures.one_specialist")
# Ten million rows, their one index, and what PostgreSQL writes meanwhile.
BYTES_FOR_TEN_MILLION = 12 * 10**9
Filler = Callable[[Rows], None]


def measure(server: Server, *, quick: bool) -> Iterator[Figure]:
    yield beside_a_peer(server, rounds=11 if quick else 41)
    yield as_tables_grow(server, rounds=31 if quick else 101, quick=quick)


def beside_a_peer(server: Server, *, rounds: int) -> Figure:
    figure = Figure(
        "slots", "Slots of one specialist: 30 days, Monday to Friday 9–17, 60 minutes every 30, "
        "Europe/Berlin, 60 bookings, 2 days off"
    )  # fmt: skip
    monday = first_monday()
    with filled(server, monday, few) as ours, server.empty() as theirs:
        sides = {
            "ours": (ours, [*SIDE, "from_rows", monday.isoformat()]),
            "engine": (ours, [*SIDE, "engine_alone", monday.isoformat()]),
        }
        with contestants(sides) as those, django_appointment.contestant(theirs, monday) as peer:
            counts = {name: each.facts["slots"] for name, each in those.items()}
            found = take_turns({**those, "peer": peer}, rounds=rounds)
            figure.notes.append(
                f"Slots found: {counts['ours']} of ours, {peer.facts['slots']} of "
                f"django-appointment {peer.facts['version']}."
            )
    ms = {name: Spread.of(seconds).times(1000) for name, seconds in found.items()}
    figure.add("from rows in PostgreSQL to a list of slots", ms["ours"], "ms", bound=1.5)
    figure.add("django-appointment, the same days from the same server", ms["peer"], "ms")
    times = ratio(found["peer"], found["ours"])
    figure.add("how often faster", times, "times", bound=100, sense="at_least")
    figure.add(
        "the engine alone, no database, clocks converted anew", ms["engine"], "ms", bound=0.3
    )
    return figure


def as_tables_grow(server: Server, *, rounds: int, quick: bool) -> Figure:
    figure = Figure("growth", "The same slots, as the table of bookings grows")
    monday = first_monday()
    first = "1 thousand bookings of others"
    fillers: dict[str, Filler] = {
        first: few,
        "100 thousand of the same specialist, past": long_past,
        "1 million of others": million_quickly if quick else million,
    }
    if quick:
        figure.notes.append("Ten million: skipped, as this is a quick run.")
    elif server.free_bytes() < BYTES_FOR_TEN_MILLION:
        figure.notes.append(
            f"Ten million: SKIPPED, the server's disk has {server.free_bytes() / 1e9:.0f} GB left "
            f"and they need {BYTES_FOR_TEN_MILLION / 1e9:.0f}."
        )
    else:
        fillers["10 million of others"] = ten_million
        figure.notes.append(
            "Of ten million bookings only the indexes are built that slots are read by: the guards "
            "and searches have theirs, and building those would take the better part of an hour."
        )
    with ExitStack() as stack:
        urls = {
            name: stack.enter_context(filled(server, monday, each))
            for name, each in fillers.items()
        }
        sides = {
            name: (url, [*SIDE, "from_rows", monday.isoformat()]) for name, url in urls.items()
        }
        with contestants(sides) as those:
            found = take_turns(those, rounds=rounds, warm_up=3)
    for name, seconds in found.items():
        figure.add(name, Spread.of(seconds).times(1000), "ms")
    for name, seconds in found.items():
        if name != first:
            figure.add(f"{name}: times the first", ratio(seconds, found[first]), "times", bound=1.2)
    return figure


@contextmanager
def filled(server: Server, monday: datetime, fill: Filler) -> Iterator[str]:
    with server.database() as url:
        with connected(url) as connection:
            rows = Rows(connection, monday)
            fill(rows)
            rows.settle()
        yield url


def few(rows: Rows) -> None:
    rows.people(11)
    rows.subject()
    rows.others(each=100, past=70)


def long_past(rows: Rows) -> None:
    rows.people(11)
    rows.subject()
    rows.past_of_subject(100_000)
    rows.others(each=100, past=70)


def million(rows: Rows) -> None:
    rows.people(1_001)
    rows.subject()
    rows.others(each=1_000, past=900)


def million_quickly(rows: Rows) -> None:
    rows.people(1_001)
    with rows.few_indexes():
        rows.subject()
        rows.others(each=1_000, past=900)


def ten_million(rows: Rows) -> None:
    rows.people(10_001)
    with rows.few_indexes():
        rows.subject()
        rows.others(each=1_000, past=900)
