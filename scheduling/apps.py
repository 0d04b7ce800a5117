from django.apps import AppConfig

from coachbot.db import guards
from scheduling.guards import CONSTRAINTS, GUARDS


class SchedulingConfig(AppConfig):
    name = "scheduling"

    def ready(self):
        guards.register(GUARDS, constraints=CONSTRAINTS)
