"""Who talks to the bot in Telegram, what came from there, and what is still to be sent there."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, F, Min, OuterRef, Q
from django.db.models.functions import Now

from accounts.models import User
from coachbot.chat.models.chats import Chat
from coachbot.models import CreatedAtField, TimestampedModel, UUIDModel

# Longer than one reply can take to send: until then nobody else tries.
LEASE = timedelta(minutes=2)


class TelegramLink(UUIDModel, TimestampedModel):
    """A user's account in Telegram, or the one-time code by which it is to be linked, or both.

    It is linked by a password, too: with another one, it has to be linked anew.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="telegram_link")
    telegram_id = models.BigIntegerField(null=True, blank=True)
    linked_at = models.DateTimeField(null=True, blank=True)
    password_hash = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of what was kept of the password."
    )
    chat = models.ForeignKey(Chat, models.SET_NULL, null=True, blank=True, related_name="+")
    code_hash = models.CharField(max_length=64, blank=True)
    code_expires_at = models.DateTimeField(null=True, blank=True)

    secret_fields: ClassVar[frozenset[str]] = frozenset({"code_hash", "password_hash"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["telegram_id"], name="telegram_link_one_user"),
            models.UniqueConstraint(
                fields=["code_hash"], condition=~Q(code_hash=""), name="telegram_link_one_code"
            ),
            models.CheckConstraint(
                condition=Q(telegram_id=None, linked_at=None)
                | Q(telegram_id__isnull=False, linked_at__isnull=False),
                name="telegram_link_dated",
            ),
            models.CheckConstraint(
                condition=Q(code_hash="") | Q(code_expires_at__isnull=False),
                name="telegram_link_code_expires",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in Telegram"


class TelegramUpdate(models.Model):
    """What was taken in, by Telegram's own number for it: it comes again if we did not answer."""

    update_id = models.BigIntegerField(primary_key=True)
    created_at = CreatedAtField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="telegram_update_age")]

    def __str__(self) -> str:
        return str(self.update_id)


class TelegramReplyQuerySet(models.QuerySet["TelegramReply"]):
    def next_in_line(self) -> Self:
        """The first of each conversation: the others wait for it."""
        before = TelegramReply.objects.filter(telegram_id=OuterRef("telegram_id"))
        return self.filter(~Exists(before.filter(pk__lt=OuterRef("pk"))))

    def due(self, now: datetime) -> Self:
        return self.next_in_line().filter(next_try_at__lte=now)

    def next_due(self) -> datetime | None:
        """When there is something to send, or was already; None if nothing waits."""
        at: datetime | None = self.next_in_line().aggregate(at=Min("next_try_at"))["at"]
        return at

    def claim(self, reply: "TelegramReply", now: datetime) -> bool:
        """Whether the caller is the one who is to send it now."""
        rows = self.filter(pk=reply.pk, next_try_at__lte=now)
        return bool(rows.update(next_try_at=now + LEASE, attempts=F("attempts") + 1))


class TelegramReply(UUIDModel):
    """What is still to be sent, written with the turn that it answers; gone once it is sent."""

    telegram_id = models.BigIntegerField()
    text = models.TextField()
    buttons = models.JSONField(default=list, blank=True, help_text="Rows of label and value.")
    callback_id = models.CharField(
        max_length=64, blank=True, help_text="The tap on a button that it answers."
    )
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    created_at = CreatedAtField(db_default=Now(), editable=False)

    objects = TelegramReplyQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["telegram_id", "id"], name="telegram_reply_conversation"),
            models.Index(fields=["next_try_at"], name="telegram_reply_due"),
        ]

    def __str__(self) -> str:
        return f"To {self.telegram_id}"
