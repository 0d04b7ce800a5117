"""Django's session engine on UserSession: one row per signed-in device, one query per request."""

from datetime import timedelta

from cryptography.fernet import InvalidToken
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import (
    VALID_KEY_CHARS,
    CreateError,
    SessionBase,
    UpdateError,
)
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string

from accounts.models import UserSession, hash_token
from coachbot.api.addresses import client_address
from coachbot.sealing import cipher

SALT = "accounts.sessions"
TOKEN_LENGTH = 43  # 222 bits
# Seen more often than that is not written down.
LAST_SEEN_STEP = timedelta(minutes=1)
ADDRESS, DEVICE = "_address", "_device"


class SessionStore(SessionBase):
    """A session of Django's, of which the table knows the hash of its key alone.

    `row` is the UserSession that it was read from, with its user.
    """

    row: UserSession | None = None

    @property
    def user(self):
        """The active user who signed in here and whose password is still the same, or None."""
        claimed = self.get(HASH_SESSION_KEY, "")
        user = self.row and self.row.user
        if not user or self.get(SESSION_KEY) != str(user.pk):
            return None
        known = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
        return user if any(constant_time_compare(claimed, each) for each in known) else None

    def encode(self, session_dict):
        """Sealed: who is signing up or resetting a password has left an address, and the code."""
        return cipher(SALT).encrypt(self.serializer().dumps(session_dict)).decode()

    def decode(self, session_data):
        try:
            return self.serializer().loads(cipher(SALT).decrypt(session_data))
        except InvalidToken:  # an ended session's is empty, another's key is gone
            return {}

    def exists(self, session_key):
        return UserSession.objects.of_token(session_key).exists()

    def load(self):
        self.row = self._live_row()
        if self.row is None:
            self._session_key = None
            return {}
        self._note_use()
        return self.decode(self.row.session_data)

    def create(self):
        self._session_key = self._get_new_session_key()
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create=False):
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)
        columns = self._columns(data)
        if must_create:
            self._insert(columns)
        elif not self._live_rows().update(**columns, updated_at=timezone.now()):
            raise UpdateError

    def delete(self, session_key=None):
        """End it. What was nobody's has no history."""
        rows = UserSession.objects.of_token(session_key or self.session_key or "")
        rows.filter(user=None).delete()
        rows.active().end()

    @classmethod
    def clear_expired(cls):
        UserSession.objects.dead_since(timezone.now()).delete()

    def _get_new_session_key(self):
        return get_random_string(TOKEN_LENGTH, VALID_KEY_CHARS)

    def _live_rows(self):
        return UserSession.objects.live(timezone.now()).of_token(self.session_key or "")

    def _live_row(self):
        return self._live_rows().select_related("user").first() if self.session_key else None

    def _insert(self, columns):
        try:
            with transaction.atomic():
                UserSession.objects.create(token_hash=hash_token(self.session_key), **columns)
        except IntegrityError as error:
            raise CreateError from error

    def _columns(self, data):
        return {
            "session_data": self.encode(data),
            "expires_at": self.get_expiry_date(),
            "user_id": data.get(SESSION_KEY),
            "ip_address": data.get(ADDRESS),
            "user_agent": data.get(DEVICE, ""),
        }

    def _note_use(self):
        now = timezone.now()
        if now - self.row.last_seen_at >= LAST_SEEN_STEP:
            self.row.last_seen_at = now
            UserSession.objects.filter(pk=self.row.pk).update(last_seen_at=now)


def note_device(sender, request, user, **kwargs):
    """Django's signal that somebody signed in: keep from where."""
    request.session[ADDRESS] = client_address(request) or None
    request.session[DEVICE] = request.headers.get("User-Agent", "")[:300]
