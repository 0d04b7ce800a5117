from django.apps import AppConfig

from coachbot.db import guards
from feedback.guards import GUARDS, TRIGGERS


class FeedbackConfig(AppConfig):
    name = "feedback"

    def ready(self):
        guards.register(GUARDS, triggers=TRIGGERS)
