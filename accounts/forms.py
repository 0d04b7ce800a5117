"""What allauth's forms leave unsaid, and uncounted: of many codes at once, they look at all."""

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.base import forms

from accounts import attempts

OR_RECOVERY = "From your authenticator app. Without it: one of your recovery codes."


def counted_code(look_at_it, *, code):
    """What `look_at_it` gives if there are attempts left at `code`, which was sent by mail."""
    try:
        attempt = attempts.begin_code(context.request, code)
    except attempts.TooMany:
        raise get_adapter().validation_error("incorrect_code") from None
    given = look_at_it()
    attempt.succeeded()
    return given


class ConfirmEmailVerificationCodeForm(account_forms.ConfirmEmailVerificationCodeForm):
    def clean_code(self):
        return counted_code(super().clean_code, code=self.expected_code)


class ConfirmPasswordResetCodeForm(account_forms.ConfirmPasswordResetCodeForm):
    def clean_code(self):
        return counted_code(super().clean_code, code=self.expected_code)


class SecondFactorMixin:
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = OR_RECOVERY

    def clean_code(self):
        try:
            attempt = attempts.begin_factor(context.request, self.user)
        except attempts.TooMany as refusal:
            answer = attempts.refusal_response(context.request, refusal)
            raise ImmediateHttpResponse(answer) from None
        code = super().clean_code()
        attempt.succeeded()
        return code


class AuthenticateForm(SecondFactorMixin, forms.AuthenticateForm):
    pass


class ReauthenticateForm(SecondFactorMixin, forms.ReauthenticateForm):
    pass
