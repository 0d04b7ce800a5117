"""When a specialist works: weekly windows, whole days off, and one-off windows."""

from datetime import UTC, date, datetime, time
from typing import Self, TypeVar

from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from accounts.models import User
from coachbot.db.constraints import PostgresExclusion
from coachbot.models import TimestampedModel, UUIDModel
from scheduling.models.specialist import Specialist

MIDNIGHT = time(0)
# No clock of ours is right outside these, and one absurd row would break every list it is in.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2101, 1, 1, tzinfo=UTC)


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


H = TypeVar("H", bound="HoursModel")


class HoursQuerySet(models.QuerySet[H]):
    def visible_to(self, user: User) -> Self:
        """Staff everyone's hours, specialists their own; who is deleted has none.

        What staff may do with hours is for their permissions to say: ask those first."""
        rows = self.filter(specialist__deleted_at=None)
        return rows if user.is_staff else rows.filter(specialist__user=user)


class ScheduleQuerySet(HoursQuerySet["Schedule"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def overlapping(self, schedule: "Schedule") -> Self:
        """Other active windows of the specialist that share wall-clock time with `schedule`."""
        end = schedule.end_time
        found = (
            self.active()
            .exclude(pk=schedule.pk)
            .filter(
                Q(end_time__gt=schedule.start_time) | Q(end_time=MIDNIGHT),
                Q(valid_from=None) | Q(valid_from__lte=schedule.valid_until or date.max),
                Q(valid_until=None) | Q(valid_until__gte=schedule.valid_from or date.min),
                specialist=schedule.specialist_id,
                weekday=schedule.weekday,
            )
        )
        return found if end == MIDNIGHT else found.filter(start_time__lt=end)


class DayOffQuerySet(HoursQuerySet["DayOff"]):
    def active(self) -> Self:
        return self.filter(is_active=True)


class AvailabilityQuerySet(HoursQuerySet["Availability"]):
    pass


class HoursModel(UUIDModel, TimestampedModel):
    specialist: models.ForeignKey[Specialist, Specialist]

    class Meta:
        abstract = True


class Schedule(HoursModel):
    """A weekly working window, wall-clock in the specialist's zone. Ends at 00:00: midnight."""

    specialist = models.ForeignKey(Specialist, models.CASCADE, related_name="schedules")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    start_time = models.TimeField()
    end_time = models.TimeField(help_text="00:00 means midnight at the end of the day.")
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True, help_text="The last day, inclusive.")
    is_active = models.BooleanField(default=True)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["weekday", "start_time", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__range=(0, 6)), name="schedule_weekday_known"
            ),
            models.CheckConstraint(
                condition=Q(end_time__gt=F("start_time")) | Q(end_time=MIDNIGHT),
                name="schedule_not_empty",
                violation_error_message="A window must end after it starts (00:00: at midnight).",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None)
                | Q(valid_until=None)
                | Q(valid_until__gte=F("valid_from")),
                name="schedule_validity_in_order",
                violation_error_message="The last valid day must not be before the first.",
            ),
            PostgresExclusion(
                name="schedule_no_overlap",
                expressions=[
                    ("specialist", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (
                        Func(
                            F("start_time"),
                            F("end_time"),
                            template=(
                                "int4range(EXTRACT(EPOCH FROM start_time)::int, "
                                "CASE end_time WHEN '00:00' THEN 86400 "
                                "ELSE EXTRACT(EPOCH FROM end_time)::int END)"
                            ),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_until"),
                            Value("[]"),
                            function="DATERANGE",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(is_active=True),
            ),
        ]

    def __str__(self) -> str:
        days = f" {self.valid_from or ''}…{self.valid_until or ''}"
        return (
            f"{Weekday(self.weekday).label} {self.start_time:%H:%M}–{self.end_time:%H:%M}"
            f"{days if self.valid_from or self.valid_until else ''}"
        )


class DayOff(HoursModel):
    """A calendar day, midnight to midnight in the specialist's zone, without work."""

    specialist = models.ForeignKey(Specialist, models.CASCADE, related_name="days_off")
    date = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)

    objects = DayOffQuerySet.as_manager()

    class Meta:
        ordering = ["date", "id"]
        verbose_name_plural = "days off"
        constraints = [
            models.UniqueConstraint(
                fields=["specialist", "date"],
                condition=Q(is_active=True),
                name="day_off_once_per_date",
                violation_error_message="This specialist has that day off already.",
            ),
            models.CheckConstraint(
                condition=Q(date__range=(EARLIEST.date(), LATEST.date())),
                name="day_off_within_horizon",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.reason}".strip()


class Availability(HoursModel):
    """A one-off window: opens time outside the weekly windows, or blocks time inside them."""

    specialist = models.ForeignKey(Specialist, models.CASCADE, related_name="availabilities")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_available = models.BooleanField(
        default=True, help_text="On: open for booking. Off: blocked."
    )
    reason = models.CharField(max_length=200, blank=True)

    objects = AvailabilityQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        verbose_name_plural = "availability"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="availability_not_empty",
                violation_error_message="It must end after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__gte=EARLIEST) & Q(ends_at__lte=LATEST),
                name="availability_within_horizon",
                violation_error_message="The years 2000 to 2100 only.",
            ),
        ]
        indexes = [
            models.Index(fields=["specialist", "ends_at"], name="availability_specialist_end")
        ]

    def __str__(self) -> str:
        kind = "open" if self.is_available else "blocked"
        return f"{kind} {self.starts_at:%Y-%m-%d %H:%M}–{self.ends_at:%Y-%m-%d %H:%M} UTC"
