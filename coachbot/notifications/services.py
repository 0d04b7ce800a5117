"""Who wants no mail of a topic."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from coachbot.notifications.models import Topic, Unsubscription


def unsubscribe(*, email: str, topic: Topic) -> None:
    """Repeating it is safe: mail programs do."""
    Unsubscription.objects.bulk_create(
        [Unsubscription(email=email.lower(), topic=topic)], ignore_conflicts=True
    )


def subscribe(*, email: str, topic: Topic) -> None:
    _of([email]).filter(topic=topic).delete()


def is_unsubscribed(email: str, topic: Topic) -> bool:
    return _of([email]).filter(topic=topic).exists()


def unsubscriptions_of(addresses: Collection[str]) -> list[dict[str, Any]]:
    rows = _of(addresses).values("email", "topic", "created_at")
    return [dict(row) for row in rows]


def erase_unsubscriptions(addresses: Collection[str]) -> None:
    _of(addresses).delete()


def _of(addresses: Collection[str]) -> QuerySet[Unsubscription]:
    """They are stored in lower case."""
    return Unsubscription.objects.filter(email__in=[address.lower() for address in addresses])
