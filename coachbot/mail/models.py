from django.db import models
from django.db.models import Q

from coachbot.models import TimestampedModel, UUIDModel


class MailStatus(models.TextChoices):
    WAITING = "waiting", "Waiting"
    # Or cut off while it was sent, so that nobody knows.
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"


class Mail(UUIDModel, TimestampedModel):
    """One message to one address. What it says is sealed, and forgotten once it is sent."""

    key = models.CharField(
        max_length=200, unique=True, help_text="What it is for: nothing is told twice."
    )
    about = models.UUIDField(
        null=True, blank=True, help_text="The row that it is about, if there is one."
    )
    recipient = models.CharField(max_length=320)
    subject = models.CharField(max_length=300)
    content = models.TextField(blank=True, editable=False)
    status = models.CharField(max_length=10, choices=MailStatus, default=MailStatus.WAITING)
    tried_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    was_cut_off = models.BooleanField(
        default=False, help_text="Sending ended once without an answer, so it went out again."
    )

    personal_fields = frozenset({"recipient", "subject"})

    class Meta:
        verbose_name_plural = "mail"
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=MailStatus.values), name="mail_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status=MailStatus.SENT) ^ Q(sent_at__isnull=True),
                name="mail_sent_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["about"], name="mail_about", condition=Q(about__isnull=False)),
            models.Index(fields=["recipient"], name="mail_recipient"),
            models.Index(fields=["sent_at"], name="mail_sent_at"),
        ]

    def __str__(self) -> str:
        return self.subject
