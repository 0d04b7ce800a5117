"""Fields and serializers that take exactly what the contract says."""

import re
from datetime import UTC, date, datetime

from django.db import models
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from timezone_field import TimeZoneField
from timezone_field.rest_framework import TimeZoneSerializerField

RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
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


class ZoneField(TimeZoneSerializerField):
    """An IANA time zone by name."""

    def __init__(self, **kwargs):
        super().__init__(use_pytz=False, **kwargs)
