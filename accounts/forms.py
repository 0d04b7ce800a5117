"""What allauth's forms leave unsaid, and uncounted: of many codes at once, they look at all."""

import struct

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base import forms
from allauth.mfa.webauthn import forms as webauthn
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from accounts import attempts

# What a browser made of a key is CBOR, base64 and signatures in JSON. allauth's parsers expect all
# of it to be in order, and fail in as many ways as it can be out of it.
ODD_CREDENTIAL = (
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error),
    *(InvalidSignature, UnsupportedAlgorithm),
)
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


class CredentialMixin:
    def clean_credential(self):
        try:
            return super().clean_credential()
        except ODD_CREDENTIAL:
            raise get_mfa_adapter().validation_error("incorrect_code") from None


class AuthenticateWebAuthnForm(CredentialMixin, webauthn.AuthenticateWebAuthnForm):
    pass


class LoginWebAuthnForm(CredentialMixin, webauthn.LoginWebAuthnForm):
    pass


class ReauthenticateWebAuthnForm(CredentialMixin, webauthn.ReauthenticateWebAuthnForm):
    pass


class AddWebAuthnForm(webauthn.AddWebAuthnForm):
    def clean(self):
        try:
            return super().clean()
        except ODD_CREDENTIAL:
            raise get_mfa_adapter().validation_error("incorrect_code") from None


class AuthenticateForm(SecondFactorMixin, forms.AuthenticateForm):
    pass


class ReauthenticateForm(SecondFactorMixin, forms.ReauthenticateForm):
    pass
