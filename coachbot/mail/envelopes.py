"""A message of Django's as sealed text, and back. Codes and links in it are secrets."""

import json
from base64 import b64decode, b64encode
from typing import Any

from django.core.mail import EmailMultiAlternatives

from coachbot.sealing import cipher

SALT = "coachbot.mail"


def seal(message: EmailMultiAlternatives) -> str:
    """Attachments must be names with content, as `attach()` takes them; no copies are sent."""
    document = {
        "subject": message.subject,
        "body": message.body,
        "from_email": message.from_email,
        "to": message.to,
        "reply_to": message.reply_to,
        "headers": message.extra_headers,
        "alternatives": [list(each) for each in message.alternatives],
        "attachments": [
            [name, *_written(content), mimetype] for name, content, mimetype in message.attachments
        ],
    }
    return cipher(SALT).encrypt(json.dumps(document, default=str).encode()).decode()


def open_sealed(text: str) -> EmailMultiAlternatives:
    """Raises cryptography's InvalidToken if the SECRET_KEY that sealed it is gone."""
    document = json.loads(cipher(SALT).decrypt(text.encode()))
    alternatives, attachments = document.pop("alternatives"), document.pop("attachments")
    message = EmailMultiAlternatives(**document)
    for content, mimetype in alternatives:
        message.attach_alternative(content, mimetype)
    for name, content, is_binary, mimetype in attachments:
        message.attach(name, b64decode(content) if is_binary else content, mimetype)
    return message


def _written(content: Any) -> tuple[str, bool]:
    if isinstance(content, bytes):
        return b64encode(content).decode(), True
    return content, False
