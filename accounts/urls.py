from allauth.account import views as account_pages
from allauth.headless.account import views as account_views
from allauth.headless.constants import Client
from allauth.headless.mfa import views as mfa_views
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView
from django.urls import path, re_path

from accounts import views
from accounts.trail import trailed
from coachbot.api.errors import not_found

APP = "_allauth/app/v1/"


def ours(address, view, name):
    return path(f"{APP}{address}", view.as_api_view(client=Client.APP), name=name)


def page(address, view, name):
    return path(f"accounts/{address}", trailed(view).as_view(), name=name)


urlpatterns = [
    ours("account/authenticators/totp", trailed(views.TOTPView), "manage_totp"),
    ours(
        "account/authenticators/recovery-codes",
        trailed(mfa_views.ManageRecoveryCodesView),
        "manage_recovery_codes",
    ),
    ours("account/authenticators/webauthn", trailed(views.WebAuthnView), "manage_webauthn"),
    ours("account/email", trailed(views.EmailView), "manage_email"),
    ours("account/password/change", trailed(account_views.ChangePasswordView), "change_password"),
    ours("auth/2fa/authenticate", views.AuthenticateView, "authenticate"),
    ours("auth/2fa/reauthenticate", views.ReauthenticateView, "reauthenticate"),
    ours("auth/email/verify", trailed(views.VerifyEmailView), "verify_email"),
    ours("auth/password/reset", trailed(views.ResetPasswordView), "reset_password"),
    ours("auth/sessions", views.SessionsView, "sessions"),
    ours("auth/webauthn/authenticate", views.AuthenticateWebAuthnView, "authenticate_webauthn"),
    ours("auth/webauthn/login", views.LoginWebAuthnView, "login_webauthn"),
    ours(
        "auth/webauthn/reauthenticate", views.ReauthenticateWebAuthnView, "reauthenticate_webauthn"
    ),
    # allauth proves phones by text messages, which nobody here sends.
    re_path(f"^{APP}(account/phone|auth/phone/)", not_found),
    page("email/", views.EmailPage, "account_email"),
    page(
        "confirm-email/",
        account_pages.ConfirmEmailVerificationCodeView,
        "account_email_verification_sent",
    ),
    page("password/change/", account_pages.PasswordChangeView, "account_change_password"),
    page("password/set/", account_pages.PasswordSetView, "account_set_password"),
    page(
        "password/reset/confirm/",
        account_pages.ConfirmPasswordResetCodeView,
        "account_confirm_password_reset_code",
    ),
    page(
        "password/reset/complete/",
        account_pages.CompletePasswordResetView,
        "account_complete_password_reset",
    ),
    page("2fa/totp/activate/", ActivateTOTPView, "mfa_activate_totp"),
    page("2fa/totp/deactivate/", DeactivateTOTPView, "mfa_deactivate_totp"),
    page("2fa/recovery-codes/generate/", GenerateRecoveryCodesView, "mfa_generate_recovery_codes"),
    page("2fa/webauthn/add/", AddWebAuthnView, "mfa_add_webauthn"),
    page("2fa/webauthn/keys/<int:pk>/edit/", EditWebAuthnView, "mfa_edit_webauthn"),
    page("2fa/webauthn/keys/<int:pk>/remove/", views.RemoveWebAuthnPage, "mfa_remove_webauthn"),
]
