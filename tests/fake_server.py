"""A server of the outside world, on this machine: it keeps what it was sent and answers as told."""

import json
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_server
from threading import Event, Thread
from typing import NamedTuple


class Request(NamedTuple):
    path: str
    headers: dict
    body: object
    raw: bytes = b""


class FakeServer:
    """`answer(request)` gives a status and a body: JSON, or bytes as they are; and headers, if it
    wants to."""

    def __init__(self):
        self.requests = []
        self.answer = lambda request: (200, {})
        self.closing = Event()

    def respond(self, request):
        self.requests.append(request)
        status, body, *headers = self.answer(request)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return status, content, headers[0] if headers else {}

    def never(self, request):
        """An answer that comes too late, whenever that is."""
        self.closing.wait(20)
        return 200, {}


@contextmanager
def running():
    """A FakeServer with its `url`."""
    fake = FakeServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, content, headers = fake.respond(
                Request(self.path, dict(self.headers), json.loads(body), body)
            )
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(content)))
            if 300 <= status < 400:
                self.send_header("Location", fake.url)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

        def handle(self):
            with suppress(OSError):  # whoever asked has gone
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    try:
        yield fake
    finally:
        fake.closing.set()
        server.shutdown()
        server.server_close()


@contextmanager
def dripping():
    """The address of a server whose answer never ends: a byte every 20 milliseconds."""
    closing = Event()
    with create_server(("127.0.0.1", 0)) as server:

        def drip():
            with server.accept()[0] as connected, suppress(OSError):
                while not closing.wait(0.02):
                    connected.sendall(b"H")

        Thread(target=drip, daemon=True).start()
        yield "http://127.0.0.1:{1}".format(*server.getsockname())
        closing.set()
