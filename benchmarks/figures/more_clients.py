"""Bookings per second as clients grow, beside the database alone; and what the guard costs."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from benchmarks.figures import pgbench
from benchmarks.figures.asking import Stint, ask
from benchmarks.figures.databases import Server
from benchmarks.figures.over_http import SPECIALISTS, Side, business, note_refusals, side
from benchmarks.figures.report import Figure
from benchmarks.figures.taking_turns import Spread, ratio

CLIENTS = (1, 2, 4, 8, 16, 32, 64)
# How much less than before still counts as no less: two runs of the same differ by as much.
SLACK = 0.9
AT_ONCE = 16


def measure(server: Server, *, quick: bool) -> Iterator[Figure]:
    seconds, rounds = (1.5, 2) if quick else (4, 5)
    with business(server) as (url, tokens), ExitStack() as stack:
        copy, unguarded = (stack.enter_context(server.database(like=url)) for _ in range(2))
        ours = stack.enter_context(side(url, tokens, "coachbot.wsgi"))
        pgbench.prepare(copy)
        pgbench.prepare(unguarded)
        pgbench.without_guard(unguarded)
        made = stints(ours, seconds, rounds)
        yield of_clients(made, copy, seconds, rounds)
        yield of_guard(median(1 / each.rate for each in made[1]), copy, unguarded, seconds, rounds)


def stints(ours: Side, seconds: float, rounds: int) -> dict[int, list[Stint]]:
    found: dict[int, list[Stint]] = defaultdict(list)
    ask(ours.port, AT_ONCE, 1, ours.questions.booking)
    for _ in range(rounds):
        for number in CLIENTS:
            found[number].append(ask(ours.port, number, seconds, ours.questions.booking))
    return found


def of_clients(made: dict[int, list[Stint]], copy: str, seconds: float, rounds: int) -> Figure:
    figure = Figure(
        "clients", f"Bookings per second as clients grow, spread over {SPECIALISTS:,} specialists"
    )
    rates = {number: [each.rate for each in found] for number, found in made.items()}
    for number, found in made.items():
        p99 = median(each.p99_ms for each in found)
        figure.add(f"{number} clients", Spread.of(rates[number]), "/s", note=f"p99 {p99:.0f} ms")
    figure.add(
        f"{CLIENTS[-1]} clients, as many as {AT_ONCE}",
        ratio(rates[CLIENTS[-1]], rates[AT_ONCE]),
        "times",
        bound=SLACK,
        sense="at_least",
    )
    note_refusals(figure, "bookings", [each for found in made.values() for each in found], 201)
    for script, what in (("lock_check_insert", "lock, check, insert"), ("insert", "insert alone")):
        alone = [
            pgbench.per_second(copy, script, clients=AT_ONCE, seconds=seconds)
            for _ in range(rounds)
        ]
        figure.add(f"pgbench, {AT_ONCE} clients: {what}", Spread.of(alone), "/s")
    return figure


def of_guard(booking: float, guarded: str, unguarded: str, seconds: float, rounds: int) -> Figure:
    figure = Figure("guard", "What the guard against overlaps costs: one client who inserts")
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for url, name in ((guarded, "with it"), (unguarded, "without it")):
            rate = pgbench.per_second(url, "insert", clients=1, seconds=seconds)
            found[name].append(1 / rate)
    for name, taken in found.items():
        figure.add(f"an insert {name}", Spread.of(taken).times(1000), "ms")
    more = median(
        one - other for one, other in zip(found["with it"], found["without it"], strict=True)
    )
    figure.add("the guard, as a share of a booking over HTTP", 100 * max(more, 0) / booking, "%")
    return figure
