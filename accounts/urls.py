from allauth.headless.constants import Client
from django.urls import path

from accounts import views

APP = "_allauth/app/v1/"

urlpatterns = [
    path(f"{APP}auth/sessions", views.SessionsView.as_api_view(client=Client.APP), name="sessions"),
    path(
        f"{APP}auth/password/reset",
        views.ResetPasswordView.as_api_view(client=Client.APP),
        name="reset_password",
    ),
    path(
        f"{APP}account/authenticators/totp",
        views.TOTPView.as_api_view(client=Client.APP),
        name="manage_totp",
    ),
    path(
        f"{APP}account/authenticators/webauthn",
        views.WebAuthnView.as_api_view(client=Client.APP),
        name="manage_webauthn",
    ),
    path("accounts/2fa/webauthn/keys/<int:pk>/remove/", views.RemoveWebAuthnPage.as_view()),
]
