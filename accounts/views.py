"""What stands at an address of django-allauth's in place of its own view, in the same shape."""

from http import HTTPStatus

from allauth.account.views import EmailView as EmailPageOfAllauth
from allauth.headless.account import inputs as inputs_of_account
from allauth.headless.account import views as account_views
from allauth.headless.account.response import PasswordResetKeyResponse
from allauth.headless.base.response import AuthenticationResponse, ConflictResponse
from allauth.headless.base.views import AuthenticatedAPIView
from allauth.headless.internal.restkit import inputs
from allauth.headless.internal.restkit.response import APIResponse, ErrorResponse
from allauth.headless.mfa import views as mfa_views
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.shortcuts import redirect
from django.utils import timezone

from accounts.forms import ODD_CREDENTIAL, AuthenticateForm, ReauthenticateForm, counted_code
from accounts.mfa import can_remove
from accounts.models import UserSession
from accounts.services import end_own_sessions


class SelectSessionsInput(inputs.Input):
    sessions = inputs.ModelMultipleChoiceField(queryset=UserSession.objects.none())

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sessions"].queryset = live_sessions(user)


class SessionsView(AuthenticatedAPIView):
    """GET lists one's own sessions; DELETE ends those that it names, this one too if it does.

    allauth's own has a table of its own, which we do not use.
    """

    input_class = {"DELETE": SelectSessionsInput}

    def get_input_kwargs(self):
        return {"user": self.request.user}

    def get(self, request, *args, **kwargs):
        return self._list()

    def delete(self, request, *args, **kwargs):
        current = request.session.row.pk
        chosen = self.input.cleaned_data["sessions"]
        end_own_sessions(user=request.user, sessions=chosen)
        if any(session.pk == current for session in chosen):
            logout(request)
            return AuthenticationResponse(request)
        return self._list()

    def _list(self):
        current = self.request.session.row.pk
        rows = live_sessions(self.request.user)
        return APIResponse(self.request, data=[document(row, current) for row in rows])


def live_sessions(user):
    return UserSession.objects.live(timezone.now()).filter(user=user)


def document(row, current):
    return {
        "id": str(row.pk),
        "user_agent": row.user_agent,
        "ip": row.ip_address,
        "created_at": row.created_at.timestamp(),
        "last_seen_at": row.last_seen_at.timestamp(),
        "expires_at": row.expires_at.timestamp(),
        "is_current": row.pk == current,
    }


class ResetKeyInput(inputs_of_account.ResetPasswordKeyInput):
    def clean_key(self):
        return counted_code(super().clean_key, code=self.code)


class ResetPasswordInput(ResetKeyInput, inputs_of_account.ResetPasswordInput):
    """The password is looked at only with the right code: what is wrong with it depends on whose
    it is."""

    def clean(self):
        return self.cleaned_data if "key" in self.errors else super().clean()


class ResetPasswordView(account_views.ResetPasswordView):
    """For an address that nobody has, allauth has no code to compare with, and shows it."""

    input_class = ResetPasswordInput

    def get(self, request, *args, **kwargs):
        key = request.headers.get("X-Password-Reset-Key", "")
        given = ResetKeyInput({"key": key}, code=self.process.code)
        if not given.is_valid():
            self.process.record_invalid_attempt()
            return ErrorResponse(request, input=given)
        self.process.confirm_code()
        return PasswordResetKeyResponse(request, self.process.user)


class VerifyEmailInput(inputs_of_account.VerifyEmailInput):
    def clean_key(self):
        return counted_code(super().clean_key, code=self.process.code)


class VerifyEmailView(account_views.VerifyEmailView):
    input_class = VerifyEmailInput


class AuthenticateInput(AuthenticateForm, inputs.Input):
    pass


class AuthenticateView(mfa_views.AuthenticateView):
    input_class = AuthenticateInput


class ReauthenticateInput(ReauthenticateForm, inputs.Input):
    pass


class ReauthenticateView(mfa_views.ReauthenticateView):
    input_class = ReauthenticateInput


class EmailView(account_views.ManageEmailView):
    """The user's own column is unique among all, also those who have proved no address yet."""

    def patch(self, request, *args, **kwargs):
        try:
            with transaction.atomic():
                return super().patch(request, *args, **kwargs)
        except IntegrityError:
            return ConflictResponse(request)


class EmailPage(EmailPageOfAllauth):
    def post(self, request, *args, **kwargs):
        try:
            with transaction.atomic():
                return super().post(request, *args, **kwargs)
        except IntegrityError:
            messages.error(request, "Another account has this address.")
            return redirect("account_email")


class CredentialMixin:
    def handle_input(self, data):
        try:
            return super().handle_input(data)
        except ODD_CREDENTIAL:
            wrong = get_mfa_adapter().validation_error("incorrect_code")
            return ErrorResponse(self.request, exception=wrong)


class AuthenticateWebAuthnView(CredentialMixin, mfa_views.AuthenticateWebAuthnView):
    pass


class ReauthenticateWebAuthnView(CredentialMixin, mfa_views.ReauthenticateWebAuthnView):
    pass


class LoginWebAuthnView(CredentialMixin, mfa_views.LoginWebAuthnView):
    pass


class TOTPView(mfa_views.ManageTOTPView):
    """allauth asks whether a factor may be removed on its pages only."""

    def delete(self, request, *args, **kwargs):
        if not can_remove(request.user, [self._get_authenticator()]):
            return _last_factor(request)
        return super().delete(request, *args, **kwargs)


class WebAuthnView(CredentialMixin, mfa_views.ManageWebAuthnView):
    def delete(self, request, *args, **kwargs):
        if not can_remove(request.user, self.input.cleaned_data["authenticators"]):
            return _last_factor(request)
        return super().delete(request, *args, **kwargs)


class RemoveWebAuthnPage(RemoveWebAuthnView):
    def form_valid(self, form):
        if not can_remove(self.request.user, [self.object]):
            raise PermissionDenied(str(_no_removal().message))
        return super().form_valid(form)


def _last_factor(request):
    return ErrorResponse(request, status=HTTPStatus.CONFLICT, exception=_no_removal())


def _no_removal():
    return get_mfa_adapter().validation_error("cannot_delete_authenticator")
