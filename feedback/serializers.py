"""The shapes of feedback's documents. Rules are the services' business."""

from rest_framework import serializers

from coachbot.api.requests import signed_in
from coachbot.api.serializers import InstantField, StrictSerializer
from feedback.models import HIGHEST, LONGEST, LOWEST, Feedback, sees_hidden


class FeedbackSerializer(serializers.ModelSerializer):
    """As the public reads it; its author and staff with the right to view see the rest."""

    PRIVATE = ("booking", "is_hidden", "editable_until", "updated_at")

    class Meta:
        model = Feedback
        fields = ["id", "specialist", "rating", "comment", "reply", "author", "created_at"]
        fields += ["booking", "is_hidden", "editable_until", "updated_at"]
        read_only_fields = fields

    specialist = serializers.UUIDField(source="specialist_id", read_only=True)
    rating = serializers.IntegerField(read_only=True, min_value=LOWEST, max_value=HIGHEST)
    author = serializers.CharField(
        read_only=True, help_text="The client's first name and an initial; empty if unknown."
    )
    # Not read-only, which would be documented as always there.
    booking = serializers.UUIDField(source="booking_id", required=False)
    is_hidden = serializers.BooleanField(required=False)
    editable_until = InstantField(required=False)
    updated_at = InstantField(required=False)

    def to_representation(self, instance):
        document = super().to_representation(instance)
        if not (instance.is_own or sees_hidden(signed_in(self.context["request"]))):
            for name in self.PRIVATE:
                del document[name]
        return document


class RatingSerializer(StrictSerializer):
    """What a client thinks of a booking."""

    booking = serializers.UUIDField(help_text="A completed one of the caller's own.")
    rating = serializers.IntegerField(min_value=LOWEST, max_value=HIGHEST)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST)


class FeedbackChangeSerializer(StrictSerializer):
    """Its author changes `rating` and `comment`, the specialist `reply`."""

    rating = serializers.IntegerField(required=False, min_value=LOWEST, max_value=HIGHEST)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST)
    reply = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST)


class ReasonSerializer(StrictSerializer):
    """Why staff hide feedback, or show it again; it stands in the log."""

    reason = serializers.CharField(max_length=500)
