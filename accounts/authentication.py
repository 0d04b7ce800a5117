"""Who is asking: the token of a session in the header `X-Session-Token`."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied

from accounts.sessions import SessionStore
from coachbot import second_factor

HEADER = "X-Session-Token"


class SecondFactorRequired(PermissionDenied):
    default_code = "second_factor_required"
    default_detail = "Staff sign in with a second factor: set one up, or sign in with it."


class SessionTokenAuthentication(BaseAuthentication):
    """A token that is not, or no longer, good is a 401 and never an anonymous request."""

    def authenticate(self, request):
        token = request.headers.get(HEADER)
        if token is None:
            return None
        session = SessionStore(token.strip())
        user = session.user
        if user is None:
            raise AuthenticationFailed("This session token is not valid, or has expired.")
        if second_factor.is_missing(user, session):
            raise SecondFactorRequired
        return user, session

    def authenticate_header(self, request):
        return HEADER


class SessionTokenScheme(OpenApiAuthenticationExtension):
    target_class = SessionTokenAuthentication
    name = "sessionToken"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "header",
            "name": HEADER,
            "description": "The session_token that POST /_allauth/app/v1/auth/login answers with.",
        }
