"""How many requests one caller may make, by what they are for."""

import math
import time
from dataclasses import dataclass
from threading import Lock

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from coachbot import rates
from coachbot.api.addresses import client_network
from coachbot.api.requests import signed_in

# A process takes turns from the shared count this many times per window, not for every request:
# what it took and did not use is lost, so there are never more than the rate allows.
SHARES = 30
MOST_REMEMBERED = 10_000


@dataclass
class Share:
    """Turns that this process has left. None left and `is_last`: nobody has, until it is over."""

    left: int
    ends_at: float
    is_last: bool


class Shares:
    """What this process took from the counts, for all its threads."""

    def __init__(self):
        self._shares = {}
        self._lock = Lock()

    def take(self, what, rate):
        """Take a turn: None, or the seconds until there is one again."""
        with self._lock:
            share = self._shares.get(what)
            if share and share.ends_at > time.time():
                if share.left:
                    share.left -= 1
                    return None
                if share.is_last:
                    return share.ends_at - time.time()
        return self._take_more(what, rate)

    def forget(self):
        with self._lock:
            self._shares.clear()

    def _take_more(self, what, rate):
        size = max(1, rate.most // SHARES)
        counted = rates.count(what, rate, times=size)
        granted = min(size, rate.most - (counted.times - size))
        with self._lock:
            self._make_room()
            self._remember(what, max(granted - 1, 0), counted, is_last=counted.times >= rate.most)
        return None if granted > 0 else counted.seconds_left

    def _remember(self, what, more, counted, *, is_last):
        ends_at, before = time.time() + counted.seconds_left, self._shares.get(what)
        left = before.left if before and before.ends_at > time.time() else 0
        self._shares[what] = Share(left + more, ends_at, is_last)

    def _make_room(self):
        if len(self._shares) < MOST_REMEMBERED:
            return
        now = time.time()
        alive = [(what, each) for what, each in self._shares.items() if each.ends_at > now]
        # Many callers at once: of the oldest, what was taken is lost. They are counted as before.
        oldest = len(alive) // 2 if len(alive) >= MOST_REMEMBERED else 0
        self._shares = dict(alive[oldest:])


SHARES_OF_PROCESS = Shares()


def seconds_to_wait(scope, caller):
    """Take a turn of `caller`: None, or the seconds until there is one again."""
    rate = settings.THROTTLE_RATES[scope]
    return SHARES_OF_PROCESS.take(f"throttle:{scope}:{caller}", rate) if rate else None


class ScopeThrottle(BaseThrottle):
    """One rate per scope and caller: the user, else the network that the request came from.

    The scope is the view's `throttle_scope`; a list that is searched counts as `search`.
    """

    seconds = 0.0

    def allow_request(self, request, view):
        scope = "search" if "search" in request.query_params else self.scope_of(view)
        if settings.THROTTLE_RATES[scope] is None:
            return True
        user = signed_in(request)
        caller = f"user:{user.pk}" if user else f"network:{client_network(request)}"
        self.seconds = seconds_to_wait(scope, caller)
        return self.seconds is None

    def wait(self):
        return math.ceil(self.seconds)

    @staticmethod
    def scope_of(view):
        return getattr(view, "throttle_scope", None) or "default"
