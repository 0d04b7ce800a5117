"""How often somebody may do something: counted in the database, by all processes together."""

import hashlib
import time
from typing import NamedTuple, Self

from django.db import connection, models
from django.db.models import F
from django.utils import timezone

from coachbot.environment import Rate

# One statement counts and answers, so that no two requests get the same turn. A count whose time
# is over begins anew.
COUNT = """
    INSERT INTO coachbot_ratecounter AS counter (key, count, expires_at_ms) VALUES (%s, %s, %s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN counter.expires_at_ms <= %s
            THEN excluded.count ELSE counter.count + excluded.count END,
        expires_at_ms = CASE WHEN counter.expires_at_ms <= %s
            THEN excluded.expires_at_ms ELSE counter.expires_at_ms END
    RETURNING count, expires_at_ms
"""


class Counted(NamedTuple):
    """How often it was by now, and in how many seconds the count begins anew."""

    times: int
    seconds_left: float


class RateCounterQuerySet(models.QuerySet["RateCounter"]):
    def expired(self, now_ms: int) -> Self:
        return self.filter(expires_at_ms__lte=now_ms)


class RateCounter(models.Model):
    """How often one thing was done. Of what it is, the table holds only the hash."""

    key = models.CharField(primary_key=True, max_length=64)
    count = models.BigIntegerField()
    expires_at_ms = models.BigIntegerField(help_text="Milliseconds since 1970.")

    objects = RateCounterQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["expires_at_ms"], name="rate_counter_expiry")]

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.count}"


def count(what: str, rate: Rate, *, times: int = 1) -> Counted:
    """Count `what` once more, or several `times`. Whether that is too often, the caller sees."""
    now = _now_ms()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [_hash(what), times, now + rate.seconds * 1000, now, now])
        total, expires_at = cursor.fetchone()
    return Counted(total, max(expires_at - now, 0) / 1000)


def give_back(what: str) -> None:
    """Count once less."""
    RateCounter.objects.filter(key=_hash(what), count__gt=0).update(count=F("count") - 1)


def purge() -> int:
    """Delete the counts whose time is over, allauth's in the cache too. How many there were."""
    return RateCounter.objects.expired(_now_ms()).delete()[0] + _purge_cache()


def _purge_cache() -> int:
    """Django deletes what has expired only when it is read again, and these name addresses."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM coachbot_cache WHERE expires < %s", [now])
        deleted: int = cursor.rowcount
    return deleted


def _now_ms() -> int:
    return int(time.time() * 1000)


def _hash(what: str) -> str:
    return hashlib.sha256(what.encode()).hexdigest()
