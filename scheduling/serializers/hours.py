"""When a specialist works."""

from copy import copy

from rest_framework import serializers

from coachbot.api.serializers import (
    DayField,
    StrictModelSerializer,
    WallClockField,
)
from scheduling.models import Availability, DayOff, Schedule, Specialist
from scheduling.models.hours import MIDNIGHT


class OwnSpecialistField(serializers.PrimaryKeyRelatedField):
    """A specialist whose hours the caller may write: for staff anyone, else only themselves."""

    def __init__(self, **kwargs):
        super().__init__(
            queryset=Specialist.objects.all(), pk_field=serializers.UUIDField(), **kwargs
        )

    def get_queryset(self):
        rows, user = super().get_queryset(), self.context["request"].user
        return rows if user.is_staff else rows.filter(user=user)


class HoursSerializer(StrictModelSerializer):
    """What all kinds of hours share. Whose they are is settled when they are made."""

    specialist = OwnSpecialistField()

    def validate_specialist(self, specialist):
        if self.instance is not None and specialist.pk != self.instance.specialist_id:
            raise serializers.ValidationError("Hours stay with their specialist.", code="fixed")
        return specialist

    def validate(self, attrs):
        row = copy(self.instance) or self.Meta.model()
        for name, value in attrs.items():
            setattr(row, name, value)
        self.check_order(row)
        return attrs

    def check_order(self, row):
        """Raise ValidationError if `row`, as it would be, ends before it starts."""

    @staticmethod
    def refuse(field, detail):
        raise serializers.ValidationError({field: detail}, code="invalid")


class ScheduleSerializer(HoursSerializer):
    """A weekly window, wall-clock in the specialist's time zone."""

    class Meta:
        model = Schedule
        fields = [
            "id",
            "specialist",
            "weekday",
            "start_time",
            "end_time",
            "valid_from",
            "valid_until",
            "is_active",
            "created_at",
            "updated_at",
        ]
        # The service decides about other rows, and says 409.
        validators = ()

    start_time = WallClockField()
    end_time = WallClockField(help_text="00:00 means midnight at the end of the day.")
    valid_from = DayField(required=False, allow_null=True)
    valid_until = DayField(required=False, allow_null=True, help_text="The last day, inclusive.")

    def check_order(self, row):
        if row.end_time != MIDNIGHT and row.end_time <= row.start_time:
            self.refuse("end_time", "A window must end after it starts (00:00: at midnight).")
        if row.valid_from and row.valid_until and row.valid_until < row.valid_from:
            self.refuse("valid_until", "The last valid day must not be before the first.")


class DayOffSerializer(HoursSerializer):
    """A calendar day, midnight to midnight in the specialist's time zone, without work."""

    class Meta:
        model = DayOff
        fields = ["id", "specialist", "date", "reason", "is_active", "created_at", "updated_at"]
        validators = ()

    date = DayField()


class AvailabilitySerializer(HoursSerializer):
    """A one-off window: opens time outside the weekly windows, or blocks time inside them."""

    class Meta:
        model = Availability
        fields = [
            "id",
            "specialist",
            "starts_at",
            "ends_at",
            "is_available",
            "reason",
            "created_at",
            "updated_at",
        ]
        validators = ()

    def check_order(self, row):
        if row.ends_at <= row.starts_at:
            self.refuse("ends_at", "It must end after it starts.")
