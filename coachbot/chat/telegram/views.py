"""Telegram over HTTP: what it sends us, and whose account there is linked."""

from django.conf import settings
from django.http import Http404
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from coachbot.api.filters import refuse_unknown_parameters
from coachbot.chat.models import TelegramLink
from coachbot.chat.telegram import services
from coachbot.chat.telegram.conversation import receive
from coachbot.chat.telegram.errors import TelegramOff
from scheduling.serializers import NothingSerializer

SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 -- where it is


@extend_schema(exclude=True)
class WebhookView(APIView):
    """For Telegram alone. Any answer but 200 makes it send the update again."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []

    def post(self, request):
        if not settings.TELEGRAM:
            raise Http404
        if not constant_time_compare(request.headers.get(SECRET, ""), settings.TELEGRAM["SECRET"]):
            raise PermissionDenied
        receive(request.data, timezone.now())
        return Response({})


class TelegramSerializer(serializers.Serializer):
    available = serializers.BooleanField(help_text="Whether there is a bot in Telegram here.")
    bot = serializers.CharField(help_text="Its name there; empty if it is not known.")
    linked = serializers.BooleanField()
    linked_at = serializers.DateTimeField(allow_null=True)


class TelegramCodeSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="Good once. Send the bot: /start and this code.")
    link = serializers.CharField(allow_null=True, help_text="Opens Telegram and sends it.")
    expires_at = serializers.DateTimeField()


class MyTelegramView(APIView):
    permission_classes = [IsAuthenticated]

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, ())

    @extend_schema(responses=TelegramSerializer)
    def get(self, request):
        """Whether I can talk to the bot in Telegram."""
        link = TelegramLink.objects.filter(user=request.user).select_related("user").first()
        linked = bool(link and link.linked_at and services.is_good(link))
        return Response(
            TelegramSerializer(
                {
                    "available": bool(settings.TELEGRAM),
                    "bot": settings.TELEGRAM.get("NAME", ""),
                    "linked": linked,
                    "linked_at": link.linked_at if linked else None,
                }
            ).data
        )

    @extend_schema(request=NothingSerializer, responses={201: TelegramCodeSerializer})
    def post(self, request):
        """A one-time code, good for ten minutes, that links my account in Telegram."""
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        if not settings.TELEGRAM:
            raise TelegramOff
        code = services.issue_code(user=request.user, now=timezone.now())
        name = settings.TELEGRAM["NAME"]
        document = {
            "code": code.text,
            "link": f"https://t.me/{name}?start={code.text}" if name else None,
            "expires_at": code.expires_at,
        }
        return Response(TelegramCodeSerializer(document).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def delete(self, request):
        """Unlink it. My bookings, and what was said, stay as they are."""
        services.unlink(user=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
