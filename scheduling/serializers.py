"""The shapes of scheduling's documents. Rules are the services' business."""

from datetime import date, timedelta

from rest_framework import serializers

from accounts.models import validate_phone
from coachbot.api.serializers import (
    DayOrInstantField,
    InstantField,
    StrictModelSerializer,
    StrictSerializer,
    ZoneField,
)
from scheduling.models import Booking, Service, Specialist
from scheduling.models.specialist import LONGEST_MINUTES
from scheduling.queries import Wish, start_of_day

LONGEST_RANGE = timedelta(days=62)


def reference_to(queryset, **kwargs):
    """A field that takes the id of one of `queryset`'s rows."""
    return serializers.PrimaryKeyRelatedField(
        queryset=queryset, pk_field=serializers.UUIDField(), **kwargs
    )


class SpecialistSerializer(StrictModelSerializer):
    """Email and phone are for staff and the specialist alone."""

    PRIVATE = ("email", "phone")

    class Meta:
        model = Specialist
        fields = [
            "id",
            "name",
            "specialization",
            "bio",
            "certifications",
            "languages",
            "location",
            "email",
            "phone",
            "hourly_rate",
            "currency",
            "time_zone",
            "default_duration_minutes",
            "rating_average",
            "rating_count",
            "services",
            "is_active",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["rating_average", "rating_count", "services"]

    languages = serializers.ListField(
        child=serializers.RegexField("^[a-z]{2}$", max_length=2),
        required=False,
        max_length=50,
        help_text="ISO 639-1 codes.",
    )
    services = serializers.PrimaryKeyRelatedField(
        many=True, read_only=True, pk_field=serializers.UUIDField()
    )

    def to_representation(self, instance):
        document = super().to_representation(instance)
        user = self.context["request"].user
        if not user.is_authenticated or not (user.is_staff or instance.user_id == user.pk):
            for name in self.PRIVATE:
                del document[name]
        return document


class ServiceSerializer(StrictModelSerializer):
    class Meta:
        model = Service
        fields = [
            "id",
            "name",
            "description",
            "duration_minutes",
            "buffer_before_minutes",
            "buffer_after_minutes",
            "slot_step_minutes",
            "min_notice_minutes",
            "max_advance_days",
            "cancellation_notice_minutes",
            "requires_confirmation",
            "price",
            "currency",
            "specialists",
            "is_active",
            "created_at",
            "updated_at",
        ]

    specialists = serializers.PrimaryKeyRelatedField(
        many=True,
        required=False,
        queryset=Specialist.objects.all(),
        pk_field=serializers.UUIDField(),
    )


class NamedSerializer(serializers.Serializer):
    """Whom or what a document speaks of."""

    id = serializers.UUIDField()
    name = serializers.CharField()


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
        start, end = (self._instant(attrs[name], zone) for name in ("start", "end"))
        if end < start:
            raise serializers.ValidationError({"end": "The end is before the start."})
        # Both have the same zone, so this is the difference of their wall clocks: a day is a
        # day, also when the clocks change.
        if end - start > LONGEST_RANGE:
            raise serializers.ValidationError({"end": "Ask for at most 62 days at once."})
        wish = Wish(specialist, attrs.get("service"), attrs.get("duration_minutes"))
        return {"wish": wish, "zone": zone, "start": start, "end": end}

    @staticmethod
    def _instant(value, zone):
        is_day = type(value) is date
        return (start_of_day(value, zone) if is_day else value).astimezone(zone)


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


class BookingSerializer(serializers.ModelSerializer):
    """A booking as its client, its specialist and staff see it."""

    class Meta:
        model = Booking
        fields = [
            "id",
            "reference",
            "specialist",
            "service",
            "client",
            "client_name",
            "client_email",
            "client_phone",
            "starts_at",
            "ends_at",
            "duration_minutes",
            "status",
            "notes",
            "cancellation_reason",
            "price",
            "currency",
            "version",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    specialist = NamedSerializer(read_only=True)
    service = NamedSerializer(read_only=True, allow_null=True)
    client = serializers.UUIDField(source="client_id", read_only=True, allow_null=True)
    duration_minutes = serializers.IntegerField(read_only=True)


class NewBookingSerializer(BookingSerializer):
    """A booking in the answer that made it; a guest finds the secret that opens it here only."""

    class Meta(BookingSerializer.Meta):
        fields = [*BookingSerializer.Meta.fields, "manage_token"]
        read_only_fields = fields

    manage_token = serializers.CharField(read_only=True, required=False)


class BookingRequestSerializer(StrictSerializer):
    """What somebody wants to book."""

    specialist = reference_to(Specialist.objects.all())
    starts_at = InstantField()
    service = reference_to(Service.objects.all(), required=False, allow_null=True)
    duration_minutes = serializers.IntegerField(
        required=False, allow_null=True, help_text="Only without `service`."
    )
    client_name = serializers.CharField(required=False, max_length=200)
    client_email = serializers.EmailField(required=False, max_length=254)
    client_phone = serializers.CharField(
        required=False, allow_blank=True, max_length=32, validators=[validate_phone]
    )
    notes = serializers.CharField(required=False, allow_blank=True, max_length=5_000)


class CancellationSerializer(StrictSerializer):
    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        help_text="Specialists and staff give one.",
    )
