from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from accounts.sessions import note_device  # noqa: PLC0415 -- needs the models

        user_logged_in.connect(note_device)
