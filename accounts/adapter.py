"""How django-allauth treats our users: who signs up, how often a password may be tried, and that
nobody learns from an answer, or from its time, who has an account."""

from types import SimpleNamespace

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.password_reset_by_code import (
    PASSWORD_RESET_VERIFICATION_SESSION_KEY,
)
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.internal.flows.signup import prevent_enumeration
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.base.response import AuthenticationResponse
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import JsonResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare
from django.utils.translation import get_language_from_request

from accounts import attempts, mail
from accounts.models import User
from coachbot.api.addresses import client_address

# Where a session that is signing in keeps what the password was.
PROVEN = "_proven_password"


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        """Clients sign up over REST; the back office's pages make no accounts."""
        return hasattr(request.allauth, "headless")

    def get_client_ip(self, request):
        """A server on a socket knows no address: all its requests count as one network's."""
        return client_address(request) or "local"

    # --- signing in

    def authenticate(self, request, **credentials):
        """The user, or None. A password is tried only if there are attempts left."""
        try:
            attempt = attempts.begin(request, credentials)
        except attempts.TooMany as refusal:
            raise ImmediateHttpResponse(attempts.refusal_response(request, refusal)) from None
        user = super().authenticate(request, **credentials)
        if user is None:
            return None
        attempt.succeeded()
        # Looking at a password takes long enough for the account to be erased meanwhile.
        return User.objects.active().filter(pk=user.pk, password=user.password).first()

    def pre_authenticate(self, request, **credentials):
        """allauth counts by what was typed, so a name and an address would be two accounts."""

    def reauthenticate(self, user, password):
        """Who has a second factor confirms with it: a password alone would take it away."""
        if is_mfa_enabled(user):
            raise ValidationError("Confirm with your second factor.", code="second_factor_required")
        return super().reauthenticate(user, password)

    def get_reauthentication_methods(self, user):
        methods = super().get_reauthentication_methods(user)
        factors = [method for method in methods if method["id"] != "reauthenticate"]
        return factors or methods

    def pre_login(self, request, user, **kwargs):
        request.session[PROVEN] = user.get_session_auth_hash()
        return super().pre_login(request, user, **kwargs)

    def login(self, request, user):
        """A sign-in that waited for a code ends if the password has changed meanwhile."""
        proven = request.session.pop(PROVEN, "")
        if not constant_time_compare(proven, user.get_session_auth_hash()):
            raise ImmediateHttpResponse(_conflict(request, "account_login"))
        super().login(request, user)

    # --- signing up

    def clean_username(self, username, shallow=False):
        """That a name is taken is not said here: it would tell that somebody has it."""
        return super().clean_username(username, shallow=True)

    def populate_username(self, request, user):
        """The name that was asked for, with a number if somebody has it; else made from the
        address."""
        wanted = [user.username, user.email.partition("@")[0], "user"]
        user.username = self.generate_unique_username(wanted)

    def save_user(self, request, user, form, commit=True):
        user.language = get_language_from_request(request)
        try:
            with transaction.atomic():
                return super().save_user(request, user, form, commit)
        except IntegrityError:
            pass
        # Somebody took the address or the name since the form looked.
        if not User.objects.filter(email__iexact=user.email).exists():
            raise ImmediateHttpResponse(_conflict(request, "account_login"))
        prevent_enumeration(request, email=user.email)
        raise ImmediateHttpResponse(AuthenticationResponse(request))

    def send_account_already_exists_mail(self, email):
        """Takes as long as making an account, of which the password's hash is the most."""
        User().set_password(email)
        super().send_account_already_exists_mail(email)

    # --- changing and resetting the password

    def set_password(self, user, password):
        """A first password, which replaces none that could be asked for, takes a fresh proof of who
        sets it. A reset that was begun with an address that is no longer theirs resets nothing."""
        request = allauth_context.request
        if request.user.is_authenticated and not user.has_usable_password():
            raise_if_reauthentication_required(request, app="allauth.account")
        pending = request.session.get(PASSWORD_RESET_VERIFICATION_SESSION_KEY)
        if pending and request.user.is_anonymous and not _owns(user, pending["email"]):
            del request.session[PASSWORD_RESET_VERIFICATION_SESSION_KEY]
            raise ImmediateHttpResponse(_conflict(request, "account_reset_password"))
        super().set_password(user, password)

    # --- addresses

    def can_delete_email(self, email_address):
        """Nobody is left without the one that they have."""
        own = email_address.user_id and email_address.user.email.lower()
        if email_address.pk and (email_address.primary or email_address.email.lower() == own):
            return False
        return super().can_delete_email(email_address)

    # --- mail

    def send_mail(self, template_prefix, email, context):
        request = allauth_context.request
        site = SimpleNamespace(name=settings.SITE_NAME, domain=request.get_host())
        known = {"request": request, "email": email, "current_site": site}
        mail.send_later(self.render_mail(template_prefix, email, {**known, **context}))


def _owns(user, address):
    known = EmailAddress.objects.filter(user=user, email__iexact=address)
    return user.email.lower() == address.lower() or known.exists()


def _conflict(request, begin_again):
    if hasattr(request.allauth, "headless"):
        return JsonResponse({"status": 409}, status=409)
    return redirect(begin_again)
