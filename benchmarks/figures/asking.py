"""Clients who ask a server without a pause, each over a connection of its own."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from statistics import quantiles
from zoneinfo import ZoneInfo

from psycopg import Connection

from benchmarks.figures.rows import SERVICE
from benchmarks.load import Answer, Client, connected, request

BERLIN = ZoneInfo("Europe/Berlin")
HOURS_A_DAY = 8


@dataclass
class Stint:
    """What came of asking for a while."""

    seconds: float
    answers: list[Answer] = field(repr=False)

    @property
    def rate(self) -> float:
        return len(self.answers) / self.seconds

    @property
    def p99_ms(self) -> float:
        return 1000 * quantiles([each.seconds for each in self.answers], n=100)[98]

    def refused(self, expected: int) -> Counter[int]:
        """Answers of any other status; 0 stands for none at all."""
        return Counter(each.status for each in self.answers if each.status != expected)


async def _ask(port: int, clients: int, seconds: float, following: Callable[[], bytes]) -> Stint:
    answers: list[Answer] = []

    async def go_on(client: Client) -> None:
        while time.perf_counter() < until:
            answers.append(await client.send(following()))
        client.writer.close()

    those = await connected(port, clients)
    began = time.perf_counter()
    until = began + seconds
    await asyncio.gather(*map(go_on, those))
    return Stint(time.perf_counter() - began, answers)


def ask(port: int, clients: int, seconds: float, following: Callable[[], bytes]) -> Stint:
    """So many clients, each of whom asks what is `following` as soon as it has its answer."""
    return asyncio.run(_ask(port, clients, seconds, following))


class Questions:
    """Requests of clients who are signed in, to all specialists of a database in turn. No two
    bookings want the same time."""

    def __init__(
        self, connection: Connection[tuple[str]], tokens: list[str], monday: datetime
    ) -> None:
        rows = connection.execute(
            "SELECT id::text FROM scheduling_specialist ORDER BY id"
        ).fetchall()
        self.people = [key for (key,) in rows]
        self.headers = [f"X-Session-Token: {token}\r\n" for token in tokens]
        self.monday, self.numbers = monday.date(), count()
        self.booked: Iterator[int] = count()

    def slots(self) -> bytes:
        number = next(self.numbers)
        return request("GET", self._slots(number), headers=self._header(number))

    def slots_for_anybody(self) -> bytes:
        return request("GET", self._slots(next(self.numbers)))

    def booking(self) -> bytes:
        """From the second week on."""
        number = next(self.booked)
        day, hour = divmod(number // len(self.people), HOURS_A_DAY)
        at = datetime.combine(self.monday, datetime.min.time(), BERLIN) + timedelta(
            days=7 + day, hours=9 + hour
        )
        document = {
            "specialist": self._person(number), "service": SERVICE, "starts_at": at.isoformat(),
        }  # fmt: skip
        return request("POST", "/api/v1/bookings/", document, self._header(number))

    def _slots(self, number: int) -> str:
        days = f"start={self.monday}&end={self.monday + timedelta(days=7)}"
        return f"/api/v1/specialists/{self._person(number)}/slots/?{days}&service={SERVICE}"

    def _person(self, number: int) -> str:
        return self.people[number % len(self.people)]

    def _header(self, number: int) -> str:
        return self.headers[number % len(self.headers)]


def first_strange(stint: Stint, expected: int) -> str:
    """The first answer that should not be, in its own words."""
    strange = next((each for each in stint.answers if each.status != expected), None)
    return json.dumps(strange.body[:300].decode(errors="replace")) if strange else ""
