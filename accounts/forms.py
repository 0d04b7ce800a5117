"""What allauth's forms leave unsaid."""

from allauth.mfa.base import forms

OR_RECOVERY = "From your authenticator app. Without it: one of your recovery codes."


class AuthenticateForm(forms.AuthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = OR_RECOVERY


class ReauthenticateForm(forms.ReauthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = OR_RECOVERY
