"""The least of S3 that keeps small objects in memory: put, get, list and delete."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

LIST = "<ListBucketResult><IsTruncated>false</IsTruncated>{}</ListBucketResult>"
OBJECT = (
    "<Contents><Key>{}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
    '<ETag>"1"</ETag><Size>{}</Size></Contents>'
)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes] = {}

    def do_PUT(self):
        self.objects[self.key] = self.body
        self.answer(200, b"")

    def do_POST(self):
        bucket = self.key.split("/")[0]
        names = re.findall("<Key>(.*?)</Key>", self.body.decode())
        for name in names:
            self.objects.pop(f"{bucket}/{name}", None)
        gone = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in names)
        self.answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())

    def do_GET(self):
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query:
            start = f"{self.key}/{query['prefix'][0]}"
            found = (
                OBJECT.format(name.partition("/")[2], len(content))
                for name, content in sorted(self.objects.items())
                if name.startswith(start)
            )
            self.answer(200, LIST.format("".join(found)).encode())
        else:
            self.answer(200 if self.key in self.objects else 404, self.objects.get(self.key, b""))

    @property
    def key(self):
        return unquote(urlsplit(self.path).path).strip("/")

    @property
    def body(self):
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, status, content):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@contextmanager
def server() -> Iterator[str]:
    """The address of a server whose buckets are there as soon as one writes to them."""
    handler = type("EmptyBuckets", (Handler,), {"objects": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = Thread(target=http.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_port}"
        finally:
            http.shutdown()
            thread.join()
