from django.urls import path
from rest_framework.routers import SimpleRouter

from coachbot.chat.telegram.views import MyTelegramView, WebhookView
from coachbot.chat.views import ChatViewSet

router = SimpleRouter()
router.register("chats", ChatViewSet)
urlpatterns = [
    *router.urls,
    path("me/telegram/", MyTelegramView.as_view(), name="me-telegram"),
    path("telegram/", WebhookView.as_view(), name="telegram-webhook"),
]
