import re
from typing import Self
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Length, NullIf
from django.db.models.lookups import Exact
from timezone_field import TimeZoneField

from accounts.models import User, validate_phone
from coachbot.db.compiled import ByKey
from coachbot.models import AliveManager, SoftDeleteModel, SoftDeleteQuerySet, UUIDModel

validate_currency = RegexValidator(
    r"\A[A-Z]{3}\Z", "Enter a currency as three letters (ISO 4217), such as EUR."
)
LONGEST_MINUTES = 24 * 60


def between(least: int, most: int) -> list[MinValueValidator | MaxValueValidator]:
    """Says early, and with the field's name, what a constraint would say late."""
    return [MinValueValidator(least), MaxValueValidator(most)]


def validate_languages(codes: object) -> None:
    """Raise ValidationError unless `codes` is a list of two-letter codes (ISO 639-1)."""
    if not isinstance(codes, list) or not all(
        isinstance(code, str) and re.fullmatch("[a-z]{2}", code) for code in codes
    ):
        raise ValidationError(
            'Enter languages as a list of two-letter codes (ISO 639-1): ["de", "en"].',
            code="invalid_languages",
        )


class SpecialistQuerySet(SoftDeleteQuerySet["Specialist"]):
    def active(self) -> Self:
        """Who takes bookings now."""
        return self.alive().filter(is_active=True)

    def visible_to(self, user: User | None) -> Self:
        """Staff with the right to view see everyone who is not deleted, others whom they can book,
        and themselves."""
        if user is not None and user.is_staff_with("scheduling.view_specialist"):
            return self.alive()
        return self.alive().filter(Q(is_active=True) | Q(user__isnull=False, user=user))

    def search(self, text: str) -> Self:
        """Specialists of whom every word of `text` is found in what they say of themselves."""
        found = self
        for word in text.split():
            found = found.filter(
                Q(name__icontains=word)
                | Q(specialization__icontains=word)
                | Q(bio__icontains=word)
                | Q(languages__icontains=f'"{word}"')
                | Q(location__icontains=word)
            )
        return found

    def speaking(self, language: str) -> Self:
        return self.filter(languages__icontains=f'"{language}"')


SpecialistManager = AliveManager.from_queryset(SpecialistQuerySet)


_EverybodyManager = models.Manager.from_queryset(SpecialistQuerySet)


class EverybodyManager(_EverybodyManager):  # type: ignore[type-arg] # no generic at runtime
    """Deleted ones too."""

    def lock(self, pk: UUID) -> "Specialist":
        """The row, locked until the transaction ends: all who write somebody's time queue here.

        NO KEY: bookings that merely point here need not wait. Raises DoesNotExist.
        """
        specialist: Specialist = LOCKED.get(pk=pk)
        return specialist


class Specialist(UUIDModel, SoftDeleteModel):
    """Someone who can be booked. Hours are wall-clock in their `time_zone`."""

    user = models.OneToOneField(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="specialist",
        help_text="The account with which they sign in; empty if staff manage them.",
    )
    name = models.CharField(max_length=200)
    specialization = models.CharField(max_length=200, blank=True)
    bio = models.TextField(blank=True, max_length=10_000)
    certifications = models.TextField(blank=True, max_length=10_000)
    languages = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_languages],
        help_text='Two-letter codes: ["de", "en"].',
    )
    location = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True, validators=[validate_phone])
    hourly_rate = models.DecimalField(
        max_digits=10, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(max_length=3, default="EUR", validators=[validate_currency])
    time_zone = TimeZoneField(default="UTC", choices_display="STANDARD")
    default_duration_minutes = models.PositiveIntegerField(
        default=60,
        validators=between(1, LONGEST_MINUTES),
        help_text="How long a booking without a service lasts.",
    )
    is_active = models.BooleanField(
        default=True, help_text="Off: takes no bookings and is in no listing."
    )
    # Kept in step with feedback by whoever writes feedback, so that lists need no look-up.
    rating_sum = models.PositiveIntegerField(default=0, editable=False)
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    rating_average = models.GeneratedField(
        expression=Cast(F("rating_sum"), models.FloatField()) / NullIf(F("rating_count"), 0),
        output_field=models.FloatField(null=True),
        db_persist=True,
    )

    objects = SpecialistManager()
    everything = EverybodyManager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="specialist_has_name"),
            models.CheckConstraint(
                condition=Q(hourly_rate__gte=0), name="specialist_rate_not_negative"
            ),
            models.CheckConstraint(
                condition=Exact(Length("currency"), 3), name="specialist_currency_iso"
            ),
            models.CheckConstraint(
                condition=Q(default_duration_minutes__range=(1, LONGEST_MINUTES)),
                name="specialist_duration_in_range",
            ),
            models.CheckConstraint(
                condition=Q(rating_sum__gte=F("rating_count"))
                & Q(rating_sum__lte=F("rating_count") * 5),
                name="specialist_rating_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name


PRESENT = ByKey(Specialist.objects.all())
LOCKED = ByKey(Specialist.everything.select_for_update(no_key=True))
