from allauth.headless.constants import Client
from django.urls import path, re_path

from accounts import views
from coachbot.api.errors import not_found

APP = "_allauth/app/v1/"


def ours(address, view, name):
    return path(f"{APP}{address}", view.as_api_view(client=Client.APP), name=name)


urlpatterns = [
    ours("account/authenticators/totp", views.TOTPView, "manage_totp"),
    ours("account/authenticators/webauthn", views.WebAuthnView, "manage_webauthn"),
    ours("account/email", views.EmailView, "manage_email"),
    ours("auth/2fa/authenticate", views.AuthenticateView, "authenticate"),
    ours("auth/2fa/reauthenticate", views.ReauthenticateView, "reauthenticate"),
    ours("auth/email/verify", views.VerifyEmailView, "verify_email"),
    ours("auth/password/reset", views.ResetPasswordView, "reset_password"),
    ours("auth/sessions", views.SessionsView, "sessions"),
    ours("auth/webauthn/authenticate", views.AuthenticateWebAuthnView, "authenticate_webauthn"),
    ours("auth/webauthn/login", views.LoginWebAuthnView, "login_webauthn"),
    ours(
        "auth/webauthn/reauthenticate", views.ReauthenticateWebAuthnView, "reauthenticate_webauthn"
    ),
    # allauth proves phones by text messages, which nobody here sends.
    re_path(f"^{APP}(account/phone|auth/phone/)", not_found),
    path("accounts/email/", views.EmailPage.as_view(), name="account_email"),
    path("accounts/2fa/webauthn/keys/<int:pk>/remove/", views.RemoveWebAuthnPage.as_view()),
]
