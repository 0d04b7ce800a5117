"""Whose bookings a calendar may read, and under which secret."""

import hashlib
from typing import ClassVar, Self

from cryptography.fernet import InvalidToken, MultiFernet
from django.db import models
from django.db.models import Q

from accounts.models import User
from coachbot.models import TimestampedModel, UUIDModel
from coachbot.sealing import cipher
from scheduling.models import Specialist


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def with_owners(self) -> Self:
        return self.select_related("specialist", "user__specialist")

    def of(self, owner: User | Specialist) -> Self:
        return self.filter(user=owner) if isinstance(owner, User) else self.filter(specialist=owner)

    def opened_by(self, secret: str) -> Self:
        """The one with that secret, or none; of who may not sign in, or is removed, none."""
        managed = Q(specialist__user=None) | Q(specialist__user__is_active=True)
        here = Q(user__is_active=True) | managed & Q(user=None, specialist__deleted_at=None)
        return self.filter(here, secret_hash=hash_secret(secret))


class CalendarFeed(UUIDModel, TimestampedModel):
    """The address under which a calendar reads the bookings of a user, or of a specialist whom
    staff manage. Only `feeds.services` writes it.

    The hash finds it, so that a stolen table opens nothing; the sealed secret is for showing it
    again to its owner.
    """

    user = models.OneToOneField(
        User, models.CASCADE, null=True, blank=True, related_name="calendar_feed"
    )
    specialist = models.OneToOneField(
        Specialist, models.CASCADE, null=True, blank=True, related_name="calendar_feed"
    )
    secret_hash = models.CharField(max_length=64, editable=False)
    sealed_secret = models.TextField(editable=False)
    rotated_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True)

    secret_fields: ClassVar[frozenset[str]] = frozenset({"secret_hash", "sealed_secret"})

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["secret_hash"], name="calendar_feed_one_per_secret"),
            models.CheckConstraint(
                condition=Q(user=None, specialist__isnull=False)
                | Q(user__isnull=False, specialist=None),
                name="calendar_feed_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"Calendar of {self.owner}"

    @property
    def owner(self) -> User | Specialist:
        owner = self.user or self.specialist
        assert owner is not None  # noqa: S101 -- calendar_feed_one_owner
        return owner

    @property
    def working(self) -> Specialist | None:
        """Whose work it shows: the specialist that its owner is, if they are one."""
        own = self.specialist or getattr(self.user, "specialist", None)
        return None if own is None or own.is_deleted else own

    @property
    def secret(self) -> str | None:
        """None once SECRET_KEY has changed and the old one is forgotten: the address still works,
        and can be replaced."""
        try:
            return self._cipher.decrypt(self.sealed_secret).decode()
        except InvalidToken:
            return None

    def use(self, secret: str) -> None:
        """Take `secret` for the address, in place of an older one."""
        self.secret_hash = hash_secret(secret)
        self.sealed_secret = self._cipher.encrypt(secret.encode()).decode()

    @property
    def _cipher(self) -> MultiFernet:
        return cipher("coachbot.feeds", str(self.pk))


def hash_secret(secret: str) -> str:
    """SHA-256: it is as random as a key, so nothing slower is needed."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
