"""How django-allauth keeps second factors, and what a new one means."""

import logging

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.db import transaction

from coachbot import second_factor
from coachbot.sealing import cipher

log = logging.getLogger(__name__)

SALT = "accounts.mfa"
# Where Authenticator.data holds what is sealed, by allauth's names.
SEALED = ("secret", "seed")


class MFAAdapter(DefaultMFAAdapter):
    """The secrets behind codes are sealed: whoever reads the table cannot make codes."""

    def encrypt(self, text):
        return cipher(SALT).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        """What was sealed with a key that is gone proves nothing: every code is a wrong one."""
        try:
            return cipher(SALT).decrypt(encrypted_text).decode()
        except InvalidToken:
            log.error("A second factor is sealed with a key that is not in SECRET_KEY_FALLBACKS.")
            raise self.validation_error("incorrect_code") from None

    def can_delete_authenticator(self, authenticator):
        return can_remove(authenticator.user, [authenticator])


def reseal():
    """Seal what the table holds with the SECRET_KEY of today. How many rows, and how many of them
    no known key opens, which stay as they are."""
    lost, rows = 0, Authenticator.objects.select_for_update().order_by("pk")
    with transaction.atomic():
        for row in rows:
            try:
                _reseal(row)
            except InvalidToken:
                lost += 1
        return len(rows), lost


def _reseal(row):
    for name in SEALED:
        if name in row.data:
            row.data[name] = cipher(SALT).rotate(row.data[name]).decode()
    row.save(update_fields=["data"])


def can_remove(user, authenticators):
    """Of whom a second factor is demanded, nobody takes their last one away but a superuser."""
    return not second_factor.is_demanded(user) or bool(set(_factors(user)) - set(authenticators))


def _factors(user):
    """Recovery codes stand in for a factor, they are none."""
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)


def begin_with_it(sender, request, user, authenticator, **kwargs):
    """allauth's signal that a factor was added. Setting the first one up proves it, so this session
    has it."""
    if list(_factors(user)) == [authenticator]:
        record_authentication(
            request, user, "mfa", id=authenticator.pk, type=authenticator.type, reauthenticated=True
        )


def end_other_sessions(sender, request, user, **kwargs):
    """allauth's signals that a factor was added or removed: what was signed in by other proofs
    signs in anew."""
    user.sessions.active().exclude(pk=request.session.row.pk).end()
