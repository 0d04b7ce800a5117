"""Asking other servers by POST, with a limit to everything: time, size, and where to."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPMessage
from socket import SHUT_RDWR, create_connection, socket
from ssl import SSLSocket, create_default_context
from threading import Event, Timer
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit


class Answer(NamedTuple):
    """`document` is None if the body is no JSON."""

    status: int
    document: Any


class Reply(NamedTuple):
    """`content` is how the body begins."""

    status: int
    headers: HTTPMessage
    content: bytes


class Unreachable(Exception):
    """No answer that can be used. It says why, and neither where nor what: both may be secret."""


def post_json(
    url: str, document: Any, *, headers: Mapping[str, str], seconds: float, most_bytes: int
) -> Answer:
    """POST `document` and read the answer, within `seconds` of being connected, which may take as
    long; no redirect is followed and no proxy asked. Raises Unreachable."""
    body = json.dumps(document).encode()
    reply = post(url, body, headers=headers, seconds=seconds, first_bytes=most_bytes + 1)
    if len(reply.content) > most_bytes:
        raise Unreachable(f"more than {most_bytes} bytes")
    return Answer(reply.status, _read(reply.content))


def post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    seconds: float,
    first_bytes: int,
    addresses: Sequence[str] = (),
) -> Reply:
    """As `post_json`, of any body. Where there are `addresses`, nobody is asked what the name in
    `url` stands for: it is connected to these, and the name is what the certificate must be for."""
    late = Event()
    try:
        reply = _exchange(url, body, headers, seconds, first_bytes, addresses, late)
    except (OSError, HTTPException, ValueError) as error:
        timed_out = late.is_set() or isinstance(error, TimeoutError)
        raise Unreachable("timed out" if timed_out else type(error).__name__) from None
    if late.is_set():
        raise Unreachable("timed out")
    return reply


def _exchange(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float,
    first_bytes: int,
    addresses: Sequence[str],
    late: Event,
) -> Reply:
    parts = urlsplit(url)
    is_secured = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if is_secured else 80)
    head = {"Content-Type": "application/json", "Connection": "close", **headers}
    with _connected(addresses or [host], port, seconds) as plain:
        connected = _secured(plain, host) if is_secured else plain
        # A server that sends a byte now and then outlasts a socket's own timeout.
        watch = Timer(seconds, _cut_off, [connected, late])
        watch.start()
        try:
            if isinstance(connected, SSLSocket):
                connected.do_handshake()
            connection = HTTPConnection(host, parts.port)
            connection.sock = connected
            path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
            connection.request("POST", path, body, head)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read(first_bytes))
        finally:
            watch.cancel()
            connected.close()


def _connected(hosts: Sequence[str], port: int, seconds: float) -> socket:
    """To the first that answers."""
    *others, last = hosts
    for host in others:
        with suppress(OSError):
            return create_connection((host, port), timeout=seconds / len(hosts))
    return create_connection((last, port), timeout=seconds / len(hosts))


def _secured(plain: socket, host: str) -> SSLSocket:
    """The handshake is still to be made: it may take its time, too."""
    context = create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


def _cut_off(connected: socket, late: Event) -> None:
    late.set()
    with suppress(OSError):
        # Not an SSLSocket's own, which takes away what the handshake works with.
        socket.shutdown(connected, SHUT_RDWR)


def _read(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
