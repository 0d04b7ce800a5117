"""The one way to write who is told of what. Every change by staff is in the log."""

from collections.abc import Collection
from copy import copy
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from audit import services as audit
from coachbot.destinations import Refused, Resolve, addresses_of, look_up, place_of
from coachbot.ids import uuid7
from coachbot.webhooks import signing
from coachbot.webhooks.deliveries import begin
from coachbot.webhooks.documents import Gone, document_of
from coachbot.webhooks.errors import AddressRefused, NotReplayable, SwitchedOff, UnknownEvent
from coachbot.webhooks.models import (
    OVERLAP,
    TEST,
    EventType,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from feedback.models import Feedback
from scheduling.models import BookingEvent


def require_outward(url: str, *, resolve: Resolve = look_up) -> None:
    """Raise AddressRefused for what nothing would be sent to. It looks a name up, so ask before a
    transaction begins; every delivery asks again."""
    try:
        addresses_of(url, inward=settings.WEBHOOKS_ALLOW_PRIVATE, resolve=resolve)
    except Refused as refusal:
        raise AddressRefused(str(refusal)) from None


def register(*, actor: User | None, **fields: Any) -> tuple[WebhookEndpoint, str]:
    """A new endpoint, and its secret, which nobody sees again. Raises AddressRefused or
    UnknownEvent."""
    endpoint, secret = WebhookEndpoint(created_by=actor, **fields), signing.new_secret()
    endpoint.sealed_secret = endpoint.seal(secret)
    _require_right(endpoint)
    with transaction.atomic():
        endpoint.save(force_insert=True)
        changes = audit.difference(None, endpoint)
        audit.record("webhook.created", endpoint, changes=changes, actor=actor)
    return endpoint, secret


def change(*, endpoint: WebhookEndpoint, actor: User | None, **fields: Any) -> WebhookEndpoint:
    """Write `fields` and nothing else. Raises AddressRefused or UnknownEvent.

    Where it is switched on again, what was wrong is forgotten."""
    with transaction.atomic():
        locked = _lock(endpoint)
        before = copy(locked)
        for name, value in fields.items():
            setattr(locked, name, value)
        _require_right(locked)
        if locked.is_active and not before.is_active:
            locked.off_because, locked.failing_since = "", None
        locked.save()
        audit.record_change("webhook.changed", before, locked, actor=actor)
        return locked


def rotate_secret(*, endpoint: WebhookEndpoint, actor: User | None, now: datetime) -> str:
    """A new secret, which nobody sees again. The one before signs, too, for as long as receivers
    may take to change over; an even older one does no more."""
    secret = signing.new_secret()
    with transaction.atomic():
        locked = _lock(endpoint)
        before = copy(locked)
        locked.former_secret, locked.former_secret_until = locked.sealed_secret, now + OVERLAP
        locked.sealed_secret = locked.seal(secret)
        locked.save()
        audit.record_change("webhook.secret_rotated", before, locked, actor=actor)
    return secret


def fan_out(event_type: str, event_id: UUID | str, *, now: datetime) -> int:
    """Have all who want to be told of an event told, each once, however often this is called. How
    many those are."""
    wanting = [each for each in WebhookEndpoint.objects.active() if event_type in each.events]
    return sum(_tell(each, event_type, event_id, now) for each in wanting)


def _tell(endpoint: WebhookEndpoint, event_type: str, event_id: UUID | str, now: datetime) -> bool:
    delivery, is_new = WebhookDelivery.objects.get_or_create(
        endpoint=endpoint, event_id=event_id, defaults={"type": event_type}
    )
    if is_new:
        begin(delivery, now=now)
    return is_new


def send_test(*, endpoint: WebhookEndpoint, actor: User | None, now: datetime) -> WebhookDelivery:
    """Send an event that tells of nothing, to try the endpoint. Raises SwitchedOff."""
    with transaction.atomic():
        locked = _lock(endpoint)
        require_active(locked)
        delivery = WebhookDelivery(endpoint=locked, type=TEST, event_id=uuid7())
        begin(delivery, now=now)
        audit.record("webhook.tested", locked, actor=actor)
        return delivery


def require_active(endpoint: WebhookEndpoint) -> None:
    """Raise SwitchedOff."""
    if not endpoint.is_active:
        raise SwitchedOff


def replay(*, delivery: WebhookDelivery, actor: User | None, now: datetime) -> None:
    """Send it again, whatever became of it, with the same webhook-id. Raises SwitchedOff or
    NotReplayable."""
    with transaction.atomic():
        rows = WebhookDelivery.objects.select_for_update(no_key=True, of=("self",))
        locked = rows.select_related("endpoint").get(pk=delivery.pk)
        require_replayable(locked)
        begin(locked, now=now)
        audit.record("webhook.replayed", locked, actor=actor)


def require_replayable(delivery: WebhookDelivery) -> None:
    """Raise SwitchedOff or NotReplayable if it cannot be sent again."""
    require_active(delivery.endpoint)
    try:
        document_of(delivery)
    except Gone:
        raise NotReplayable from None


def erase_answers(*, user: User) -> None:
    """Forget what receivers answered to what is about `user`: some repeat what they were told."""
    booking = Q(booking__client=user)
    events = BookingEvent.objects.filter(booking).values("pk")
    feedback = Feedback.objects.filter(booking).values("pk")
    WebhookAttempt.objects.filter(
        Q(delivery__event_id__in=events) | Q(delivery__event_id__in=feedback)
    ).update(answer="")


def reseal() -> tuple[int, int]:
    """Seal the secrets with the SECRET_KEY of today. How many endpoints there are, and of how many
    no known key opens the secret, which stay as they are."""
    lost = 0
    with transaction.atomic():
        rows = list(WebhookEndpoint.objects.select_for_update(no_key=True).order_by("pk"))
        for row in rows:
            try:
                row.reseal()
            except InvalidToken:
                lost += 1
        WebhookEndpoint.objects.bulk_update(rows, ["sealed_secret", "former_secret"])
    return len(rows), lost


def _require_right(endpoint: WebhookEndpoint) -> None:
    try:
        place_of(endpoint.url, inward=settings.WEBHOOKS_ALLOW_PRIVATE)
    except Refused as refusal:
        raise AddressRefused(str(refusal)) from None
    _require_known(endpoint.events)


def _require_known(events: Collection[str]) -> None:
    if not events or not set(events) <= set(EventType.values):
        raise UnknownEvent


def _lock(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
