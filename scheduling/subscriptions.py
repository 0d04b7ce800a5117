"""What workers do when time may have become free, and every so often."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from coachbot.jobs import clock, topics
from coachbot.jobs.tasks import job
from scheduling import services
from scheduling.models import BookingEvent

MINUTE = 60


def offer_time(*, specialist: str, **told: Any) -> None:
    """Somebody may be waiting for it."""
    services.offer_time_of(specialist_id=UUID(specialist), now=told["now"])


def offer_time_given_back(*, event: str, **told: Any) -> None:
    """A booking was cancelled, or has another time, or somebody else sees to it."""
    happened = BookingEvent.objects.select_related("booking").get(pk=event)
    freed = happened.from_specialist_id or happened.booking.specialist_id
    services.offer_time_of(specialist_id=freed, now=told["now"])


@job()
def pass_offers_on() -> None:
    """What was offered and not taken goes to the next in line; whose time is over leaves it."""
    now = timezone.now()
    services.expire_entries(now=now)
    _free(services.with_expired_holds(now=now))


@job()
def look_at_the_line() -> None:
    """Time also becomes free by itself, as days come within reach that could not be booked yet."""
    _free(services.waited_for(now=timezone.now()))


def _free(specialists: list[UUID]) -> None:
    for key in specialists:
        topics.announce("time.freed", specialist=str(key))


for topic in ("hours.changed", "time.freed"):
    topics.subscribe(topic, offer_time)
for topic in ("booking.cancelled", "booking.rescheduled", "booking.handed_over"):
    topics.subscribe(topic, offer_time_given_back)
clock.every(MINUTE, pass_offers_on)
clock.every(15 * MINUTE, look_at_the_line)
