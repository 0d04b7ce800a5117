from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "coachbot.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Each app says in its `subscriptions` what it wants to be told of, and to do by the
        clock."""
        autodiscover_modules("subscriptions")
