"""Who is asking: django-allauth's session token in the `X-Session-Token` header."""

from allauth.headless.contrib.rest_framework.authentication import XSessionTokenAuthentication
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.exceptions import AuthenticationFailed


class SessionTokenAuthentication(XSessionTokenAuthentication):
    """A token that is not, or no longer, good is a 401 and never an anonymous request."""

    def authenticate(self, request):
        if not self.get_session_token(request):
            return None
        signed_in = super().authenticate(request)
        if signed_in is None or not signed_in[0].is_active:
            raise AuthenticationFailed("This session token is not valid, or has expired.")
        return signed_in

    def authenticate_header(self, request):
        return "X-Session-Token"


class SessionTokenScheme(OpenApiAuthenticationExtension):
    target_class = SessionTokenAuthentication
    name = "sessionToken"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-Session-Token",
            "description": "The session_token that POST /_allauth/app/v1/auth/login answers with.",
        }
