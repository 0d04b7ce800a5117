from allauth.headless.constants import Client
from django.urls import path

from accounts.views import SessionsView

urlpatterns = [
    path(
        "_allauth/app/v1/auth/sessions",
        SessionsView.as_api_view(client=Client.APP),
        name="sessions",
    ),
]
