"""Texts of staff's own, who wants no mail, and which reminders were seen to."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from coachbot.models import TimestampedModel, UUIDModel
from coachbot.notifications.kinds import Kind
from coachbot.notifications.placeholders import unknown_in
from scheduling.models import Booking

LANGUAGES = [code for code, _ in settings.LANGUAGES]


class Topic(models.TextChoices):
    """What one may unsubscribe from. All else is about one's own appointments, and needed."""

    REMINDER = "reminder", "Reminders"
    FEEDBACK = "feedback", "Invitations to give feedback"


class MailTemplate(UUIDModel, TimestampedModel):
    """Words of staff's own for one kind of mail in one language, instead of the standard ones."""

    kind = models.CharField("mail", max_length=30, choices=Kind)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    subject = models.CharField(max_length=200)
    text = models.TextField(
        max_length=10_000,
        help_text="An empty line begins a paragraph. Names in braces are filled in.",
    )
    html = models.TextField(
        "HTML",
        max_length=50_000,
        blank=True,
        help_text="What stands between the head and the foot of the mail. Made from the text if "
        "this is empty.",
    )

    class Meta:
        ordering = ["kind", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language"],
                name="mail_template_once",
                violation_error_message="There are own words for this mail in this language: "
                "change those.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values), name="mail_template_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(language__in=LANGUAGES), name="mail_template_language_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_language_display()})"

    def clean(self) -> None:
        """Placeholders that this mail does not have would be sent as they are."""
        if self.kind not in Kind.values:
            return  # said of the field itself
        allowed = Kind(self.kind).placeholders
        mistakes = {
            name: f"There is no {', '.join(f'{{{each}}}' for each in found)} here. "
            f"What there is: {', '.join(f'{{{each}}}' for each in allowed)}."
            for name in ("subject", "text", "html")
            if (found := unknown_in(getattr(self, name) or "", allowed))
        }
        if mistakes:
            raise ValidationError(mistakes)


class Unsubscription(UUIDModel):
    """An address to which no mail of one topic goes, whoever uses it."""

    email = models.EmailField()
    topic = models.CharField(max_length=10, choices=Topic)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["email", "topic"]
        constraints = [
            models.UniqueConstraint(Lower("email"), "topic", name="unsubscription_once"),
            models.CheckConstraint(
                condition=Q(topic__in=Topic.values), name="unsubscription_topic_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}: no {self.get_topic_display().lower()}"


class Reminder(UUIDModel):
    """A reminder that was seen to: of a booking at this time, so many hours before. Kept until the
    time is past; a booking that moves has another time."""

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    hours = models.PositiveIntegerField()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["starts_at", "booking", "hours"], name="reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.hours} h before {self.starts_at:%Y-%m-%d %H:%M} UTC"
