"""Free time: what is asked for, and what is found."""

from datetime import UTC, date, timedelta

from rest_framework import serializers

from coachbot.api.serializers import (
    DayOrInstantField,
    InstantField,
    StrictSerializer,
    ZoneField,
)
from scheduling.models import Service
from scheduling.models.specialist import LONGEST_MINUTES
from scheduling.queries import Wish, start_of_day
from scheduling.serializers.shared import NamedSerializer, reference_to

LONGEST_RANGE = timedelta(days=62)


class SlotSerializer(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class SlotsSerializer(serializers.Serializer):
    """The slots of one specialist. Instants carry the offset of `time_zone`."""

    specialist = serializers.UUIDField()
    service = serializers.UUIDField(allow_null=True)
    time_zone = serializers.CharField()
    duration_minutes = serializers.IntegerField()
    slots = SlotSerializer(many=True)


def range_of(attrs, zone):
    """`start` and `end` as instants in `zone`, of which a date means the first instant.

    Raises ValidationError for a range that is inverted or too long.
    """
    start, end = (
        (start_of_day(at, zone) if type(at) is date else at).astimezone(zone)
        for at in (attrs["start"], attrs["end"])
    )
    if end < start:
        raise serializers.ValidationError({"end": "The end is before the start."})
    # Both have the same zone, so this is the difference of their wall clocks: a day is a day,
    # also when the clocks change.
    if end - start > LONGEST_RANGE:
        raise serializers.ValidationError({"end": "Ask for at most 62 days at once."})
    return start, end


class SlotsQuerySerializer(StrictSerializer):
    """What slots are asked for. `context["specialist"]` says whose."""

    start = DayOrInstantField(help_text="The first day (of `tz`), or an instant with offset.")
    end = DayOrInstantField(help_text="The day after the last, or an instant. At most 62 days on.")
    service = reference_to(Service.objects.all(), required=False)
    duration_minutes = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=LONGEST_MINUTES,
        help_text="Only without `service`; the specialist's default otherwise.",
    )
    tz = ZoneField(required=False, help_text="An IANA time zone; the specialist's by default.")

    def validate(self, attrs):
        specialist = self.context["specialist"]
        zone = attrs.get("tz", specialist.time_zone)
        start, end = range_of(attrs, zone)
        wish = Wish(specialist, attrs.get("service"), attrs.get("duration_minutes"))
        return {"wish": wish, "zone": zone, "start": start, "end": end}


class EarliestSlotsQuerySerializer(StrictSerializer):
    """Whose slots, and which."""

    start = DayOrInstantField(help_text="The first day (of `tz`), or an instant with offset.")
    end = DayOrInstantField(help_text="The day after the last, or an instant. At most 62 days on.")
    service = reference_to(Service.objects.active(), required=False)
    specialization = serializers.CharField(required=False, max_length=200)
    language = serializers.CharField(required=False, max_length=2, help_text="ISO 639-1.")
    tz = ZoneField(required=False, help_text="An IANA time zone; UTC by default.")
    limit = serializers.IntegerField(required=False, default=20, min_value=1, max_value=200)

    def validate(self, attrs):
        zone = attrs.get("tz", UTC)
        start, end = range_of(attrs, zone)
        return {**attrs, "zone": zone, "start": start, "end": end}


class SomebodysSlotSerializer(SlotSerializer):
    specialist = NamedSerializer()


class EarliestSlotsSerializer(serializers.Serializer):
    """The earliest slots of several specialists, by start and then by name."""

    service = serializers.UUIDField(allow_null=True)
    time_zone = serializers.CharField()
    slots = SomebodysSlotSerializer(many=True)


class WhyNotQuerySerializer(StrictSerializer):
    """Which start. `context["specialist"]` says whose."""

    starts_at = InstantField()
    service = reference_to(Service.objects.all(), required=False)
    duration_minutes = serializers.IntegerField(
        required=False, min_value=1, max_value=LONGEST_MINUTES, help_text="Only without `service`."
    )

    def validate(self, attrs):
        service, minutes = attrs.get("service"), attrs.get("duration_minutes")
        wish = Wish(self.context["specialist"], service, minutes)
        return {"wish": wish, "starts_at": attrs["starts_at"]}


class ReasonSerializer(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()


class WhyNotSerializer(serializers.Serializer):
    bookable = serializers.BooleanField()
    reasons = ReasonSerializer(many=True)


def slots_document(wish, zone, found):
    """The document of SlotsSerializer, made by hand: a month has hundreds of slots."""
    minutes = wish.duration_minutes or wish.specialist.default_duration_minutes
    return {
        "specialist": str(wish.specialist.pk),
        "service": str(wish.service.pk) if wish.service else None,
        "time_zone": str(zone),
        "duration_minutes": wish.service.duration_minutes if wish.service else minutes,
        "slots": [
            {
                "starts_at": slot.starts_at.astimezone(zone).isoformat(),
                "ends_at": slot.ends_at.astimezone(zone).isoformat(),
            }
            for slot in found
        ],
    }
