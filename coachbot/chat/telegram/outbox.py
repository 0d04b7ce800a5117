"""Replies leave after the commit of the turn that they answer, and in its order.

A reply is a row of that transaction, so a crash loses none. The process that answered sends it at
once; what it could not send, a task does that is of the same transaction. Whoever sends one
deletes it after that: a crash in between sends it once more.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django_tasks import TaskResultStatus

from coachbot.chat.models import TelegramReply, TelegramUpdate
from coachbot.chat.telegram import client
from coachbot.jobs.models import Task
from coachbot.jobs.tasks import job

log = logging.getLogger(__name__)

LONGEST_TEXT = 4096
# Code points may count twice.
LONGEST_LINE = LONGEST_TEXT // 2
BATCH = 50
REFUSED = (400, 403)  # the conversation is gone, or the bot was blocked
LONGEST_PAUSE = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=1)
# The process that answered is quicker; a worker looks whether it was.
HEAD_START = timedelta(seconds=5)
# So long at a time, or a Telegram that hangs would keep a worker from everything else.
LONGEST_ROUND = timedelta(seconds=20)
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
    send_replies.using(run_after=now + HEAD_START).enqueue()
    transaction.on_commit(lambda: _SENDER.submit(_send_all).add_done_callback(_tell))


def wait_until_sent() -> None:
    """Return when everything that was handed over was tried."""
    _SENDER.submit(lambda: None).result()


@job()
def send_replies() -> None:
    """Send what is due, and come back when more will be: no reply waits without a task."""
    if not settings.TELEGRAM:
        return
    send_due(timezone.now, until=timezone.now() + LONGEST_ROUND)
    at = TelegramReply.objects.next_due()
    if at is not None and not _is_coming_back(by=at):
        send_replies.using(run_after=at).enqueue()


@job()
def forget_updates() -> None:
    purge(timezone.now())


def send_due(clock: Callable[[], datetime], *, until: datetime | None = None) -> int:
    """Send what is due, first things first in each conversation, and begin none after `until`. How
    many replies went out."""
    sent = 0
    while batch := list(TelegramReply.objects.due(clock())[:BATCH]):
        for reply in batch:
            if until and clock() >= until:
                return sent
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


def _is_coming_back(*, by: datetime) -> bool:
    waiting = Task.objects.filter(status=TaskResultStatus.READY, run_after__lte=by)
    return waiting.filter(task_path=send_replies.module_path).exists()


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
