"""Asking other servers for JSON, with a limit to everything: time, size, and where to."""

import json
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR, socket
from threading import Event, Timer
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    """`document` is None if the body is no JSON."""

    status: int
    document: Any


class Unreachable(Exception):
    """No answer that can be used. It says why, and neither where nor what: both may be secret."""


def post_json(
    url: str, document: Any, *, headers: Mapping[str, str], seconds: float, most_bytes: int
) -> Answer:
    """POST `document` and read the answer, within `seconds` of being connected, which may take as
    long; no redirect is followed and no proxy asked. Raises Unreachable."""
    late = Event()
    try:
        status, content = _exchange(url, document, headers, seconds, most_bytes + 1, late)
    except (OSError, HTTPException, ValueError) as error:
        timed_out = late.is_set() or isinstance(error, TimeoutError)
        raise Unreachable("timed out" if timed_out else type(error).__name__) from None
    if late.is_set():
        raise Unreachable("timed out")
    if len(content) > most_bytes:
        raise Unreachable(f"more than {most_bytes} bytes")
    return Answer(status, _read(content))


def _exchange(
    url: str, document: Any, headers: Mapping[str, str], seconds: float, most: int, late: Event
) -> tuple[int, bytes]:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    head = {"Content-Type": "application/json", "Connection": "close", **headers}
    try:
        connection.connect()
        # A server that sends a byte now and then outlasts a socket's own timeout.
        watch = Timer(seconds, _cut_off, [connection.sock, late])
        watch.start()
        try:
            connection.request("POST", parts.path or "/", json.dumps(document).encode(), head)
            response = connection.getresponse()
            return response.status, response.read(most)
        finally:
            watch.cancel()
    finally:
        connection.close()


def _cut_off(connected: socket, late: Event) -> None:
    late.set()
    with suppress(OSError):
        connected.shutdown(SHUT_RDWR)


def _read(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
