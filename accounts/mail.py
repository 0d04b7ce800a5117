"""Mail that somebody waits for who signs up or signs in."""

from coachbot.ids import uuid7
from coachbot.mail import outbox


def send_later(message):
    """After the commit and beside the request: its time would tell whether there is an account,
    and a slow server of mail would hold up whoever asks."""
    outbox.put(message, key=f"account:{uuid7()}", at_once=True)
