"""gunicorn as in production, on the database of the test that starts it."""

import http.client
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

from tests.processes import PROJECT, environment_here


@contextmanager
def served(*options, **variables):
    """`(port, process)` of a server that is up as long as the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "coachbot.wsgi", "--no-control-socket"),
                *("--bind", f"fd://{listener.fileno()}", *options),
            ],
            cwd=PROJECT,
            env=environment_here(LOG_LEVEL="WARNING", **variables),
            pass_fds=[listener.fileno()],
        )
        port = listener.getsockname()[1]
        try:
            ask(port, "/health/live")
            yield port, process
        finally:
            process.terminate()
            process.wait(timeout=30)


def ask(port, path, **headers):
    """Status, headers, body and seconds of one answer."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
    finally:
        connection.close()
    return answer.status, answer.headers, body, time.monotonic() - began
