"""What clients say of bookings that took place. Only `feedback.services` writes it."""

from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value

from accounts.models import User
from coachbot.models import TimestampedModel, UUIDModel
from scheduling.models import Booking, Specialist
from scheduling.models.booking import BookingQuerySet

LOWEST, HIGHEST = 1, 5
LONGEST = 2_000

VISIBLE = Q(hidden_at=None)


def bookings_of(user: User | None, manage_token: str = "") -> BookingQuerySet:
    """Those whose client asks: as `user`, as the guest who holds `manage_token`, or both."""
    opened = Booking.objects.opened_by(manage_token)
    return opened if user is None else Booking.objects.filter(client=user) | opened


def sees_hidden(user: User | None) -> bool:
    """Staff who may view feedback, or hide it."""
    rights = ("feedback.view_feedback", "feedback.change_feedback")
    return user is not None and any(user.is_staff_with(right) for right in rights)


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def visible(self) -> Self:
        return self.filter(VISIBLE)

    def visible_to(self, user: User | None, manage_token: str = "") -> Self:
        """Staff with the right all there is, others what is not hidden of specialists who are not
        deleted, and what they said themselves. Each row says whether it `is_own`."""
        own = Exists(bookings_of(user, manage_token).filter(pk=OuterRef("booking")))
        if sees_hidden(user):
            return self.annotate(is_own=own)
        public = VISIBLE & Q(specialist__deleted_at=None)
        if user is None and not manage_token:
            return self.filter(public).annotate(is_own=Value(False))
        return self.filter(public | Q(own)).annotate(is_own=own)

    def given_by(self, user: User | None, manage_token: str = "") -> Self:
        return self.filter(booking__in=bookings_of(user, manage_token).values("pk"))

    def search(self, text: str) -> Self:
        """Found by the booking's reference, or by its client's name, email or phone."""
        return self.filter(booking__in=Booking.objects.search(text).order_by().values("pk"))

    def with_booking(self) -> Self:
        return self.select_related("booking", "specialist")


class Feedback(UUIDModel, TimestampedModel):
    """What the client of a completed booking thinks of it. `specialist` is the booking's, which is
    settled by then; `author` is what the public reads of the client's name.

    Triggers hold both, and count what is visible into the specialist's rating: guards.py.
    """

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="+", db_index=False)
    specialist = models.ForeignKey(
        Specialist, models.PROTECT, related_name="feedback", db_index=False
    )
    rating = models.PositiveSmallIntegerField(
        choices=[(stars, "★" * stars) for stars in range(LOWEST, HIGHEST + 1)],
        validators=[MinValueValidator(LOWEST), MaxValueValidator(HIGHEST)],
    )
    comment = models.TextField(blank=True, max_length=LONGEST)
    reply = models.TextField(blank=True, max_length=LONGEST)
    author = models.CharField(max_length=160, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True, editable=False)

    personal_fields = frozenset({"comment", "reply", "author", "__reason__"})

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "feedback"
        ordering = ["-created_at", "-id"]
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(fields=["booking"], name="feedback_one_per_booking"),
            models.CheckConstraint(
                condition=Q(rating__range=(LOWEST, HIGHEST)), name="feedback_rating_in_range"
            ),
        ]
        indexes = [
            models.Index(fields=["specialist", "created_at", "id"], name="feedback_specialist"),
            models.Index(fields=["created_at", "id"], name="feedback_created"),
            models.Index(fields=["rating", "created_at"], name="feedback_rating"),
        ]

    def __str__(self) -> str:
        return f"{self.rating} of {HIGHEST}, {self.created_at:%Y-%m-%d}"

    @property
    def person_id(self) -> UUID:
        """Whom its personal fields are about: the client."""
        return self.booking.person_id

    @property
    def is_hidden(self) -> bool:
        return self.hidden_at is not None

    @property
    def editable_until(self) -> datetime:
        """The end of the time in which its author may change it."""
        until: datetime = self.created_at + timedelta(days=settings.FEEDBACK_EDIT_DAYS)
        return until
