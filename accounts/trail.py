"""What staff and specialists change at django-allauth's own addresses is in the log.

allauth tells of some changes by signals, of some after the commit, and of some not at all. So what
lets somebody in is compared with what it was, in the transaction in which it changes.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
)
from allauth.account.internal.flows.password_reset_by_code import (
    PASSWORD_RESET_VERIFICATION_SESSION_KEY,
)
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.models import User, UserType
from accounts.services import lock_user
from audit import services as audit

# Where a session keeps whose code it waits for.
PROCESSES = (PASSWORD_RESET_VERIFICATION_SESSION_KEY, EMAIL_VERIFICATION_CODE_SESSION_KEY)
SECRET = frozenset({"password", "recovery_codes"})


class TrailMixin:
    """A view of allauth's that changes what lets somebody in.

    What ends it early is its answer and no failure: attempts that it counted stay counted.
    """

    def dispatch(self, request, *args, **kwargs):
        concerned = _concerned(request)
        if not concerned:
            return super().dispatch(request, *args, **kwargs)
        with ExitStack() as stack:
            for user in concerned:
                stack.enter_context(_recording(user))
            try:
                return super().dispatch(request, *args, **kwargs)
            except ImmediateHttpResponse as answer:
                return answer.response


def trailed(view):
    """The class of a view, as a TrailMixin."""
    return type(view.__name__, (TrailMixin, view), {})


@contextmanager
def _recording(user: User) -> Iterator[None]:
    """Leave one entry of all that changes meanwhile; what others change waits."""
    with transaction.atomic():
        lock_user(user)
        before = ways_in(user)
        yield
        after = ways_in(user)
        changes = {
            name: [audit.MASK if each and name in SECRET else each for each in (old, after[name])]
            for name, old in before.items()
            if old != after[name]
        }
        if changes:
            audit.record("user.changed", user, changes=changes, actor=user)


def ways_in(user: User) -> dict[str, Any]:
    """What signs `user` in: address, password, second factors."""
    row = User.objects.values("email", "password").get(pk=user.pk)
    addresses = EmailAddress.objects.filter(user=user).order_by("pk")
    factors = list(Authenticator.objects.filter(user=user).order_by("pk"))
    codes = Authenticator.Type.RECOVERY_CODES
    return {
        **row,
        "email_addresses": [_address(each) for each in addresses],
        "second_factors": [factor_name(each) for each in factors if each.type != codes],
        "recovery_codes": [each.pk for each in factors if each.type == codes],
    }


def factor_name(row: Authenticator) -> str:
    """Its kind; a key's also what its owner calls it."""
    is_key = row.type == Authenticator.Type.WEBAUTHN
    return f"{row.type}: {row}" if is_key else str(row.type)


def _address(row):
    marks = [name for name in ("primary", "verified") if getattr(row, name)]
    return f"{row.email} ({', '.join(marks) or 'not verified'})"


def _concerned(request):
    """Who is signed in here, and whose code the session waits for, but for clients."""
    people = [request.user] if request.user.is_authenticated else []
    states = [request.session.get(name) or {} for name in PROCESSES]
    awaited = {state["user_id"] for state in states if state.get("user_id")}
    if others := awaited - {str(user.pk) for user in people}:
        people += User.objects.filter(pk__in=others).order_by("pk")
    return [user for user in people if user.user_type != UserType.CLIENT]
