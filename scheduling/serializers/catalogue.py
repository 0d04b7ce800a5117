"""Specialists and services."""

from rest_framework import serializers

from coachbot.api.serializers import (
    StrictModelSerializer,
)
from scheduling.models import Service, Specialist


class SpecialistSerializer(StrictModelSerializer):
    """Email and phone are for the specialist, and for staff with the right to view."""

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
    rating_average = serializers.FloatField(read_only=True, allow_null=True)
    services = serializers.PrimaryKeyRelatedField(
        many=True, read_only=True, pk_field=serializers.UUIDField()
    )

    def to_representation(self, instance):
        document = super().to_representation(instance)
        user = self.context["request"].user
        if not (user.is_authenticated and self._is_shown_all(user, instance)):
            for name in self.PRIVATE:
                del document[name]
        return document

    @staticmethod
    def _is_shown_all(user, specialist):
        return user.pk == specialist.user_id or user.is_staff_with("scheduling.view_specialist")


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
