"""Bookings are made, confirmed, moved, handed over, cancelled and closed over REST, in the back
office, by the bot and by a command, while workers are killed: is everybody told, once?

`python benchmarks/messages.py` starts the application as in production (gunicorn) with its workers
on a scratch database, a mail server and a receiver of webhooks on this machine, and compares what
has arrived with what was done. Whatever is otherwise stands in a line
`MISSED`, and the exit code is 1.
README.md beside this says how to read the table.
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import icalendar
import vobject
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.load import say
from benchmarks.messages_people import Api, BackOffice, Bot, Command, Diary, Done
from benchmarks.server import (
    PROJECT,
    ended_in_order,
    python,
    scratch_database,
    served,
    variables,
)
from tests.smtp import Letterbox, letterbox

WAYS = (Api, BackOffice, Bot, Command)
WORKERS = {"postgresql": 3, "sqlite": 1}
# Of the killed ones' tasks, the last wait for half a minute until they are missed, and two
# minutes more until it is certain that nobody is sending.
PATIENCE = 300
# How long others take to answer, so that it is often in the middle of that that a worker is killed.
SECONDS = 0.3
SETTINGS = {
    "WEBHOOKS_ALLOW_PRIVATE": "true",
    "STAFF_SECOND_FACTOR": "false",
    "SITE_URL": "https://booking.example",
    "THROTTLE_CHAT": "",
    "LOG_LEVEL": "ERROR",
    "BOOKING_MAX_ACTIVE_PER_CLIENT": "1000",
}


# --- who listens --------------------------------------------------------------------------------


class Receiver:
    """What has come by webhook: how often each id, and whether its signature was right."""

    def __init__(self) -> None:
        self.secret = b""
        self.ids: Counter[str] = Counter()
        self.types: dict[str, str] = {}
        self.forged = 0

    def take(self, headers: Any, body: bytes) -> None:
        key = headers["webhook-id"]
        signed = f"{key}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.digest(self.secret, signed, hashlib.sha256)).decode()
        self.forged += f"v1,{expected}" not in headers["webhook-signature"].split()
        self.ids[key] += 1
        self.types[key] = json.loads(body)["type"]


@contextmanager
def receiving() -> Iterator[tuple[Receiver, str]]:
    """`(receiver, its address)`, up as long as the block."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(SECONDS)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver, f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        server.shutdown()


# --- who works, and is killed -------------------------------------------------------------------


class Crew:
    """Workers, of which one or another is killed in the middle of its work."""

    def __init__(self, number: int, env: dict[str, str]) -> None:
        self.env, self.kills = env, 0
        self.workers = [self._start() for _ in range(number)]
        self._stopped = Event()
        self._killer = Thread(target=self._kill_some, daemon=True)
        self._killer.start()

    def spare(self) -> None:
        """Kill nobody any more."""
        self._stopped.set()
        self._killer.join()

    def end(self) -> None:
        self.spare()
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            worker.wait(timeout=60)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "worker", "--interval", "0.1"]
        return subprocess.Popen(command, cwd=PROJECT, env=self.env)  # noqa: S603 -- our own

    def _kill_some(self) -> None:
        while not self._stopped.wait(random.uniform(4, 10)):  # noqa: S311 -- no secret
            place = random.randrange(len(self.workers))  # noqa: S311 -- no secret
            os.kill(self.workers[place].pid, signal.SIGKILL)
            self.workers[place].wait()
            self.kills += 1
            self.workers[place] = self._start()


# --- what should have come ----------------------------------------------------------------------


def misses(
    done: Sequence[Done], stored: dict[str, Any], box: Letterbox, receiver: Receiver
) -> Iterator[str]:
    yield from (f"not done: {each}" for each in stored["undone"] if not is_in_doubt(each))
    yield from _mail_misses(done, stored, box)
    yield from _webhook_misses(done, stored, receiver)
    yield from _calendar_misses(box)


def _mail_misses(done: Sequence[Done], stored: dict[str, Any], box: Letterbox) -> Iterator[str]:
    events = stored["events"]
    expected = {
        (events[f"{each.booking}:{each.version}"], f"{name}@example.com")
        for each in done
        for name in each.told
    }
    put = {(key.partition(":")[0], to): pk for pk, key, to, *_ in stored["mails"]}
    doubted = {
        pk for pk, _, _, status, cut_off in stored["mails"] if status != "sent" or cut_off == "True"
    }
    yield from (f"no mail to {to} of event {event}" for event, to in expected - put.keys())
    yield from (f"a mail too much to {to} of {event}" for event, to in put.keys() - expected)
    arrived = Counter(id_of(message) for message in box.messages)
    for pk in put.values():
        if arrived[pk] != 1 and not (arrived[pk] == 2 and pk in doubted):
            yield f"mail {pk} arrived {arrived[pk]} times"


def is_in_doubt(task: Sequence[str]) -> bool:
    """A mail whose worker was killed twice while the server took it: it is a dead letter, and must
    have arrived all the same."""
    return "Twice nobody could tell" in task[2]


