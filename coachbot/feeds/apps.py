from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "coachbot.feeds"
    label = "feeds"
    verbose_name = "calendars"
