from django.apps import AppConfig
from django.core import checks
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate

from coachbot.db import guards, plans, statements


class CoachBotConfig(AppConfig):
    name = "coachbot"

    def ready(self):
        pre_migrate.connect(guards.before_migrating, sender=self)
        post_migrate.connect(guards.after_migrating, sender=self)
        connection_created.connect(statements.watch)
        connection_created.connect(plans.watch)
        checks.register(guards.check, checks.Tags.database, deploy=True)
