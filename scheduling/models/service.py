from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from accounts.models import User
from coachbot.models import AliveManager, SoftDeleteModel, SoftDeleteQuerySet, UUIDModel
from scheduling.models.specialist import LONGEST_MINUTES, Specialist, between, validate_currency

LONGEST_NOTICE_MINUTES = 366 * LONGEST_MINUTES
FARTHEST_DAYS = 3660


class ServiceQuerySet(SoftDeleteQuerySet["Service"]):
    def active(self) -> Self:
        return self.alive().filter(is_active=True)

    def visible_to(self, user: User | None) -> Self:
        """Staff with the right to view see every service that is not deleted, others those that
        can be booked."""
        if user is not None and user.is_staff_with("scheduling.view_service"):
            return self.alive()
        return self.active()

    def search(self, text: str) -> Self:
        found = self
        for word in text.split():
            found = found.filter(Q(name__icontains=word) | Q(description__icontains=word))
        return found


ServiceManager = AliveManager.from_queryset(ServiceQuerySet)


class Service(UUIDModel, SoftDeleteModel):
    """What is booked. Where a notice or the advance is empty, the site's own applies."""

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, max_length=10_000)
    specialists = models.ManyToManyField(Specialist, related_name="services", blank=True)
    duration_minutes = models.PositiveIntegerField(
        default=60, validators=between(1, LONGEST_MINUTES)
    )
    buffer_before_minutes = models.PositiveIntegerField(
        default=0,
        validators=between(0, LONGEST_MINUTES),
        help_text="Kept free of other bookings before each booking.",
    )
    buffer_after_minutes = models.PositiveIntegerField(
        default=0,
        validators=between(0, LONGEST_MINUTES),
        help_text="Kept free of other bookings after each booking.",
    )
    slot_step_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=between(1, LONGEST_MINUTES),
        help_text="From one possible start to the next; empty: the duration.",
    )
    min_notice_minutes = models.PositiveIntegerField(
        null=True, blank=True, validators=between(0, LONGEST_NOTICE_MINUTES)
    )
    max_advance_days = models.PositiveIntegerField(
        null=True, blank=True, validators=between(1, FARTHEST_DAYS)
    )
    cancellation_notice_minutes = models.PositiveIntegerField(
        null=True, blank=True, validators=between(0, LONGEST_NOTICE_MINUTES)
    )
    requires_confirmation = models.BooleanField(
        default=False, help_text="New bookings wait until the specialist or staff confirm them."
    )
    price = models.DecimalField(
        max_digits=10, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(max_length=3, default="EUR", validators=[validate_currency])
    is_active = models.BooleanField(default=True, help_text="Off: it cannot be booked.")

    objects = ServiceManager()
    everything = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="service_has_name"),
            models.CheckConstraint(
                condition=Q(duration_minutes__range=(1, LONGEST_MINUTES)),
                name="service_duration_in_range",
            ),
            models.CheckConstraint(
                condition=Q(buffer_before_minutes__range=(0, LONGEST_MINUTES))
                & Q(buffer_after_minutes__range=(0, LONGEST_MINUTES)),
                name="service_buffers_in_range",
            ),
            models.CheckConstraint(
                condition=Q(slot_step_minutes=None)
                | Q(slot_step_minutes__range=(1, LONGEST_MINUTES)),
                name="service_step_in_range",
            ),
            models.CheckConstraint(
                condition=Q(min_notice_minutes=None)
                | Q(min_notice_minutes__range=(0, LONGEST_NOTICE_MINUTES)),
                name="service_min_notice_in_range",
            ),
            models.CheckConstraint(
                condition=Q(max_advance_days=None) | Q(max_advance_days__range=(1, FARTHEST_DAYS)),
                name="service_max_advance_in_range",
            ),
            models.CheckConstraint(
                condition=Q(cancellation_notice_minutes=None)
                | Q(cancellation_notice_minutes__range=(0, LONGEST_NOTICE_MINUTES)),
                name="service_cancellation_notice_in_range",
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="service_price_not_negative"),
            models.CheckConstraint(
                condition=Exact(Length("currency"), 3), name="service_currency_iso"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_bookable(self) -> bool:
        return self.is_active and not self.is_deleted
