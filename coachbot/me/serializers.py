"""A person as they see themselves."""

from rest_framework import serializers

from accounts.models import User
from coachbot.api.serializers import StrictModelSerializer, StrictSerializer


class MeSerializer(StrictModelSerializer):
    """What one may change oneself is the name, the phone, the time zone and the language."""

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "username",
            "first_name",
            "last_name",
            "phone",
            "time_zone",
            "language",
            "user_type",
            "created_at",
        ]
        read_only_fields = ["id", "email", "username", "user_type", "created_at"]


class ErasureSerializer(StrictSerializer):
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
