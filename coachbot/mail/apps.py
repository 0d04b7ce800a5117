from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "coachbot.mail"
    label = "mail"