def _webhook_misses(
    done: Sequence[Done], stored: dict[str, Any], receiver: Receiver
) -> Iterator[str]:
    wanted = Counter(
        (stored["events"][f"{each.booking}:{each.version}"], f"booking.{each.what}")
        for each in done
    )
    kept = Counter((event, type_) for _, event, type_, _ in stored["deliveries"])
    yield from (
        f"webhooks: {number} of {event} missing" for event, number in (wanted - kept).items()
    )
    yield from (f"webhook too much: {event}" for event in kept - wanted)
    for pk, event, type_, _ in stored["deliveries"]:
        if receiver.types.get(pk) != type_:
            yield f"webhook {pk} of {event} did not arrive"
    if receiver.forged:
        yield f"{receiver.forged} webhooks with a wrong signature"


def _calendar_misses(box: Letterbox) -> Iterator[str]:
    """A calendar takes a message only if its sequence is higher than what it has; the first that
    arrive may be out of order where workers share the work."""
    seen: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for message in box.messages:
        for part in message.walk():
            if part.get_content_type() == "text/calendar":
                text = part.get_content()
                theirs, ours = vobject.readOne(text), icalendar.Calendar.from_ical(text)
                event = theirs.vevent
                if str(ours["METHOD"]) != theirs.method.value != part.get_param("method"):
                    yield f"methods differ in {event.uid.value}"
                key = (message["To"], event.uid.value)
                seen[key][int(event.sequence.value)] = theirs.method.value
    for (to, uid), methods in seen.items():
        last = methods[max(methods)]
        if last != "CANCEL" and len(methods) > 1:
            yield f"{uid} of {to} ends with {last}: {sorted(methods.items())}"


def id_of(message: Any) -> str:
    return message["Message-ID"].strip("<>").partition("@")[0]


# --- the whole ----------------------------------------------------------------------------------


def endure(engine: str, rounds: int) -> list[str]:
    """What was missed; the table is printed."""
    with (
        scratch_database(engine) as url,
        letterbox(SECONDS) as (box, smtp),
        receiving() as (receiver, address),
    ):
        os.environ.update(SETTINGS, EMAIL_URL=f"smtp://127.0.0.1:{smtp}", RECEIVER=address)
        python(url, "manage.py", "init_db")
        rows = json.loads(python(url, "benchmarks/messages_data.py", "create"))
        receiver.secret = base64.b64decode(rows["secret"].removeprefix("whsec_"))
        with served(url, workers=1 if engine == "sqlite" else 2, threads=4) as server:
            crew = Crew(WORKERS[engine], variables(url))
            began = time.monotonic()
            try:
                done = make_changes(server.port, rows, variables(url), rounds)
                crew.spare()
                stored = wait_until_done(url)
            finally:
                crew.end()
    seconds = time.monotonic() - began
    say(line_of(engine, done, stored, box, receiver, crew.kills, seconds))
    return list(misses(done, stored, box, receiver))


def make_changes(port: int, rows: dict[str, Any], env: dict[str, str], rounds: int) -> list[Done]:
    """Each way in has its turns; what was made for the next minutes is closed at last."""
    diary = Diary()
    ways = [kind(port, rows, diary, env) for kind in WAYS]
    closings = list(ways[0].close())
    for _ in tqdm(range(rounds), desc="Changes", leave=False, disable=None):
        for way in ways:
            way.round()
    for starts_at, close in closings:
        time.sleep(max((starts_at - datetime.now(UTC)).total_seconds() + 1, 0))
        close()
    return [each for way in ways for each in way.done]


def wait_until_done(url: str) -> dict[str, Any]:
    """What is stored once no task is left, or nobody can wait any longer."""
    until = time.monotonic() + PATIENCE
    while True:
        stored = json.loads(python(url, "benchmarks/messages_data.py", "stored"))
        waiting = [task for task in stored["undone"] if task[1] != "FAILED"]
        if not waiting or time.monotonic() > until:
            return stored
        time.sleep(2)


def line_of(
    engine: str,
    done: Sequence[Done],
    stored: dict[str, Any],
    box: Letterbox,
    receiver: Receiver,
    kills: int,
    seconds: float,
) -> str:
    by_way = Counter(each.way for each in done)
    twice = sum(number > 1 for number in Counter(map(id_of, box.messages)).values())
    cells = (
        engine,
        ", ".join(f"{way} {number}" for way, number in by_way.items()),
        len(box.messages),
        twice,
        sum(map(is_in_doubt, stored["undone"])),
        len(receiver.ids),
        sum(number > 1 for number in receiver.ids.values()),
        stored["tasks"],
        stored["tried_again"],
        kills,
        f"{seconds:.0f} s",
    )
    return f"| {' | '.join(map(str, cells))} |"


COLUMNS = (
    *(
        "engine",
        "changes",
        "mails",
        "of them twice",
        "in doubt",
        "webhooks",
        "of them twice",
        "tasks",
    ),
    *("tried again", "workers killed", "took"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--engine", choices=WORKERS, action="append", help="Default: both.")
    parser.add_argument("--rounds", type=int, default=10, help="Of each way in (default 10).")
    options = parser.parse_args()
    say(f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}")
    found = [
        f"MISSED {engine}: {each}"
        for engine in options.engine or WORKERS
        for each in endure(engine, options.rounds)
    ]
    say("\n".join(found) or "Everybody was told.")
    return int(bool(found))


if __name__ == "__main__":
    with ended_in_order():
        sys.exit(main())
