"""What it costs to know who asks, and how many queries each public endpoint takes."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.figures.asking import Stint, ask
from benchmarks.figures.databases import Server
from benchmarks.figures.over_http import CONNECTIONS, ENVIRONMENT, business, side
from benchmarks.figures.report import Figure
from benchmarks.figures.taking_turns import Spread, ratio
from benchmarks.server import python


def measure(server: Server, *, quick: bool) -> Iterator[Figure]:
    figure = Figure("sessions", "Who asks: a session's look-up and check; queries per request")
    seconds, rounds = (1.5, 3) if quick else (4, 7)
    found: dict[str, list[Stint]] = defaultdict(list)
    with business(server) as (url, tokens), ExitStack() as stack:
        ours = stack.enter_context(side(url, tokens, "coachbot.wsgi"))
        questions = {"nobody": ours.questions.slots_for_anybody, "client": ours.questions.slots}
        for number in range(rounds + 1):
            for who, following in questions.items():
                stint = ask(ours.port, CONNECTIONS, seconds if number else 1, following)
                found[who] += [stint] * bool(number)
        counts = json.loads(python(url, "-m", "benchmarks.figures.endpoints", **ENVIRONMENT))
    rates = {who: [each.rate for each in stints] for who, stints in found.items()}
    figure.add("GET slots, of nobody", Spread.of(rates["nobody"]), "/s")
    figure.add("GET slots, of a client who is signed in", Spread.of(rates["client"]), "/s")
    share = 100 * (1 - ratio(rates["client"], rates["nobody"]))
    figure.add("the session's share of a request", share, "%")
    for endpoint, count in counts.items():
        figure.add(endpoint, count, "queries")
    yield figure
