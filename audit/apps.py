from django.apps import AppConfig

from audit.guards import GUARDS, TRIGGERS
from coachbot.db import guards


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self):
        guards.register(GUARDS, triggers=TRIGGERS)
