"""Who waits for time that is not free, and time that is held for them."""

from datetime import datetime, tzinfo
from typing import Self
from uuid import UUID

from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Upper

from accounts.models import User, validate_phone
from coachbot.db.constraints import PostgresExclusion
from coachbot.models import TimestampedModel, UUIDModel
from scheduling.models.booking import Booking, hash_token
from scheduling.models.hours import EARLIEST, LATEST, Weekday
from scheduling.models.service import Service
from scheduling.models.specialist import LONGEST_MINUTES, Specialist, between

NOBODY_IN_PARTICULAR = Value(UUID(int=0), output_field=models.UUIDField())


def validate_weekdays(days: object) -> None:
    """Raise ValidationError unless `days` is a list of weekdays, each once."""
    if (
        not isinstance(days, list)
        or not all(type(day) is int and day in Weekday for day in days)
        or len(set(days)) < len(days)
    ):
        raise ValidationError(
            "Enter weekdays as a list of numbers, 0 for Monday to 6 for Sunday, each once: [0, 4].",
            code="invalid_weekdays",
        )


class WaitingStatus(models.TextChoices):
    WAITING = "waiting", "Waiting"
    OFFERED = "offered", "Offered"
    BOOKED = "booked", "Booked"
    LEFT = "left", "Left"
    EXPIRED = "expired", "Expired"


IN_LINE = Q(status__in=[WaitingStatus.WAITING, WaitingStatus.OFFERED])
WAITS = Q(status=WaitingStatus.WAITING)


class WaitingListQuerySet(models.QuerySet["WaitingListEntry"]):
    def in_line(self) -> Self:
        """Those who wait, and those who have an offer."""
        return self.filter(IN_LINE)

    def waiting(self) -> Self:
        return self.filter(WAITS)

    def waiting_for(self, specialist: UUID, now: datetime) -> Self:
        """Whom time of `specialist` would suit, first who is first in line."""
        offered = Service.objects.active().filter(specialists=specialist)
        return (
            self.waiting()
            .filter(Q(specialist=specialist) | Q(specialist=None), latest__gte=now)
            .filter(Q(service=None) | Q(service__in=offered))
            .filter(Q(client=None) | Q(client__is_active=True))
            .order_by("queued_at", "id")
        )

    def of(self, client: User | None, email: str) -> Self:
        """Those of `client`, or of the guest with that address."""
        if client is not None:
            return self.filter(client=client)
        return self.filter(client=None, client_email__iexact=email)

    def visible_to(self, user: User) -> Self:
        """Staff all of them, others their own and those who wait for them as a specialist."""
        if user.is_staff:
            return self
        return self.filter(Q(client=user) | Q(specialist__user=user))

    def opened_by(self, manage_token: str) -> Self:
        """The one entry whose guest holds `manage_token`, or none."""
        return (
            self.filter(manage_token_hash=hash_token(manage_token)) if manage_token else self.none()
        )

    def search(self, text: str) -> Self:
        """Entries in which every word of `text` is in the client's name, email or phone."""
        found = self
        for word in text.split():
            found = found.filter(
                Q(client_name__icontains=word)
                | Q(client_email__icontains=word)
                | Q(client_phone__icontains=word)
            )
        return found

    def with_people(self) -> Self:
        """And the time that is held for them: `offers`, one at most."""
        held = models.Prefetch(
            "holds", Hold.objects.unreleased().select_related("specialist"), to_attr="offers"
        )
        return self.select_related("specialist", "service", "client").prefetch_related(held)


