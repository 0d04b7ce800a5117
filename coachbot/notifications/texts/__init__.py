"""The words of each kind of mail: staff's own, or else the standard ones beside this file."""

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from coachbot.notifications.kinds import Kind
from coachbot.notifications.models import MailTemplate


class Words(NamedTuple):
    """`html` is empty where it is made from the text."""

    subject: str
    text: str
    html: str = ""


def words_of(kind: Kind, language: str) -> Words:
    own = MailTemplate.objects.filter(kind=kind, language=language).first()
    return Words(own.subject, own.text, own.html) if own else standard(kind, language)


def standard(kind: Kind, language: str) -> Words:
    found = _standards(language)[kind]
    return Words(found["subject"], found["text"].strip())


@cache
def _standards(language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name(f"{language}.toml").read_text(encoding="utf-8"))
