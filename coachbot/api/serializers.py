"""Fields and serializers that take exactly what the contract says."""

import re
from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import available_timezones

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from timezone_field import TimeZoneField
from timezone_field.rest_framework import TimeZoneSerializerField

RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
WALL_CLOCK = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)
YEARS = range(2000, 2101)


class InstantField(serializers.DateTimeField):
    """An instant as RFC 3339 with an offset, in the years 2000 to 2100; UTC in answers."""

    default_error_messages = {
        "invalid": (
            "Give an instant as RFC 3339 with an offset: 2026-12-01T09:00:00+01:00 "
            "or 2026-12-01T08:00:00Z. In an address, percent-encode the plus sign."
        ),
        "out_of_range": "The years 2000 to 2100 only.",
    }

    def to_internal_value(self, value):
        if not isinstance(value, str) or not RFC3339.fullmatch(value):
            self.fail("invalid", format="RFC 3339")
        try:
            at = datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid", format="RFC 3339")
        if at.year not in YEARS:
            self.fail("out_of_range")
        return at


@extend_schema_field(
    {"oneOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
)
class DayOrInstantField(InstantField):
    """A calendar date, as a `date`, or an instant."""

    default_error_messages = {
        "invalid": "Give a date (2026-12-01) or an instant (2026-12-01T08:00:00Z)."
    }

    def to_internal_value(self, value):
        if not isinstance(value, str) or not DATE.fullmatch(value):
            return super().to_internal_value(value)
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail("invalid", format="YYYY-MM-DD")
        if day.year not in YEARS:
            self.fail("out_of_range")
        return day

    def to_representation(self, value):
        return value.isoformat()


class DayField(serializers.DateField):
    """A calendar date as YYYY-MM-DD, in the years 2000 to 2100."""

    default_error_messages = {
        "invalid": "Give a date as YYYY-MM-DD: 2026-12-01.",
        "out_of_range": "The years 2000 to 2100 only.",
    }

    def to_internal_value(self, value):
        if not isinstance(value, str) or not DATE.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail("invalid", format="YYYY-MM-DD")
        if day.year not in YEARS:
            self.fail("out_of_range")
        return day


# Not the format `time`, which has an offset.
@extend_schema_field({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"})
class WallClockField(serializers.TimeField):
    """A time of the wall clock as HH:MM or HH:MM:SS, without a zone."""

    default_error_messages = {"invalid": "Give a time as HH:MM or HH:MM:SS: 09:30."}

    def to_internal_value(self, value):
        if not isinstance(value, str) or not WALL_CLOCK.fullmatch(value):
            self.fail("invalid", format="HH:MM[:SS]")
        try:
            return time(*map(int, value.split(":")))
        except ValueError:
            self.fail("invalid", format="HH:MM[:SS]")


class StrictSerializerMixin:
    """Members that the serializer does not take are refused by name, never dropped."""

    def to_internal_value(self, data):
        if isinstance(data, dict):
            taken = {field.field_name for field in self._writable_fields}
            unknown = [name for name in data if name not in taken]
            if unknown:
                detail = ErrorDetail("There is no such member here.", code="unknown_field")
                raise ValidationError({str(name): [detail] for name in unknown})
        return super().to_internal_value(data)


class StrictSerializer(StrictSerializerMixin, serializers.Serializer):
    pass


class StrictModelSerializer(StrictSerializerMixin, serializers.ModelSerializer):
    """A model's serializer with our field for instants and a name for time zones."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: InstantField,
    }

    def build_standard_field(self, field_name, model_field):
        if isinstance(model_field, TimeZoneField):
            return ZoneField, {"required": not model_field.has_default()}
        return super().build_standard_field(field_name, model_field)


@cache
def zone_names():
    """All IANA time zones there are: finding them reads the disk."""
    return available_timezones()


class ZoneField(TimeZoneSerializerField):
    """An IANA time zone by name."""

    def __init__(self, **kwargs):
        super().__init__(use_pytz=False, **kwargs)

    def to_internal_value(self, data):
        # Asked for any other name, zoneinfo looks for a file of that path, and fails in many ways.
        if not isinstance(data, str) or data not in zone_names():
            self.fail("invalid")
        return super().to_internal_value(data)