class WaitingListEntry(UUIDModel, TimestampedModel):
    """Somebody who waits for time: of a specialist, or of whoever offers a service.

    It may begin from `earliest` to `latest`, both included; on `weekdays` alone, if there are any,
    and between two times of the specialist's clock. `queued_at` is the place in line.
    """

    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="waiting"
    )
    specialist = models.ForeignKey(
        Specialist,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="waiting",
        help_text="Empty: whoever offers the service.",
    )
    duration_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=between(1, LONGEST_MINUTES),
        help_text="Only without a service; empty is the specialist's default.",
    )
    client = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="waiting_list_entries"
    )
    client_name = models.CharField(max_length=200)
    client_email = models.EmailField(blank=True)
    client_phone = models.CharField(max_length=32, blank=True, validators=[validate_phone])
    manage_token_hash = models.CharField(max_length=64, blank=True, editable=False)
    earliest = models.DateTimeField(help_text="The first instant at which it may begin.")
    latest = models.DateTimeField(help_text="The last instant at which it may begin.")
    weekdays = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_weekdays],
        help_text="0 (Monday) to 6 (Sunday), in the specialist's zone; empty: any day.",
    )
    earliest_time = models.TimeField(
        null=True, blank=True, help_text="Of the specialist's clock; not before that time of day."
    )
    latest_time = models.TimeField(
        null=True, blank=True, help_text="Of the specialist's clock; not after that time of day."
    )
    status = models.CharField(max_length=8, choices=WaitingStatus, default=WaitingStatus.WAITING)
    queued_at = models.DateTimeField(editable=False)
    offers_passed = models.PositiveIntegerField(
        default=0, editable=False, help_text="How many offers were declined, or left to expire."
    )
    booking = models.OneToOneField(
        Booking, models.PROTECT, null=True, blank=True, related_name="waiting_list_entry"
    )

    secret_fields = frozenset({"manage_token_hash"})
    personal_fields = frozenset({"client_name", "client_email", "client_phone"})

    objects = WaitingListQuerySet.as_manager()

    class Meta:
        ordering = ["queued_at", "id"]
        verbose_name = "waiting list entry"
        verbose_name_plural = "waiting list"
        constraints = [
            models.UniqueConstraint(
                F("client"),
                Coalesce(F("service"), NOBODY_IN_PARTICULAR),
                Coalesce(F("specialist"), NOBODY_IN_PARTICULAR),
                condition=IN_LINE,
                name="waiting_once_per_client",
            ),
            models.UniqueConstraint(
                Upper("client_email"),
                Coalesce(F("service"), NOBODY_IN_PARTICULAR),
                Coalesce(F("specialist"), NOBODY_IN_PARTICULAR),
                condition=IN_LINE & Q(client=None),
                name="waiting_once_per_guest",
            ),
            models.UniqueConstraint(
                fields=["manage_token_hash"],
                condition=~Q(manage_token_hash=""),
                name="waiting_manage_token_unique",
            ),
            models.CheckConstraint(
                condition=Q(service__isnull=False) | Q(specialist__isnull=False),
                name="waiting_for_something",
            ),
            models.CheckConstraint(
                condition=Q(duration_minutes=None)
                | Q(service=None, duration_minutes__range=(1, LONGEST_MINUTES)),
                name="waiting_duration_in_range",
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=False) | (~Q(client_name="") & ~Q(client_email="")),
                name="waiting_has_client_or_guest",
            ),
            models.CheckConstraint(
                condition=Q(latest__gte=F("earliest")), name="waiting_range_in_order"
            ),
            models.CheckConstraint(
                condition=Q(earliest__gte=EARLIEST) & Q(latest__lte=LATEST),
                name="waiting_within_horizon",
            ),
            models.CheckConstraint(
                condition=Q(earliest_time=None)
                | Q(latest_time=None)
                | Q(latest_time__gte=F("earliest_time")),
                name="waiting_times_in_order",
            ),
            models.CheckConstraint(
                condition=Q(status__in=WaitingStatus.values), name="waiting_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status=WaitingStatus.BOOKED, booking__isnull=False)
                | (~Q(status=WaitingStatus.BOOKED) & Q(booking=None)),
                name="waiting_booked_with_booking",
            ),
        ]
        indexes = [
            # Those in line are a handful of all there ever were.
            models.Index(
                fields=["specialist", "queued_at"], condition=WAITS, name="waiting_specialist_line"
            ),
            models.Index(
                fields=["service", "queued_at"], condition=WAITS, name="waiting_service_line"
            ),
            models.Index(fields=["created_at", "id"], name="waiting_created"),
        ]

    def __str__(self) -> str:
        return f"{self.client_name}: {self.wanted}, {self.get_status_display().lower()}"

    @property
    def person_id(self) -> UUID:
        """Whom its personal fields are about; of a guest nobody knows more than this entry."""
        return self.client_id or self.pk

    @property
    def any_specialist(self) -> bool:
        return self.specialist_id is None

    @property
    def wanted(self) -> str:
        """What they wait for, in words."""
        with_whom = str(self.specialist) if self.specialist else "anyone"
        return f"{self.service} with {with_whom}" if self.service else f"time of {with_whom}"

    def is_opened_by(self, manage_token: str) -> bool:
        return bool(manage_token) and self.manage_token_hash == hash_token(manage_token)

    def suits(self, starts_at: datetime, zone: tzinfo) -> bool:
        """Whether time from `starts_at` on is what they wait for; `zone` is the specialist's."""
        local = starts_at.astimezone(zone)
        clock = local.time()
        return (
            self.earliest <= starts_at <= self.latest
            and (not self.weekdays or local.weekday() in self.weekdays)
            and (self.earliest_time is None or clock >= self.earliest_time)
            and (self.latest_time is None or clock <= self.latest_time)
        )


