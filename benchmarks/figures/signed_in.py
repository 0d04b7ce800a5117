"""So many clients, each of whom is signed in: prints their tokens as JSON."""

import json
import sys

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402 -- needs the settings

from accounts.models import User  # noqa: E402 -- needs the settings
from accounts.sessions import SessionStore  # noqa: E402 -- needs the settings


def token_of(user):
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


people = User.objects.bulk_create(
    User(username=f"client{n}", email=f"client{n}@example.com", password="!", first_name="Kim")  # noqa: S106 -- opens nothing
    for n in range(int(sys.argv[1]))
)
sys.stdout.write(json.dumps([token_of(each) for each in people]))
