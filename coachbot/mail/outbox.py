"""Where mail is put. It is sent once the caller's transaction is committed, and never if that is
undone."""

import logging
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from coachbot.mail import envelopes, sending
from coachbot.mail.models import Mail
from coachbot.mail.tasks import send

log = logging.getLogger(__name__)

# For so long a worker leaves to the process itself what it sends at once.
HEAD_START = timedelta(seconds=20)
# One thread, so in order. A process that ends waits for it.
_POSTMAN = ThreadPoolExecutor(1, thread_name_prefix="mail")


def put(
    message: EmailMultiAlternatives, *, key: str, about: UUID | None = None, at_once: bool = False
) -> bool:
    """Have `message`, to one address, sent by a worker. False if something was put under `key`
    before: then this is not sent.

    `at_once`: somebody sits and waits for it. This process sends it beside the request, whose
    time must not tell what was sent; the worker only sees to it if that fails.
    """
    mail, is_new = Mail.objects.get_or_create(
        key=key,
        defaults={
            "about": about,
            "recipient": message.to[0].lower(),
            "subject": message.subject[:300],
            "content": envelopes.seal(message),
        },
    )
    if is_new:
        start = timezone.now() + (HEAD_START if at_once else timedelta())
        send.using(run_after=start).enqueue(str(mail.pk))
    if is_new and at_once:
        transaction.on_commit(lambda: _POSTMAN.submit(_send, mail.pk).add_done_callback(_tell))
    return is_new


def sent_to(addresses: Collection[str]) -> "QuerySet[Mail]":
    """All mail to these addresses that is remembered, also what waits."""
    lowered = [address.lower() for address in addresses]
    return Mail.objects.filter(recipient__in=lowered).order_by("pk")


def forget(addresses: Collection[str]) -> int:
    """Take away all mail to these addresses, also what waits. How many messages."""
    return sent_to(addresses).delete()[0]


def wait_until_sent() -> None:
    """Return when everything that was to be sent at once was tried."""
    _POSTMAN.submit(lambda: None).result()


def _send(key: UUID) -> None:
    try:
        sending.send(key, timezone.now())
    finally:
        connection.close()


def _tell(done: "Future[None]") -> None:
    if failure := done.exception():
        log.error("A mail could not be sent at once: a worker tries again. %s", failure)
