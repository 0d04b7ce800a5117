from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "coachbot.chat"
    label = "chat"
