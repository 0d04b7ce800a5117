"""How often a password or a code may be tried, for one account and from one network."""

import hashlib
import math
from typing import NamedTuple

from allauth.account.models import EmailAddress
from allauth.core.internal.ratelimit import respond_429
from django.conf import settings
from django.db.models import Q

from accounts.models import User
from coachbot import rates
from coachbot.api.addresses import client_network
from coachbot.environment import Rate

# As allauth has it, and as long as the longer of its codes is good.
TRIES_PER_CODE = Rate(3, 15 * 60)


class TooMany(Exception):
    """There are no attempts left for `seconds`, also for the right password."""

    def __init__(self, seconds):
        super().__init__(seconds)
        self.seconds = math.ceil(seconds)


class Attempt(NamedTuple):
    """What was counted. It counts before the password is looked at, so that of many requests at
    once no more get that far than may."""

    counted: tuple[str, ...]

    def succeeded(self):
        """Only failures count; those before stay, or they could be washed away."""
        for what in self.counted:
            rates.give_back(what)


def begin(request, credentials):
    """Count an attempt with `credentials`. Raises TooMany."""
    return _begin(request, f"login:{_account(credentials)}")


def begin_factor(request, user):
    """Count an attempt at a code of the second factor of `user`. Raises TooMany."""
    return _begin(request, f"factor:{user.pk}")


def begin_code(request, code):
    """Count an attempt at `code`, which was sent to whoever has this session. Raises TooMany."""
    return Attempt((_count(f"code:{request.session.session_key}:{code}", TRIES_PER_CODE),))


def refusal_response(request, refusal):
    answer = respond_429(request)
    answer["Retry-After"] = str(refusal.seconds)
    return answer


def _begin(request, what):
    """What the network's count refuses was no attempt at this account: strangers beside me do not
    lock me out."""
    account = _count(what, settings.LOGIN_FAILURES_PER_ACCOUNT)
    try:
        network = _count(f"login:{client_network(request)}", settings.LOGIN_FAILURES_PER_NETWORK)
    except TooMany:
        rates.give_back(account)
        raise
    return Attempt((account, network))


def _count(what, rate):
    if rate is not None:
        counted = rates.count(what, rate)
        if counted.times > rate.most:
            raise TooMany(counted.seconds_left)
    return what


def _account(credentials):
    """One account whatever it is called by; what is nobody's name counts by itself."""
    typed = (credentials.get("username") or credentials.get("email") or "").lower()
    named = User.objects.filter(Q(username=typed) | Q(email__iexact=typed))
    further = EmailAddress.objects.filter(email=typed, verified=True)
    pk = (
        named.values_list("pk", flat=True).first() or further.values_list("user", flat=True).first()
    )
    return f"user {pk}" if pk else hashlib.sha256(typed.encode()).hexdigest()
