"""Many clients at one running server: who wins, what the others hear, and how long they wait.

`python benchmarks/load.py` starts the application as in production (gunicorn, workers with
threads) on a scratch database, and asks it over HTTP. README.md beside this says how to read the
tables. The exit code is 1 if a figure misses its bound.
"""

import argparse
import asyncio
import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple

from tqdm import tqdm

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from benchmarks.server import (  # noqa: E402 -- this is a script beside the project
    ended_in_order,
    execute,
    python,
    scratch_database,
    served,
)

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
# Nobody waits longer for anything; a request that does counts as dropped.
GIVE_UP = 60
SLOWEST_BURST, SLOWEST_STREAM = 10, 5
MOVING_CLIENTS, MOVING_SECONDS = 50, 20
KEYS, EQUAL_REQUESTS = 5, 100
# Workers, and threads of each. SQLite has one writer at a time, and who waits for it is not served
# in turn: the fewer wait there instead of in the server's own queue, the fairer it is.
SHAPE = {"sqlite": (1, 2), "postgresql": (2, 8)}


# --- the client ---------------------------------------------------------------------------------


class Answer(NamedTuple):
    """`status` is 0 if the connection was dropped. `headers` as they came, in lower case."""

    status: int
    headers: bytes
    body: bytes
    seconds: float


class Client:
    """A connection that stays open."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sent_at = 0.0

    async def connect(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    def send(self, request: bytes) -> Awaitable[Answer]:
        """Send now; the answer is to be waited for."""
        self.sent_at = time.perf_counter()
        self.writer.write(request)
        return self._answer()

    async def _answer(self) -> Answer:
        try:
            async with asyncio.timeout(GIVE_UP):
                headers = (await self.reader.readuntil(b"\r\n\r\n")).lower()
                length = int(headers.partition(b"content-length:")[2].split(b"\r\n")[0])
                body = await self.reader.readexactly(length)
        except (OSError, EOFError, TimeoutError):
            self.writer.close()
            await self.connect()
            return Answer(0, b"", b"", time.perf_counter() - self.sent_at)
        return Answer(int(headers[9:12]), headers, body, time.perf_counter() - self.sent_at)


def request(method: str, path: str, document: Any = None, headers: str = "") -> bytes:
    body = b"" if document is None else json.dumps(document).encode()
    return (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"{headers}Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def connected(port: int, count: int) -> list[Client]:
    """So many clients, each of whom the server has answered once."""
    clients = [Client(port) for _ in range(count)]
    for client in clients:
        await client.connect()
        await client.send(request("GET", "/health/live"))
    return clients


# --- what is asked ------------------------------------------------------------------------------


@dataclass
class Part:
    """What one part of the run found. `winners` are counted for each round."""

    name: str
    slowest_bound: float
    allowed: frozenset[int] = frozenset({201, 409})
    answers: list[Answer] = field(default_factory=list)
    winners: list[int] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add_round(self, answers: Sequence[Answer]) -> None:
        self.answers += answers
        self.winners.append(sum(answer.status == 201 for answer in answers))

    def judge(self) -> None:
        """Note what misses its bound, and the first answer that should not be."""
        strange = [answer for answer in self.answers if answer.status not in self.allowed]
        if strange:
            body = strange[0].body[:200].decode(errors="replace")
            counts = dict(Counter(answer.status for answer in strange))
            self.misses.append(f"answers {counts}, the first: {body!r}")
        slowest = max(answer.seconds for answer in self.answers)
        if slowest > self.slowest_bound:
            self.misses.append(f"slowest answer {slowest:.1f} s (at most {self.slowest_bound} s)")
        if wrong := Counter(count for count in self.winners if count != 1):
            self.misses.append(
                f"rounds without exactly one winner (winners: rounds): {dict(wrong)}"
            )


def nine_on_day(day: int) -> datetime:
    """Nine o'clock, UTC, on the day so many days from tomorrow."""
    tomorrow = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    return tomorrow + timedelta(days=1 + day)


