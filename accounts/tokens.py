"""How django-allauth finds the session of a token."""

from allauth.headless.internal.sessionkit import lookup_session
from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy


class Strategy(SessionTokenStrategy):
    def lookup_session(self, session_token):
        """As the parent, which asks first whether there is such a row: one query less."""
        return lookup_session(session_token)
