"""Bookings, and what happens to them."""

from datetime import UTC
from functools import cache

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User, validate_phone
from coachbot.api.serializers import (
    InstantField,
    StrictSerializer,
)
from scheduling.models import Booking, Service, Specialist
from scheduling.serializers.shared import NamedSerializer, reference_to


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


@cache
def _shown():
    return BookingSerializer()


def booking_document(booking):
    """What BookingSerializer makes of it. To make a serializer for each answer would cost more
    than the answer."""
    return _shown().to_representation(booking)


class NewBookingSerializer(BookingSerializer):
    """A booking in the answer that made it; a guest finds the secret that opens it here only."""

    class Meta(BookingSerializer.Meta):
        fields = [*BookingSerializer.Meta.fields, "manage_token"]
        read_only_fields = fields

    manage_token = serializers.CharField(read_only=True, required=False)


class BookingRequestSerializer(StrictSerializer):
    """What somebody wants to book. `client`, `outside_hours_reason` and `take_back_offer` are for
    staff."""

    STAFF_FIELDS = frozenset({"client", "outside_hours_reason", "take_back_offer"})

    specialist = reference_to(Specialist.objects.all(), required=False)
    any_specialist = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Instead of `specialist`: whoever offers the `service` and is free.",
    )
    starts_at = InstantField()
    service = reference_to(Service.objects.all(), required=False, allow_null=True)
    duration_minutes = serializers.IntegerField(
        required=False, allow_null=True, help_text="Only without `service`."
    )
    client = reference_to(
        User.objects.filter(is_active=True), required=False, help_text="Staff: the user it is for."
    )
    client_name = serializers.CharField(required=False, max_length=200)
    client_email = serializers.EmailField(required=False, max_length=254)
    client_phone = serializers.CharField(
        required=False, allow_blank=True, max_length=32, validators=[validate_phone]
    )
    notes = serializers.CharField(required=False, allow_blank=True, max_length=5_000)
    outside_hours_reason = serializers.CharField(
        required=False,
        max_length=400,
        help_text="Staff: why it is booked outside open hours or notices. Never over a booking.",
    )
    take_back_offer = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Staff, with `outside_hours_reason`: also where time is held for one who waits.",
    )

    def validate(self, attrs):
        if attrs["any_specialist"]:
            self._require_service_alone(attrs)
        elif attrs["take_back_offer"] and "outside_hours_reason" not in attrs:
            raise serializers.ValidationError(
                {"outside_hours_reason": "Say why the offer is taken back."}, code="required"
            )
        elif "specialist" not in attrs:
            raise serializers.ValidationError(
                {"specialist": "Name a specialist, or a service with any_specialist: true."},
                code="required",
            )
        return attrs

    @staticmethod
    def _require_service_alone(attrs):
        if "specialist" in attrs:
            raise serializers.ValidationError(
                {"any_specialist": "Name a specialist or take any: not both."}
            )
        if attrs.get("duration_minutes") is not None:
            raise serializers.ValidationError(
                {"duration_minutes": "A service has its own duration."}, code="duration_not_allowed"
            )
        if "outside_hours_reason" in attrs:
            raise serializers.ValidationError(
                {"outside_hours_reason": "Name the specialist whose hours are set aside."}
            )
        if not attrs.get("service"):
            raise serializers.ValidationError(
                {"service": "Any specialist of which service?"}, code="required"
            )


class DetailsSerializer(StrictSerializer):
    """What of a booking can be corrected."""

    notes = serializers.CharField(required=False, allow_blank=True, max_length=5_000)
    client_name = serializers.CharField(required=False, max_length=200)
    client_phone = serializers.CharField(
        required=False, allow_blank=True, max_length=32, validators=[validate_phone]
    )


class NothingSerializer(StrictSerializer):
    """A verb that needs no words."""


class CancellationSerializer(StrictSerializer):
    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        help_text="Specialists and staff give one.",
    )


class ReschedulingSerializer(CancellationSerializer):
    starts_at = InstantField()


class BookingEventSerializer(serializers.Serializer):
    """One change: of the state, of the time (then `from` and `to` are instants), or of who sees to
    it (then they are names)."""

    at = serializers.DateTimeField()
    kind = serializers.SerializerMethodField()
    to = serializers.SerializerMethodField()
    by = serializers.CharField()
    reason = serializers.CharField()
    version = serializers.IntegerField()

    def get_fields(self):
        # `from` is a word of Python, so no attribute of this class can have the name.
        return {**super().get_fields(), "from": serializers.SerializerMethodField("get_from")}

    @extend_schema_field(serializers.ChoiceField(choices=["state", "move", "hand_over"]))
    def get_kind(self, event):
        if event.is_hand_over:
            return "hand_over"
        return "move" if event.is_move else "state"

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_from(self, event):
        if event.is_hand_over:
            return event.from_specialist.name
        return rfc3339(event.from_starts_at) if event.is_move else event.from_status or None

    @extend_schema_field(serializers.CharField())
    def get_to(self, event):
        if event.is_hand_over:
            return event.to_specialist.name
        return rfc3339(event.to_starts_at) if event.is_move else event.to_status


def rfc3339(at):
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
