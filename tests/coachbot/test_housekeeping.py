"""What the clock has a worker forget every day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import UserSession
from coachbot.chat.models import TelegramUpdate
from coachbot.idempotency import IdempotencyKey
from coachbot.jobs import clock
from coachbot.rates import RateCounter
from tests.factories import UserSessionFactory
from tests.jobs import failures, work

pytestmark = pytest.mark.django_db

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def test_a_worker_forgets_every_day_what_has_expired_and_nothing_else(frozen):
    for number, (name, by) in enumerate({"old": -SECOND, "new": SECOND}.items()):
        at = frozen + by
        IdempotencyKey.objects.create(owner="x", key_hash=name, expires_at=at)
        RateCounter.objects.create(key=name, count=1, expires_at_ms=at.timestamp() * 1000)
        UserSessionFactory(user_agent=name, expires_at=at - 90 * DAY)
        TelegramUpdate.objects.create(update_id=number, created_at=at - 3 * DAY)

    clock.tick(timezone.now())
    ran = work()

    assert (ran >= 4, failures()) == (True, {})
    assert [row.key_hash for row in IdempotencyKey.objects.all()] == ["new"]
    assert [row.key for row in RateCounter.objects.all()] == ["new"]
    assert [row.user_agent for row in UserSession.objects.all()] == ["new"]
    assert [row.created_at for row in TelegramUpdate.objects.all()] == [
        frozen + SECOND - 3 * DAY,
    ]
