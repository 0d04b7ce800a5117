"""How django-allauth keeps second factors, and what a new one means."""

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator

from coachbot import second_factor
from coachbot.sealing import cipher

SALT = "accounts.mfa"


class MFAAdapter(DefaultMFAAdapter):
    """The secrets behind codes are sealed: whoever reads the table cannot make codes."""

    def encrypt(self, text):
        return cipher(SALT).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return cipher(SALT).decrypt(encrypted_text).decode()

    def can_delete_authenticator(self, authenticator):
        return can_remove(authenticator.user, [authenticator])


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
