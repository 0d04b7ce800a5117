"""Signatures as Standard Webhooks has them: www.standardwebhooks.com, version 1."""

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
# The specification asks for 24 to 64.
SECRET_BYTES = 32


def new_secret() -> str:
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(
    body: bytes, *, message_id: str, secrets: Iterable[str], now: datetime
) -> dict[str, str]:
    """What goes with `body`. Each of `secrets` signs, so that a receiver may still hold an old
    one. `now` is when it is sent, which is later when it is sent again."""
    timestamp = str(int(now.timestamp()))
    content = b".".join([message_id.encode(), timestamp.encode(), body])
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(content, each) for each in secrets),
    }


def _signature(content: bytes, secret: str) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    return f"v1,{b64encode(hmac.digest(key, content, 'sha256')).decode()}"
