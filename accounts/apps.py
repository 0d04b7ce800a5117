from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from allauth.mfa.signals import authenticator_added  # noqa: PLC0415 -- needs the models

        from accounts.mfa import begin_with_it  # noqa: PLC0415 -- needs the models
        from accounts.sessions import note_device  # noqa: PLC0415 -- needs the models

        authenticator_added.connect(begin_with_it)
        user_logged_in.connect(note_device)
