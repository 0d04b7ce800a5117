from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from allauth.mfa import signals  # noqa: PLC0415 -- needs the models

        from accounts.mfa import begin_with_it, end_other_sessions  # noqa: PLC0415 -- as above
        from accounts.sessions import note_device  # noqa: PLC0415 -- needs the models

        signals.authenticator_added.connect(begin_with_it)
        signals.authenticator_added.connect(end_other_sessions)
        signals.authenticator_removed.connect(end_other_sessions)
        user_logged_in.connect(note_device)
