"""The shapes of scheduling's documents. Rules are the services' business."""

from copy import copy
from datetime import UTC, date, timedelta

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User, validate_phone
from coachbot.api.serializers import (
    DayField,
    DayOrInstantField,
    InstantField,
    StrictModelSerializer,
    StrictSerializer,
    WallClockField,
    ZoneField,
)
from scheduling.models import Availability, Booking, DayOff, Schedule, Service, Specialist
from scheduling.models.hours import MIDNIGHT
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
    service = reference_to(Service.objects.all(), required=False)
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
    """What somebody wants to book. `client` and `outside_hours_reason` are for staff."""

    STAFF_FIELDS = frozenset({"client", "outside_hours_reason"})

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
        User.objects.all(), required=False, help_text="Staff: the user it is for."
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

    def validate(self, attrs):
        if attrs["any_specialist"]:
            self._require_service_alone(attrs)
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
    """One change: of the state, or of the time (then `from` and `to` are instants)."""

    at = serializers.DateTimeField()
    kind = serializers.SerializerMethodField()
    to = serializers.SerializerMethodField()
    by = serializers.CharField()
    reason = serializers.CharField()
    version = serializers.IntegerField()

    def get_fields(self):
        # `from` is a word of Python, so no attribute of this class can have the name.
        return {**super().get_fields(), "from": serializers.SerializerMethodField("get_from")}

    @extend_schema_field(serializers.ChoiceField(choices=["state", "move"]))
    def get_kind(self, event):
        return "move" if event.is_move else "state"

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_from(self, event):
        return rfc3339(event.from_starts_at) if event.is_move else event.from_status or None

    @extend_schema_field(serializers.CharField())
    def get_to(self, event):
        return rfc3339(event.to_starts_at) if event.is_move else event.to_status


def rfc3339(at):
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


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
