"""Free time and bookings over HTTP, beside views that do next to nothing."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from benchmarks.figures.asking import Questions, Stint, ask, first_strange
from benchmarks.figures.databases import Server, connected, first_monday
from benchmarks.figures.report import Figure, say
from benchmarks.figures.rows import Rows
from benchmarks.figures.taking_turns import Spread, ratio
from benchmarks.server import python, served

# As gunicorn.conf.py has it.
WORKERS, THREADS = 2, 4
# So many that nobody waits for another of their own bookings, so few that a session is no news:
# that it was used is written once a minute.
CONNECTIONS, SPECIALISTS, CLIENTS = 16, 1_000, 100
# As in production, but high: nobody is refused, and what a limit costs is in the figures.
ENVIRONMENT = {
    "LOG_LEVEL": "INFO",
    # The same for all, else nobody's session would be known to the next.
    "SECRET_KEY": "for-this-benchmark-alone-0123456789-abcdefghij-0123456789",
    "THROTTLE_DEFAULT": "1000000/m",
    "THROTTLE_SEARCH": "1000000/m",
    "BOOKING_MAX_ACTIVE_PER_CLIENT": "1000",
}
BARE = {"DJANGO_SETTINGS_MODULE": "benchmarks.peers.bare_settings"}


@dataclass
class Side:
    port: int
    pid: int
    url: str
    questions: Questions


def measure(server: Server, *, quick: bool) -> Iterator[Figure]:
    figure = Figure(
        "http", f"Requests per second over HTTP: {CONNECTIONS} connections, gunicorn with "
        f"{WORKERS} processes of {THREADS} threads, PostgreSQL"
    )  # fmt: skip
    seconds, rounds = (1.5, 3) if quick else (4, 7)
    with business(server) as (url, tokens), ExitStack() as stack:
        copy = stack.enter_context(server.database(like=url))
        ours = stack.enter_context(side(url, tokens, "coachbot.wsgi"))
        bare = stack.enter_context(side(copy, tokens, "benchmarks.peers.bare_wsgi", **BARE))
        found = stints({"ours": ours, "bare": bare}, seconds, rounds)
    for what, expected, least in (("slots", 200, 0.8), ("booking", 201, 0.5)):
        rates = {name: [each.rate for each in found[name, what]] for name in ("ours", "bare")}
        verb = {"slots": "GET slots, 7 days", "booking": "POST booking"}[what]
        for name, label in (("ours", verb), ("bare", f"{verb}: a bare view")):
            p99 = median(each.p99_ms for each in found[name, what])
            figure.add(label, Spread.of(rates[name]), "/s", note=f"p99 {p99:.0f} ms")
        share = 100 * ratio(rates["ours"], rates["bare"])
        figure.add(
            f"{verb}: share of the bare view's", share, "%", bound=100 * least, sense="at_least"
        )
        note_refusals(figure, verb, [*found["ours", what], *found["bare", what]], expected)
    yield figure


def stints(
    sides: dict[str, Side], seconds: float, rounds: int
) -> dict[tuple[str, str], list[Stint]]:
    """What each does in turn, by side and by what is asked; the first round warms them up."""
    found: dict[tuple[str, str], list[Stint]] = defaultdict(list)
    for number in range(rounds + 1):
        for what in ("slots", "booking"):
            for name, each in sides.items():
                following = getattr(each.questions, what)
                stint = ask(each.port, CONNECTIONS, seconds if number else 1, following)
                if number:
                    found[name, what].append(stint)
    return found


def note_refusals(figure: Figure, what: str, those: list[Stint], expected: int) -> None:
    refused = sum((each.refused(expected) for each in those), start=those[0].refused(expected))
    number = sum(refused.values()) - sum(those[0].refused(expected).values())
    figure.add(f"{what}: answers other than {expected}", number, "", bound=0)
    if number:
        say(next(filter(None, (first_strange(each, expected) for each in those))))


@contextmanager
def business(server: Server) -> Iterator[tuple[str, list[str]]]:
    """A database of people who work every day, half of a week booked, and clients' tokens."""
    with server.database() as url:
        with connected(url) as connection:
            rows = Rows(connection, first_monday())
            rows.people(SPECIALISTS, last_weekday=6)
            rows.week_of_others()
            rows.settle()
        words = ("-m", "benchmarks.figures.signed_in", str(CLIENTS))
        yield url, json.loads(python(url, *words, **ENVIRONMENT))


def wait_for(port: int) -> None:
    """Raises TimeoutError if nobody answers: connections are taken before anybody serves them."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", "/health/live")
        connection.getresponse().read()


@contextmanager
def side(url: str, tokens: list[str], application: str, **more: str) -> Iterator[Side]:
    environment = {**ENVIRONMENT, **more}
    with (
        Path("/dev/null").open("w") as nowhere,
        served(url, WORKERS, THREADS, nowhere, application, **environment) as server,
        connected(url) as connection,
    ):
        wait_for(server.port)
        yield Side(server.port, server.pid, url, Questions(connection, tokens, first_monday()))