class Bookings:
    """Requests for bookings of one part's specialist, each by a guest of their own."""

    def __init__(self, data: Mapping[str, Any], part: str) -> None:
        self.specialist, self.service = data["specialists"][part], data["service"]

    def plain(self, starts_at: datetime, headers: str = "") -> bytes:
        return self._request({}, starts_at, headers)

    def of_service(self, starts_at: datetime) -> bytes:
        return self._request({"service": self.service}, starts_at, "")

    def _request(self, more: Mapping[str, str], starts_at: datetime, headers: str) -> bytes:
        guest = secrets.token_hex(6)
        document = {
            "specialist": self.specialist,
            "starts_at": starts_at.isoformat(),
            "client_name": f"Guest {guest}",
            "client_email": f"{guest}@example.com",
            **more,
        }
        return request("POST", "/api/v1/bookings/", document, headers)


async def together(clients: Sequence[Client], requests: Sequence[bytes]) -> list[Answer]:
    """All requests leave before the first answer is read."""
    return await asyncio.gather(
        *[client.send(each) for client, each in zip(clients, requests, strict=True)]
    )


async def one_slot(port: int, data: Mapping[str, Any], rounds: int, count: int, bar: tqdm) -> Part:
    """All want the same hour."""
    part, bookings = Part("(a) one slot", SLOWEST_BURST), Bookings(data, "one_slot")
    clients = await connected(port, count)
    for number in range(rounds):
        starts_at = nine_on_day(number // 8) + number % 8 * HOUR
        part.add_round(await together(clients, [bookings.plain(starts_at) for _ in clients]))
        bar.update()
    return part


async def overlapping(
    port: int, data: Mapping[str, Any], rounds: int, count: int, bar: tqdm
) -> Part:
    """All want an hour that begins at one of four quarters, so that any two overlap."""
    part, bookings = Part("(b) unequal starts", SLOWEST_BURST), Bookings(data, "overlapping")
    clients = await connected(port, count)
    for number in range(rounds):
        first = nine_on_day(number // 4) + number % 4 * 2 * HOUR
        wanted = [bookings.of_service(first + each % 4 * QUARTER) for each in range(count)]
        part.add_round(await together(clients, wanted))
        bar.update()
    return part


async def moving(port: int, data: Mapping[str, Any], bar: tqdm) -> Part:
    """Everybody always wants a quarter of the next two hours; these move on four a second."""
    part, bookings = Part("(c) moving window", SLOWEST_STREAM), Bookings(data, "moving")
    began = time.perf_counter()

    async def go_on_asking(client: Client) -> None:
        while (elapsed := time.perf_counter() - began) < MOVING_SECONDS:
            day, quarter = divmod(int(elapsed * 4) + secrets.randbelow(8), 29)
            starts_at = nine_on_day(day) + quarter * QUARTER
            part.answers.append(await client.send(bookings.of_service(starts_at)))

    await asyncio.gather(*map(go_on_asking, await connected(port, MOVING_CLIENTS)))
    bar.update()
    return part


async def one_key(port: int, data: Mapping[str, Any], bar: tqdm) -> Part:
    """Equal requests with one Idempotency-Key, all at once, and once more afterwards."""
    part, bookings = Part("(d) one key", SLOWEST_BURST), Bookings(data, "one_key")
    clients = await connected(port, EQUAL_REQUESTS)
    made = 0
    for number in range(KEYS):
        header = f'Idempotency-Key: "{secrets.token_hex(16)}"\r\n'
        wanted = bookings.plain(nine_on_day(number), header)
        answers = await together(clients, [wanted] * len(clients))
        answers.append(await clients[0].send(wanted))
        part.answers += answers
        made += len({answer.body for answer in answers if answer.status == 201})
        if answers[-1].status != 201:
            part.misses.append(f"a later repetition got {answers[-1].status}, not the first answer")
    replayed = sum(b"\r\nidempotent-replayed: true" in each.headers for each in part.answers)
    part.notes.append(f"{KEYS} keys: {made} distinct bodies of 201, {replayed} answers replayed")
    if made != KEYS:
        part.misses.append(f"{made} distinct bodies of 201 (exactly {KEYS})")
    bar.update()
    return part


async def ask(port: int, data: Mapping[str, Any], chosen: argparse.Namespace) -> list[Part]:
    rounds, clients = chosen.rounds, chosen.clients
    with tqdm(total=2 * rounds + 2, unit="round") as bar:
        return [
            await one_slot(port, data, rounds, clients, bar),
            await overlapping(port, data, rounds, clients, bar),
            await moving(port, data, bar),
            await one_key(port, data, bar),
        ]


# --- what comes of it ---------------------------------------------------------------------------


def run(engine: str, chosen: argparse.Namespace) -> bool:
    """Whether `engine` keeps every bound. Prints what it did."""
    workers, threads = SHAPE[engine]
    say(f"\n{engine}: {chosen.clients} clients, {chosen.rounds} rounds, {workers} worker(s) with "
        f"{threads} threads")  # fmt: skip
    with scratch_database(engine) as url:
        python(url, "manage.py", "migrate", "--verbosity", "0")
        data = json.loads(python(url, "benchmarks/load_data.py", "create"))
        with served(url, workers, threads) as server:
            parts = asyncio.run(ask(server.port, data, chosen))
        census = json.loads(python(url, "benchmarks/load_data.py", "census"))
        deadlocks = None if engine == "sqlite" else count_deadlocks(url)
    return report(parts, census, deadlocks)


def count_deadlocks(url: str) -> int:
    row = execute(url, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return row[0] if row else 0


def report(parts: Sequence[Part], census: Mapping[str, Any], deadlocks: int | None) -> bool:
    say("| part | requests | 201 | 409 | 5xx | dropped | other | one winner | "
        "p50 | p95 | slowest |")  # fmt: skip
    say("| --- " * 11 + "|")
    for part in parts:
        part.judge()
        say(line(part))
    for note in [note for part in parts for note in part.notes]:
        say(note)
    say(f"bookings left: {census['bookings']}; overlaps: {census['overlaps']}; "
        f"deadlocks: {'-' if deadlocks is None else deadlocks}")  # fmt: skip
    misses = [f"{part.name}: {miss}" for part in parts for miss in part.misses]
    misses += [f"{count} bookings overlap" for count in [census["overlaps"]] if count]
    misses += [f"{count} rows for {KEYS} keys" for count in [census["bookings"]["one_key"]]
               if count != KEYS]  # fmt: skip
    misses += [f"{deadlocks} deadlocks"] if deadlocks else []
    for miss in misses:
        say(f"MISSED {miss}")
    return not misses


def line(part: Part) -> str:
    statuses = Counter(answer.status for answer in part.answers)
    failed = sum(count for status, count in statuses.items() if status >= 500)
    other = len(part.answers) - failed - sum(statuses[known] for known in (0, 201, 409))
    percentiles = quantiles([answer.seconds for answer in part.answers], n=100)
    slowest = max(answer.seconds for answer in part.answers)
    fair = f"{part.winners.count(1)} of {len(part.winners)}" if part.winners else "-"
    counts = [len(part.answers), statuses[201], statuses[409], failed, statuses[0], other, fair]
    times = [f"{seconds:.2f} s" for seconds in (percentiles[49], percentiles[94], slowest)]
    return f"| {' | '.join(map(str, [part.name, *counts, *times]))} |"


def say(text: str) -> None:
    tqdm.write(text, file=sys.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--clients", type=int, default=200)
    chosen = parser.parse_args()
    engines = ["sqlite", "postgresql"] if chosen.engine == "both" else [chosen.engine]
    kept = [run(engine, chosen) for engine in engines]
    return int(not all(kept))


if __name__ == "__main__":
    with ended_in_order():
        sys.exit(main())
