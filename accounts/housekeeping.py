"""Sessions that nobody needs to see any more."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import UserSession
from coachbot.jobs.tasks import job

# Until then they show from where somebody was signed in.
KEPT_DAYS = 90


@job()
def forget_dead_sessions() -> None:
    purge_sessions(timezone.now())


def purge_sessions(now: datetime, *, days: int = KEPT_DAYS) -> int:
    """Delete those that ended or expired so long ago. How many there were."""
    return UserSession.objects.dead_since(now - timedelta(days=days)).delete()[0]
