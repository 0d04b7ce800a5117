"""Whether the trail is whole."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS

from audit.models import FIRST, AdminLog, AuditHead


class Anchor(NamedTuple):
    """The number and the seal of an entry that was the newest once, kept outside."""

    sequence: int
    seal: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.seal}"


class Broken(Exception):
    """Names the first entry that is not as it was written, and what became of it."""


def verify(entries: Iterable[AdminLog], *, anchor: Anchor | None = None) -> Anchor:
    """Follow the chain through all `entries`, oldest first, to its head, which is returned.

    Raises Broken for the first that was altered, removed or inserted; with `anchor`, also if the
    entry that it names is another one now, or gone.
    """
    head = Anchor(0, FIRST)
    for entry in entries:
        _require_next(entry, head)
        head = Anchor(entry.sequence, entry.seal)
        if anchor and head.sequence == anchor.sequence and head != anchor:
            raise Broken(f"Entry {head.sequence} is not the one of the anchor: it was replaced.")
    if anchor and head.sequence < anchor.sequence:
        raise Broken(f"Entry {head.sequence + 1} was removed: the anchor knows {anchor.sequence}.")
    return head


def verify_head(head: Anchor, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Raises Broken if the last entries were cut off."""
    kept = AuditHead.objects.using(using).filter(pk=AuditHead.ONLY).first()
    known = Anchor(kept.sequence, kept.seal) if kept else Anchor(0, FIRST)
    if known.sequence > head.sequence:
        raise Broken(f"Entry {head.sequence + 1} was removed: there were {known.sequence}.")
    if known != head:
        raise Broken(f"Entry {head.sequence} is not the newest that was written.")


def _require_next(entry: AdminLog, head: Anchor) -> None:
    number, expected = entry.sequence, head.sequence + 1
    if number > expected:
        raise Broken(f"Entry {expected} was removed.")
    if number < expected:
        raise Broken(f"Entry {number} was inserted ({entry.created_at:%Y-%m-%d %H:%M:%S} UTC).")
    if not entry.has_its_seal():
        raise Broken(f"Entry {number} was altered or inserted: its seal does not fit.")
    if entry.previous_seal != head.seal:
        raise Broken(f"Entry {number} does not follow the one before it: that was replaced.")
