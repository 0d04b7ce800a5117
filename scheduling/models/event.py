from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import User
from coachbot.models import UUIDModel
from scheduling.models.booking import Booking, BookingStatus
from scheduling.models.specialist import Specialist


class Role(models.TextChoices):
    """What somebody is to one booking."""

    CLIENT = "client", "Client"
    GUEST = "guest", "Guest"
    SPECIALIST = "specialist", "Specialist"
    STAFF = "staff", "Staff"


class BookingEventQuerySet(models.QuerySet["BookingEvent"]):
    def with_people(self) -> Self:
        return self.select_related("from_specialist", "to_specialist")


class BookingEvent(UUIDModel):
    """One change in a booking's life: a new state, a new time, or somebody else who sees to it
    (then `from_specialist` did before). Written with the change."""

    # The unique constraint has an index that begins with it.
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="events", db_index=False)
    at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(help_text="The booking's version after the change.")
    from_status = models.CharField(max_length=10, choices=BookingStatus, blank=True)
    to_status = models.CharField(max_length=10, choices=BookingStatus)
    from_starts_at = models.DateTimeField(null=True, blank=True)
    to_starts_at = models.DateTimeField()
    from_specialist = models.ForeignKey(
        Specialist, models.PROTECT, null=True, blank=True, related_name="+"
    )
    to_specialist = models.ForeignKey(
        Specialist, models.PROTECT, null=True, blank=True, related_name="+"
    )
    by = models.CharField(max_length=10, choices=Role)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    objects = BookingEventQuerySet.as_manager()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "version"], name="booking_event_once_per_version"
            ),
            models.CheckConstraint(condition=Q(by__in=Role.values), name="booking_event_by_known"),
            models.CheckConstraint(
                condition=~Q(from_status=F("to_status"))
                | ~Q(from_starts_at=F("to_starts_at"))
                | Q(from_specialist__isnull=False),
                name="booking_event_changes_something",
            ),
        ]
        indexes = [models.Index(fields=["at", "id"], name="booking_event_at")]

    def __str__(self) -> str:
        return f"{self.from_status or 'new'} → {self.to_status} by {self.by}"

    @property
    def is_hand_over(self) -> bool:
        """Whether another specialist sees to it since then."""
        return self.from_specialist_id is not None

    @property
    def is_move(self) -> bool:
        """Whether the time changed, and nothing else."""
        return self.from_status == self.to_status and not self.is_hand_over

    def specialist_then(self) -> Specialist:
        """Who saw to the booking after this change, even if somebody else does by now."""
        if self.to_specialist:
            return self.to_specialist
        later = self.booking.events.filter(
            version__gt=self.version, from_specialist__isnull=False
        ).select_related("from_specialist")
        handed_over = later.order_by("version").first()
        if handed_over and handed_over.from_specialist:
            return handed_over.from_specialist
        return self.booking.specialist
