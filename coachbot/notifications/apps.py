from django.apps import AppConfig
from django.core import checks

from coachbot.notifications.checks import check_site_url


class NotificationsConfig(AppConfig):
    name = "coachbot.notifications"
    label = "notifications"

    def ready(self):
        checks.register(check_site_url)
