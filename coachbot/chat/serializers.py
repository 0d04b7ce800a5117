"""The shapes of chats and their messages."""

from rest_framework import serializers

from coachbot.api.serializers import StrictModelSerializer, StrictSerializer
from coachbot.chat.models import LONGEST_CONTENT, Chat, Message


class ChatSerializer(StrictModelSerializer):
    """A chat as its user sees it."""

    class Meta:
        model = Chat
        fields = ["id", "title", "time_zone", "created_at", "updated_at"]
        read_only_fields = ["id", "created_at", "updated_at"]


class MessageSerializer(serializers.ModelSerializer):
    """One turn. `payload` says as data what the bot's words speak of."""

    class Meta:
        model = Message
        fields = ["id", "role", "content", "payload", "created_at"]
        read_only_fields = fields

    payload = serializers.DictField(read_only=True)


class SayingSerializer(StrictSerializer):
    content = serializers.CharField(max_length=LONGEST_CONTENT)


class TurnSerializer(serializers.Serializer):
    message = MessageSerializer()
    reply = MessageSerializer()
