"""How often a password may be tried, for one account and from one network."""

import hashlib
import math
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q

from accounts.models import User
from coachbot import rates
from coachbot.api.addresses import client_network


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
    account = _count(f"login:{_account(credentials)}", settings.LOGIN_FAILURES_PER_ACCOUNT)
    network = _count(f"login:{client_network(request)}", settings.LOGIN_FAILURES_PER_NETWORK)
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
    user = User.objects.filter(Q(username=typed) | Q(email__iexact=typed)).only("pk").first()
    return f"user {user.pk}" if user else hashlib.sha256(typed.encode()).hexdigest()
