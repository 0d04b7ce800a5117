from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "coachbot.webhooks"
    label = "webhooks"
