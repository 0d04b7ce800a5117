"""How django-allauth keeps second factors, and what a new one means."""

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator

from coachbot.sealing import cipher

SALT = "accounts.mfa"


class MFAAdapter(DefaultMFAAdapter):
    """The secrets behind codes are sealed: whoever reads the table cannot make codes."""

    def encrypt(self, text):
        return cipher(SALT).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return cipher(SALT).decrypt(encrypted_text).decode()


def begin_with_it(sender, request, user, authenticator, **kwargs):
    """allauth's signal that a factor was added. Setting the first one up proves it, so this session
    has it. The others were signed in by password alone: with the password, they could remove it."""
    factors = Authenticator.objects.filter(user=user).exclude(
        type=Authenticator.Type.RECOVERY_CODES
    )
    if list(factors) != [authenticator]:
        return
    record_authentication(
        request, user, "mfa", id=authenticator.pk, type=authenticator.type, reauthenticated=True
    )
    user.sessions.active().exclude(pk=request.session.row.pk).end()
