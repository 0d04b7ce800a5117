"""Chats over REST. One's own and nobody else's, whoever one is."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from coachbot.api.filters import StrictParametersMixin
from coachbot.api.idempotency import IdempotentPostsMixin
from coachbot.api.pagination import Cursors
from coachbot.api.requests import UUID_REGEX
from coachbot.chat import services
from coachbot.chat.bot import take_turn, translate
from coachbot.chat.model import is_configured
from coachbot.chat.models import Chat
from coachbot.chat.serializers import (
    ChatSerializer,
    MessageSerializer,
    SayingSerializer,
    TurnSerializer,
)


class ChatViewSet(
    IdempotentPostsMixin,
    StrictParametersMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Talk to the bot, which books, moves and cancels with the rights of whoever asks."""

    queryset = Chat.objects.all()
    serializer_class = ChatSerializer
    pagination_class = Cursors
    query_parameters = {"list": Cursors.parameters, "messages": Cursors.parameters}
    ordering = ("-updated_at",)
    lookup_value_regex = UUID_REGEX

    @property
    def throttle_scope(self):
        return "chat" if self.request.method == "POST" else "default"

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        # An Idempotency-Key makes of all that follows one transaction, and nobody is asked in one.
        self.translation = self._translate() if self.action == "say" else None

    def get_queryset(self):
        return super().get_queryset().of(self.request.user)

    def create(self, request):
        """Start a chat. The bot speaks of times on the clock of `time_zone`, yours by default."""
        chat = services.start_chat(user=request.user, **self._read(ChatSerializer))
        return Response(ChatSerializer(chat).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request, pk):
        """Change the title or the time zone."""
        chat, fields = self.get_object(), self._read(ChatSerializer, partial=True)
        return Response(ChatSerializer(services.change_chat(chat=chat, **fields)).data)

    def destroy(self, request, pk):
        """Put the chat away, with all that was said in it. Bookings stay as they are."""
        services.delete_chat(chat=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=MessageSerializer(many=True))
    @action(detail=True)
    def messages(self, request, pk):
        """What was said, first things first."""
        self.ordering = ("position",)
        page = self.paginate_queryset(self.get_object().messages.all())
        return self.get_paginated_response(MessageSerializer(page, many=True).data)

    @extend_schema(request=SayingSerializer, responses={201: TurnSerializer})
    @messages.mapping.post
    def say(self, request, pk):
        """Say something: the answer holds it and the bot's reply."""
        chat, said = self.get_object(), self._read(SayingSerializer)
        turn = take_turn(chat, said["content"], timezone.now(), self.translation)
        return Response(TurnSerializer(turn).data, status=status.HTTP_201_CREATED)

    def _translate(self):
        """Of what is wrong, `say` tells."""
        said = SayingSerializer(data=self.request.data)
        chat = self.get_queryset().filter(pk=self.kwargs["pk"]).first() if is_configured() else None
        if chat is None or not said.is_valid():
            return None
        return translate(chat, said.validated_data["content"], timezone.now())

    def _read(self, serializer_class, **kwargs):
        given = serializer_class(data=self.request.data, **kwargs)
        given.is_valid(raise_exception=True)
        return given.validated_data
