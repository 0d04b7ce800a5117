"""What was answered under which idempotency key, so that a retry finds the answer.

A stolen database gives no answer away: it holds of a key only the hash, and an answer can be
opened only with the key and with SECRET_KEY together.
"""

import hashlib
import json
from datetime import datetime
from typing import Any, NamedTuple, Self

from cryptography.fernet import InvalidToken, MultiFernet
from django.db import models

from coachbot.sealing import cipher

PURGE_BATCH = 1000


class Answer(NamedTuple):
    """What a client got; `body` is plain JSON, or None for none."""

    status: int
    headers: dict[str, str]
    body: Any


class Unreadable(Exception):
    """The SECRET_KEY that sealed this answer is gone."""


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    def of(self, owner: str, key: str) -> Self:
        return self.filter(owner=owner, key_hash=hash_key(key))

    def expired(self, now: datetime) -> Self:
        return self.filter(expires_at__lte=now)

    def purge(self, now: datetime) -> int:
        """Delete what has expired, in batches that hold nobody up. How many there were."""
        purged = 0
        while batch := list(self.expired(now).values_list("pk", flat=True)[:PURGE_BATCH]):
            purged += self.filter(pk__in=batch).delete()[0]
        return purged


class IdempotencyKey(models.Model):
    """One request of one owner and its answer, written in the transaction of the work itself."""

    owner = models.CharField(max_length=100)
    key_hash = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of what was asked.")
    expires_at = models.DateTimeField()
    sealed_answer = models.TextField(blank=True)

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "key_hash"], name="idempotency_key_once_per_owner"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="idempotency_key_expiry")]

    def __str__(self) -> str:
        return f"{self.owner} {self.key_hash[:8]}"

    def seal(self, answer: Answer, key: str) -> None:
        document = json.dumps(answer, separators=(",", ":"))
        self.sealed_answer = self._cipher(key).encrypt(document.encode()).decode()

    def open(self, key: str) -> Answer:
        """The answer that was sealed. Raises Unreadable after a change of SECRET_KEY without
        SECRET_KEY_FALLBACKS."""
        try:
            document = self._cipher(key).decrypt(self.sealed_answer)
        except InvalidToken as failure:
            raise Unreadable from failure
        return Answer(*json.loads(document))

    def _cipher(self, key: str) -> MultiFernet:
        return cipher("coachbot.idempotency", f"{self.owner} {key}")


def hash_key(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
