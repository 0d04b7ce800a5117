"""Clients who book without a pause and repeat what got no answer, with the same Idempotency-Key."""

import asyncio
import json
import secrets
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from benchmarks.load import QUARTER, Answer, Client, nine_on_day, request

# Sooner than Retry-After asks: what is measured is how long the server takes to be back, not how
# long its clients wait before they ask again.
PAUSE = 0.2
HANG_UP_ONE_IN = 10
DAYS, QUARTERS_A_DAY = 360, 32
DROPPED, UNAVAILABLE = 0, 503


class Try(NamedTuple):
    client: int
    at: float
    answer: Answer


@dataclass
class Record:
    """What the clients saw. `made` are the bookings that were acknowledged to each guest."""

    tries: list[Try] = field(default_factory=list)
    guests: set[str] = field(default_factory=set)
    made: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def successes(self, since: float) -> dict[int, float]:
        """When each client first succeeded after `since`."""
        first: dict[int, float] = {}
        for each in self.tries:
            if each.answer.status == 201 and each.at >= since:
                first.setdefault(each.client, each.at)
        return first


@dataclass
class Clients:
    """So many clients of a server. Each booking has a time and a guest of its own; four
    specialists are free then, so that a repetition could well be stored a second time."""

    port: int
    service: str
    count: int
    times: Iterator[int]
    record: Record = field(default_factory=Record)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    leaving: bool = False

    def arrive(self) -> None:
        self.tasks = [asyncio.create_task(self._stay(number)) for number in range(self.count)]

    async def leave(self, patience: float) -> None:
        """Let each have the answer it waits for, for so many seconds."""
        self.leaving = True
        _, without = await asyncio.wait(self.tasks, timeout=patience)
        for task in without:
            task.cancel()
        results = await asyncio.gather(*self.tasks, return_exceptions=True)
        for failure in (each for each in results if isinstance(each, Exception)):
            raise failure

    async def _stay(self, number: int) -> None:
        client = Client(self.port)
        await client.connect()
        while not self.leaving:
            await self._book(number, client)

    async def _book(self, number: int, client: Client) -> None:
        guest = f"{secrets.token_hex(8)}@example.com"
        self.record.guests.add(guest)
        wanted = self._wanted(guest)
        if not secrets.randbelow(HANG_UP_ONE_IN):
            await self._hang_up(client, wanted)
        while True:
            answer = await client.send(wanted)
            self.record.tries.append(Try(number, time.perf_counter(), answer))
            if answer.status == 201:
                self.record.made[guest].add(json.loads(answer.body)["id"])
            if not is_worth_repeating(answer):
                return
            await asyncio.sleep(PAUSE)

    async def _hang_up(self, client: Client, wanted: bytes) -> None:
        """Ask and be gone before the answer, which may well be a booking that is stored."""
        client.writer.write(wanted)
        await asyncio.sleep(PAUSE)
        client.writer.close()
        await client.connect()

    def _wanted(self, guest: str) -> bytes:
        day, quarter = divmod(next(self.times), QUARTERS_A_DAY)
        if day >= DAYS:
            raise RuntimeError("The year is booked out: let it take fewer --seconds.")
        document: Mapping[str, Any] = {
            "service": self.service,
            "any_specialist": True,
            "starts_at": (nine_on_day(day) + quarter * QUARTER).isoformat(),
            "client_name": "Guest",
            "client_email": guest,
        }
        key = f'Idempotency-Key: "{secrets.token_hex(16)}"\r\n'
        return request("POST", "/api/v1/bookings/", document, key)


def is_worth_repeating(answer: Answer) -> bool:
    return answer.status in (DROPPED, UNAVAILABLE) or is_in_flight(answer)


def is_in_flight(answer: Answer) -> bool:
    """Whether the first request with the key is still running."""
    return answer.status == 409 and b'"idempotency_in_flight"' in answer.body
