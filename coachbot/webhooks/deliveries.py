"""Sending what somebody is to be told, again and again for a day, and noting how that went."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from random import SystemRandom
from typing import NamedTuple

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from coachbot.destinations import Refused, Resolve, addresses_of, look_up
from coachbot.jobs.tasks import job
from coachbot.outgoing import Unreachable, post
from coachbot.webhooks import health, signing
from coachbot.webhooks.documents import Gone, body_of
from coachbot.webhooks.models import (
    LONGEST_ANSWER,
    LONGEST_ERROR,
    DeliveryStatus,
    WebhookAttempt,
    WebhookDelivery,
)

# Ten attempts within a day.
PAUSES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=6),
    timedelta(hours=10),
)
# What has failed together does not come again together.
JITTER = 0.1
# The longest that is believed of a receiver that asks for time.
LONGEST_WAIT = timedelta(hours=12)
SECONDS = 10
# A receiver that does not answer costs a worker these seconds: mail does not wait for it, nor does
# who is told for the first time wait for who is told again, or for one that has been failing.
FIRST, AGAIN = -10, -20
KEPT = timedelta(days=90)
GONE, ASK_FOR_TIME = 410, (429, 503)

UNSEALED = "Not sent: the secret is sealed with a key that is gone. Make a new one."
OFF = "Not sent: the endpoint is switched off."
VANISHED = "Not sent: what it tells of is not there any more."


class Outcome(NamedTuple):
    """What came of one attempt; `error` is empty if it was taken. `status_code` is None if there
    was no answer."""

    status_code: int | None = None
    error: str = ""
    answer: str = ""
    wait: timedelta = timedelta(0)


@job(priority=FIRST)
def deliver(delivery_id: str, number: int) -> None:
    """Make the attempt `number`, unless that has been noted already: a worker may be lost after it
    sent, or after it noted. So whoever is told is told at least once, with the same webhook-id."""
    attempt(delivery_id, number, resolve=look_up, clock=timezone.now)


@job()
def forget_old_deliveries() -> None:
    forget(timezone.now())


def begin(delivery: WebhookDelivery, *, now: datetime) -> None:
    """Have it sent, in the transaction of the caller: first, or all over again."""
    delivery.status, delivery.tries, delivery.next_attempt_at = DeliveryStatus.PENDING, 0, now
    delivery.delivered_at, delivery.error = None, ""
    delivery.save()
    priority = AGAIN if delivery.endpoint.failing_since else FIRST
    deliver.using(priority=priority).enqueue(str(delivery.pk), delivery.attempts_made + 1)


def attempt(
    delivery_id: str, number: int, *, resolve: Resolve, clock: Callable[[], datetime]
) -> None:
    """No transaction is open while others are asked."""
    rows = WebhookDelivery.objects.select_related("endpoint")
    delivery = rows.filter(pk=delivery_id, status=DeliveryStatus.PENDING).first()
    if delivery is None or delivery.attempts_made + 1 != number:
        return
    if not delivery.endpoint.is_active:
        _drop(delivery, OFF)
        return
    try:
        body = body_of(delivery)
    except Gone:
        _drop(delivery, VANISHED)
        return
    at, begun = clock(), time.monotonic()
    outcome = send(delivery, body, now=at, resolve=resolve)
    duration = int(1000 * (time.monotonic() - begun))
    note(delivery, number, outcome, at=at, duration_ms=duration)


def send(delivery: WebhookDelivery, body: bytes, *, now: datetime, resolve: Resolve) -> Outcome:
    """One request, signed. Whoever answers with anything but a 2xx did not take it."""
    endpoint = delivery.endpoint
    try:
        head = signing.headers(
            body, message_id=str(delivery.pk), secrets=endpoint.secrets(now), now=now
        )
        reply = post(
            endpoint.url,
            body,
            headers={**head, "User-Agent": settings.SITE_NAME},
            seconds=SECONDS,
            first_bytes=LONGEST_ANSWER,
            addresses=addresses_of(
                endpoint.url, inward=settings.WEBHOOKS_ALLOW_PRIVATE, resolve=resolve
            ),
        )
    except InvalidToken:
        return Outcome(error=UNSEALED)
    except Refused as refusal:
        return Outcome(error=str(refusal))
    except Unreachable as failure:
        return Outcome(error=f"No answer: {failure}.")
    answer = reply.content.decode(errors="replace").replace("\x00", "")
    error = _complaint(reply.status)
    return Outcome(reply.status, error, answer, _wait(reply.status, reply.headers, now))


def _complaint(status: int) -> str:
    """What is wrong with an answer, in words; nothing if it is a yes."""
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"{status}: it sends us elsewhere, which is not followed. Change the address."
    if status == GONE:
        return f"{status}: it wants to be told of nothing any more."
    if status in ASK_FOR_TIME:
        return f"{status}: it asks for time."
    return f"{status}: it did not take it."


def _wait(status: int, headers: Message, now: datetime) -> timedelta:
    """For how long an answer asks to be left alone (RFC 9110, 10.2.3), within bounds."""
    text = headers.get("Retry-After", "") if status in ASK_FOR_TIME else ""
    wait = timedelta(0)
    if text.isascii() and text.isdigit() and len(text) < 10:
        wait = timedelta(seconds=int(text))
    elif text:
        try:
            until = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return wait
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


def note(
    delivery: WebhookDelivery, number: int, outcome: Outcome, *, at: datetime, duration_ms: int
) -> None:
    """Write what came of it, and what follows, unless somebody else did."""
    with transaction.atomic():
        rows = WebhookDelivery.objects.select_for_update(no_key=True, of=("self",))
        row = rows.select_related("endpoint").get(pk=delivery.pk)
        if row.attempts_made + 1 != number:
            return
        WebhookAttempt.objects.create(
            delivery=row,
            number=number,
            at=at,
            status_code=outcome.status_code,
            duration_ms=duration_ms,
            error=outcome.error[:LONGEST_ERROR],
            answer=outcome.answer,
        )
        row.attempts_made, row.tries = number, row.tries + 1
        row.error = outcome.error[:LONGEST_ERROR]
        _settle(row, outcome, at)


def _settle(delivery: WebhookDelivery, outcome: Outcome, at: datetime) -> None:
    delivery.next_attempt_at = None
    if not outcome.error:
        delivery.status, delivery.delivered_at = DeliveryStatus.DELIVERED, at
        delivery.save()
        health.note_success(delivery.endpoint, at)
        return
    is_last = delivery.tries > len(PAUSES) or outcome.status_code == GONE
    if is_last:
        delivery.status = DeliveryStatus.FAILED
    else:
        delivery.next_attempt_at = at + max(_pause(delivery.tries), outcome.wait)
        later = deliver.using(run_after=delivery.next_attempt_at, priority=AGAIN)
        later.enqueue(str(delivery.pk), delivery.attempts_made + 1)
    delivery.save()
    health.note_failure(delivery.endpoint, at, is_last=is_last, is_gone=outcome.status_code == GONE)


def _pause(tries: int) -> timedelta:
    return PAUSES[tries - 1] * SystemRandom().uniform(1 - JITTER, 1 + JITTER)


def _drop(delivery: WebhookDelivery, why: str) -> None:
    WebhookDelivery.objects.filter(pk=delivery.pk, attempts_made=delivery.attempts_made).update(
        status=DeliveryStatus.FAILED, error=why, next_attempt_at=None, updated_at=timezone.now()
    )


def forget(now: datetime) -> int:
    """Deliveries of long ago, but those that are still to be sent. How many those were."""
    old = WebhookDelivery.objects.filter(created_at__lt=now - KEPT)
    _, counts = old.exclude(status=DeliveryStatus.PENDING).delete()
    return counts.get(WebhookDelivery._meta.label, 0)
