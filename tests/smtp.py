"""A mail server on this machine, with the moods that servers have."""

import asyncio
import socket
from contextlib import contextmanager
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller


class Letterbox:
    """What has arrived. `mood` is what it says to each recipient or message: an answer such as
    `450 Later`, or `hang up` once it has taken the message; `seconds` pass until it says that."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.messages = []
        self.mood = ""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 -- theirs
        if self.mood and self.mood != "hang up":
            return self.mood
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 -- theirs
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.mood == "hang up":
            server.transport.abort()
        await asyncio.sleep(self.seconds)
        return "250 OK"

    def ids(self):
        return [message["Message-ID"] for message in self.messages]

    def subjects(self):
        return [message["Subject"] for message in self.messages]


@contextmanager
def letterbox(seconds=0.0):
    """`(letterbox, port)` of a server that is up as long as the block."""
    box = Letterbox(seconds)
    # The controller tries whether it can be reached, so the port must be known before.
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()
