"""The waiting list."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User, validate_phone
from coachbot.api.serializers import InstantField, StrictSerializer, WallClockField
from scheduling.models import Hold, Service, Specialist, WaitingListEntry
from scheduling.models.waiting import validate_weekdays
from scheduling.serializers.shared import NamedSerializer, reference_to


class OfferSerializer(serializers.ModelSerializer):
    """Time that is held for one who waits, until `expires_at`."""

    class Meta:
        model = Hold
        fields = ["specialist", "starts_at", "ends_at", "expires_at"]
        read_only_fields = fields

    specialist = NamedSerializer(read_only=True)


class WaitingListEntrySerializer(serializers.ModelSerializer):
    """An entry as who waits, the specialist and staff see it."""

    class Meta:
        model = WaitingListEntry
        fields = [
            "id",
            "status",
            "specialist",
            "service",
            "any_specialist",
            "duration_minutes",
            "client",
            "client_name",
            "client_email",
            "client_phone",
            "earliest",
            "latest",
            "weekdays",
            "earliest_time",
            "latest_time",
            "offer",
            "offers_passed",
            "booking",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    specialist = NamedSerializer(read_only=True, allow_null=True)
    service = NamedSerializer(read_only=True, allow_null=True)
    any_specialist = serializers.BooleanField(read_only=True)
    client = serializers.UUIDField(source="client_id", read_only=True, allow_null=True)
    weekdays = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    offer = serializers.SerializerMethodField()
    booking = serializers.UUIDField(source="booking_id", read_only=True, allow_null=True)

    @extend_schema_field(OfferSerializer(allow_null=True))
    def get_offer(self, entry):
        """What is held; it may have expired a moment ago. Null where nothing is."""
        return OfferSerializer(entry.offers[0]).data if entry.offers else None


class NewWaitingListEntrySerializer(WaitingListEntrySerializer):
    """An entry in the answer that made it; a guest finds the secret that opens it here only."""

    class Meta(WaitingListEntrySerializer.Meta):
        fields = [*WaitingListEntrySerializer.Meta.fields, "manage_token"]
        read_only_fields = fields

    manage_token = serializers.CharField(read_only=True, required=False)


class WaitingListRequestSerializer(StrictSerializer):
    """What somebody waits for. `client` is for staff."""

    STAFF_FIELDS = frozenset({"client"})

    specialist = reference_to(Specialist.objects.all(), required=False)
    any_specialist = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Instead of `specialist`: whoever offers the `service`.",
    )
    service = reference_to(Service.objects.all(), required=False, allow_null=True)
    duration_minutes = serializers.IntegerField(
        required=False, allow_null=True, help_text="Only without `service`."
    )
    earliest = InstantField(help_text="The first instant at which it may begin.")
    latest = InstantField(
        help_text="The last instant at which it may begin; at most 62 days after `earliest`."
    )
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6),
        required=False,
        max_length=7,
        help_text="0 (Monday) to 6 (Sunday), in the specialist's zone; else any day.",
    )
    earliest_time = WallClockField(
        required=False, allow_null=True, help_text="Not before, by the specialist's clock."
    )
    latest_time = WallClockField(
        required=False, allow_null=True, help_text="Not after, by the specialist's clock."
    )
    client = reference_to(
        User.objects.filter(is_active=True), required=False, help_text="Staff: the user it is for."
    )
    client_name = serializers.CharField(required=False, max_length=200)
    client_email = serializers.EmailField(required=False, max_length=254)
    client_phone = serializers.CharField(
        required=False, allow_blank=True, max_length=32, validators=[validate_phone]
    )

    def validate_weekdays(self, days):
        validate_weekdays(days)
        return sorted(days)

    def validate(self, attrs):
        self._require_whom(attrs)
        _require_order(attrs, "earliest", "latest")
        _require_order(attrs, "earliest_time", "latest_time")
        if attrs.get("service") and attrs.get("duration_minutes") is not None:
            raise serializers.ValidationError(
                {"duration_minutes": "A service has its own duration."}, code="duration_not_allowed"
            )
        return attrs

    @staticmethod
    def _require_whom(attrs):
        if attrs["any_specialist"] == ("specialist" in attrs):
            raise serializers.ValidationError(
                {"specialist": "Name a specialist, or a service with any_specialist: true."},
                code="required",
            )
        if attrs["any_specialist"] and not attrs.get("service"):
            raise serializers.ValidationError(
                {"service": "Any specialist of which service?"}, code="required"
            )


def _require_order(attrs, first, last):
    ends = attrs.get(first), attrs.get(last)
    if None not in ends and ends[0] > ends[1]:
        raise serializers.ValidationError({last: f"It is before `{first}`."})
