"""Replies leave after the commit of the turn that they answer, and in its order.

A reply is a row of that transaction, so a crash loses none. Whoever sends one deletes it after
that: a crash in between sends it once more.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from coachbot.chat.models import TelegramReply, TelegramUpdate
from coachbot.chat.telegram import client

log = logging.getLogger(__name__)

LONGEST_TEXT = 4096
# Code points may count twice.
LONGEST_LINE = LONGEST_TEXT // 2
BATCH = 50
REFUSED = (400, 403)  # the conversation is gone, or the bot was blocked
LONGEST_PAUSE = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=1)
# Telegram repeats an update for a day at most.
REMEMBERED = timedelta(days=3)

Buttons = Sequence[Sequence[tuple[str, str]]]
_SENDER = ThreadPoolExecutor(1, thread_name_prefix="telegram")


def queue(
    *, telegram_id: int, text: str, now: datetime, buttons: Buttons = (), callback_id: str = ""
) -> None:
    """Write down what is to be sent; a long text as several replies, the last with the buttons."""
    parts = list(split(text))
    TelegramReply.objects.bulk_create(
        TelegramReply(
            telegram_id=telegram_id,
            text=part,
            buttons=[list(map(list, row)) for row in buttons] if place == len(parts) else [],
            callback_id=callback_id if place == 1 else "",
            next_try_at=now,
        )
        for place, part in enumerate(parts, 1)
    )
    transaction.on_commit(lambda: _SENDER.submit(_send_all).add_done_callback(_tell))


def wait_until_sent() -> None:
    """Return when everything that was handed over was tried."""
    _SENDER.submit(lambda: None).result()


def send_due(clock: Callable[[], datetime]) -> int:
    """Send what is due, first things first in each conversation. How many replies went out."""
    sent = 0
    while batch := list(TelegramReply.objects.due(clock())[:BATCH]):
        for reply in batch:
            if TelegramReply.objects.claim(reply, clock()):
                sent += _send(reply, clock())
    return sent


def purge(now: datetime) -> int:
    """Forget updates that cannot come again. How many there were."""
    return TelegramUpdate.objects.filter(created_at__lt=now - REMEMBERED).delete()[0]


def split(text: str) -> Iterator[str]:
    """Parts as long as Telegram takes, which counts in UTF-16; cut between lines if possible."""
    part = ""
    for line in _lines(text):
        if part and _length(f"{part}\n{line}") > LONGEST_TEXT:
            yield part
            part = line
        else:
            part = f"{part}\n{line}" if part else line
    yield part


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield from (line[at : at + LONGEST_LINE] for at in range(0, len(line) or 1, LONGEST_LINE))


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", errors="replace")) // 2


def _send(reply: TelegramReply, now: datetime) -> bool:
    if reply.callback_id:
        # Only stops the button's spinner; too late is no harm.
        client.call("answerCallbackQuery", callback_query_id=reply.callback_id)
    result = client.call("sendMessage", **_parameters(reply))
    if result.is_ok:
        reply.delete()
    elif result.status in REFUSED or reply.created_at < now - GIVEN_UP_AFTER:
        log.warning("A reply to Telegram was given up: status %s.", result.status)
        reply.delete()
    else:
        log.warning("Telegram did not take a reply: %s.", result.status or result.detail)
        pause = timedelta(seconds=result.retry_after) or _pause(reply.attempts)
        TelegramReply.objects.filter(pk=reply.pk).update(next_try_at=now + pause)
    return result.is_ok


def _parameters(reply: TelegramReply) -> dict[str, object]:
    """Plain text, in which nothing is markup: names cannot put anything into it."""
    keyboard = [
        [{"text": label, "callback_data": value} for label, value in row] for row in reply.buttons
    ]
    return {
        "chat_id": reply.telegram_id,
        "text": reply.text,
        "link_preview_options": {"is_disabled": True},
        **({"reply_markup": {"inline_keyboard": keyboard}} if keyboard else {}),
    }


def _pause(attempts: int) -> timedelta:
    return min(timedelta(seconds=5 * 2 ** min(attempts, 10)), LONGEST_PAUSE)


def _send_all() -> None:
    try:
        send_due(timezone.now)
    finally:
        connection.close()


def _tell(sending: Future[None]) -> None:
    if failure := sending.exception():
        log.error("Replies to Telegram could not be sent.", exc_info=failure)
