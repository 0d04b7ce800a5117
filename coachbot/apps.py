from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate, pre_migrate

from coachbot.db import guards


class CoachBotConfig(AppConfig):
    name = "coachbot"

    def ready(self):
        pre_migrate.connect(guards.before_migrating, sender=self)
        post_migrate.connect(guards.after_migrating, sender=self)
        checks.register(guards.check, checks.Tags.database, deploy=True)
