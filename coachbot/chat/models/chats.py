"""A user's conversation with the booking bot, and its turns."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual
from timezone_field import TimeZoneField

from accounts.models import User
from coachbot.models import (
    AliveManager,
    CreatedAtField,
    SoftDeleteModel,
    SoftDeleteQuerySet,
    UUIDModel,
)

LONGEST_CONTENT = 2_000


class ChatQuerySet(SoftDeleteQuerySet["Chat"]):
    def of(self, user: User) -> Self:
        """One's own; staff, too, have no others here."""
        return self.filter(user=user)


ChatManager = AliveManager.from_queryset(ChatQuerySet)


class Chat(UUIDModel, SoftDeleteModel):
    """Only `coachbot.chat.services` writes it: whoever takes a turn locks the row first."""

    user = models.ForeignKey(User, models.CASCADE, related_name="chats")
    title = models.CharField(max_length=100, blank=True)
    time_zone = TimeZoneField(
        default="UTC", choices_display="STANDARD", help_text="Whose clock the bot speaks of."
    )
    state = models.JSONField(default=dict, blank=True, help_text="What the dialog remembers.")
    length = models.PositiveIntegerField(default=0, help_text="How many messages there are.")

    objects = ChatManager()
    everything = ChatQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-id"]
        indexes = [models.Index(fields=["user", "-updated_at", "-id"], name="chat_of_user")]

    def __str__(self) -> str:
        return self.title or "Untitled chat"


class Role(models.TextChoices):
    USER = "user", "User"
    BOT = "bot", "Bot"


class Message(UUIDModel):
    """One turn. `position` counts the turns of a chat: clocks of two processes could disagree."""

    chat = models.ForeignKey(Chat, models.CASCADE, related_name="messages")
    position = models.PositiveIntegerField()
    role = models.CharField(max_length=4, choices=Role)
    content = models.TextField()
    payload = models.JSONField(
        default=dict, blank=True, help_text="What the bot speaks of, as data: slots, bookings."
    )
    created_at = CreatedAtField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["chat", "position"]
        constraints = [
            models.UniqueConstraint(fields=["chat", "position"], name="message_one_per_turn"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="message_role_known"),
            models.CheckConstraint(
                condition=~Q(role=Role.USER)
                | Q(LessThanOrEqual(Length(F("content")), LONGEST_CONTENT)),
                name="message_of_user_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.content[:60]}"
