"""What webhooks want to be told of, so that all who want to know are, whoever did it."""

from datetime import datetime
from functools import partial

from coachbot.jobs.clock import DAY, every
from coachbot.jobs.topics import subscribe
from coachbot.webhooks.deliveries import forget_old_deliveries
from coachbot.webhooks.models import EventType
from coachbot.webhooks.services import fan_out


def tell(event_type: str, *, now: datetime, event: str = "", feedback: str = "") -> None:
    fan_out(event_type, event or feedback, now=now)


for _type in EventType.values:
    subscribe(_type, partial(tell, _type))

every(DAY, forget_old_deliveries)
