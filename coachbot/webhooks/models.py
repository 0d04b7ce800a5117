"""Who is told of what happens, what they were told, and how that went."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.db import models
from django.db.models import Q

from accounts.models import User
from coachbot.models import TimestampedModel, UUIDModel
from coachbot.sealing import cipher
from feedback.models import Feedback
from scheduling.models import BookingEvent
from scheduling.models.booking import as_reference

SALT = "coachbot.webhooks"
# The spelling of errors and of answers is for people: more of it helps nobody.
LONGEST_ERROR, LONGEST_ANSWER = 200, 1024
# How long a receiver may go on with the secret before the last.
OVERLAP = timedelta(hours=24)


class EventType(models.TextChoices):
    """What somebody can be told of: the topics that services announce."""

    BOOKING_CREATED = "booking.created", "A booking was made"
    BOOKING_CONFIRMED = "booking.confirmed", "A booking was confirmed"
    BOOKING_RESCHEDULED = "booking.rescheduled", "A booking was moved"
    BOOKING_HANDED_OVER = "booking.handed_over", "A booking went to another specialist"
    BOOKING_CANCELLED = "booking.cancelled", "A booking was cancelled"
    BOOKING_COMPLETED = "booking.completed", "A booking took place"
    BOOKING_NO_SHOW = "booking.no_show", "A client did not come"
    FEEDBACK_CREATED = "feedback.created", "A client gave feedback"


TEST = "test"


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def in_trouble(self) -> Self:
        """Those that were switched off by themselves, and those that fail at the moment."""
        return self.filter(~Q(off_because="") | Q(is_active=True, failing_since__isnull=False))


class WebhookEndpoint(UUIDModel, TimestampedModel):
    """An address that is told of events. Only `coachbot.webhooks.services` writes what it is;
    each delivery notes how it fares. It is switched off, never deleted: its deliveries name it."""

    name = models.CharField(max_length=100, help_text="What you call whoever listens there.")
    url = models.CharField("address", max_length=500)
    events = models.JSONField(default=list, help_text="The types that it is told of.")
    includes_personal_data = models.BooleanField(
        "include personal data",
        default=False,
        help_text="Names, contact details, notes, reasons and comments of clients go out, too. "
        "Only for who needs them, and may have them.",
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="Off: events that happen meanwhile are not kept for it."
    )
    sealed_secret = models.CharField(max_length=300, editable=False)
    former_secret = models.CharField(max_length=300, blank=True, editable=False)
    former_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    last_success_at = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(
        null=True, editable=False, help_text="The first failure that no success has followed."
    )
    off_because = models.CharField(
        "switched off because", max_length=200, blank=True, editable=False
    )

    secret_fields = frozenset({"sealed_secret", "former_secret"})

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(off_because="") | Q(is_active=False), name="webhook_off_is_off"
            ),
            models.CheckConstraint(
                condition=Q(former_secret="") | Q(former_secret_until__isnull=False),
                name="webhook_former_secret_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def seal(self, secret: str) -> str:
        return cipher(SALT, str(self.pk)).encrypt(secret.encode()).decode()

    def secrets(self, now: datetime) -> Iterator[str]:
        """With which a delivery is signed: the present one, and the one before while it is good.
        Raises InvalidToken where the SECRET_KEY that sealed the present one is gone."""
        yield self._open(self.sealed_secret)
        if self.former_secret and self.former_secret_until and now < self.former_secret_until:
            with suppress(InvalidToken):
                yield self._open(self.former_secret)

    def reseal(self) -> None:
        """With the SECRET_KEY of today. Raises InvalidToken."""
        keys = cipher(SALT, str(self.pk))
        self.sealed_secret = keys.rotate(self.sealed_secret).decode()
        former, self.former_secret = self.former_secret, ""
        with suppress(InvalidToken):
            self.former_secret = keys.rotate(former).decode() if former else ""

    def _open(self, sealed: str) -> str:
        return cipher(SALT, str(self.pk)).decrypt(sealed).decode()


class DeliveryStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def search(self, text: str) -> Self:
        """By its id, by that of the event, or by the reference of the booking that it is about."""
        if not text.strip():
            return self
        try:
            key = UUID(text.strip())
        except ValueError:
            return self.filter(event_id__in=_events_of(as_reference(text)))
        return self.filter(Q(pk=key) | Q(event_id=key))


def _events_of(reference: str) -> list[UUID]:
    booking = {"booking__reference": reference}
    events = BookingEvent.objects.filter(**booking).values_list("pk", flat=True)
    return [*events, *Feedback.objects.filter(**booking).values_list("pk", flat=True)]


class WebhookDelivery(UUIDModel, TimestampedModel):
    """One event for one endpoint. Its id is the receiver's `webhook-id`, of all attempts alike.

    What is sent is made from `event_id` (a BookingEvent, or a Feedback) each time: nothing personal
    is kept here, and who is erased is erased from what is sent again, too.
    """

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.PROTECT, related_name="deliveries", db_index=False
    )
    type = models.CharField("event", max_length=40, choices=[*EventType.choices, (TEST, "A test")])
    event_id = models.UUIDField(editable=False)
    status = models.CharField(max_length=10, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    attempts_made = models.PositiveIntegerField("attempts", default=0)
    # Since it was last begun: a replay has as many as the first time.
    tries = models.PositiveIntegerField(default=0, editable=False)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=LONGEST_ERROR, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        ordering = ["-created_at", "-id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event_id"], name="webhook_delivery_once_per_event"
            ),
            models.CheckConstraint(
                condition=Q(status__in=DeliveryStatus.values), name="webhook_delivery_status_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "-created_at", "-id"], name="webhook_delivery_endpoint"
            ),
            models.Index(fields=["status", "-created_at", "-id"], name="webhook_delivery_status"),
            models.Index(fields=["-created_at", "-id"], name="webhook_delivery_created"),
        ]

    def __str__(self) -> str:
        return f"{self.type} for {self.endpoint}"


class WebhookAttempt(UUIDModel):
    """One request, and what came of it. `status_code` is empty if there was no answer."""

    delivery = models.ForeignKey(
        WebhookDelivery, models.CASCADE, related_name="attempts", db_index=False
    )
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField("duration (ms)")
    error = models.CharField(max_length=LONGEST_ERROR, blank=True)
    answer = models.TextField(blank=True, help_text="How the answer begins.")

    class Meta:
        ordering = ["number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "number"], name="webhook_attempt_numbered_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.error or self.status_code}"