class HoldOutcome(models.TextChoices):
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    EXPIRED = "expired", "Expired"
    WITHDRAWN = "withdrawn", "Withdrawn"


UNRELEASED = Q(released_at=None)


class HoldQuerySet(models.QuerySet["Hold"]):
    def unreleased(self) -> Self:
        """Those that nothing became of yet; they may have expired."""
        return self.filter(UNRELEASED)

    def live(self, now: datetime) -> Self:
        """Those that keep others out of their time."""
        return self.unreleased().filter(expires_at__gt=now)

    def let_pass(self) -> Self:
        """Those that whoever was offered them did not want."""
        return self.filter(outcome__in=[HoldOutcome.DECLINED, HoldOutcome.EXPIRED])


class Hold(UUIDModel, TimestampedModel):
    """Time of a specialist that is kept for one who waits, until `expires_at`.

    No two of a specialist that are not released overlap. `occupied_*` is it with the buffers that
    the booking would have.
    """

    entry = models.ForeignKey(WaitingListEntry, models.CASCADE, related_name="holds")
    specialist = models.ForeignKey(Specialist, models.PROTECT, related_name="holds")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    occupied_starts_at = models.DateTimeField(editable=False)
    occupied_ends_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=9, choices=HoldOutcome, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            PostgresExclusion(
                name="hold_no_overlap",
                expressions=[
                    ("specialist", RangeOperators.EQUAL),
                    (
                        Func(
                            F("occupied_starts_at"),
                            F("occupied_ends_at"),
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=UNRELEASED,
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=UNRELEASED, name="hold_one_per_entry"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="hold_not_empty"),
            models.CheckConstraint(
                condition=Q(occupied_starts_at__lte=F("starts_at"))
                & Q(occupied_ends_at__gte=F("ends_at")),
                name="hold_inside_its_occupied_time",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__gte=EARLIEST) & Q(ends_at__lte=LATEST),
                name="hold_within_horizon",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("starts_at")), name="hold_expires_before_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(released_at=None, outcome="")
                | Q(released_at__isnull=False, outcome__in=HoldOutcome.values),
                name="hold_released_with_outcome",
            ),
        ]
        indexes = [
            models.Index(
                fields=["specialist", "occupied_ends_at", "occupied_starts_at"],
                condition=UNRELEASED,
                name="hold_occupied_time",
            ),
            models.Index(fields=["expires_at"], condition=UNRELEASED, name="hold_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} UTC until {self.expires_at:%Y-%m-%d %H:%M} UTC"
