"""Answers what came from Telegram: once, as whoever it is linked to, in one transaction."""

from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from accounts.models import User
from coachbot import rates
from coachbot.api.throttles import seconds_to_wait
from coachbot.chat.bot import Translation, take_turn, translate
from coachbot.chat.models import Chat, Message, TelegramLink, TelegramUpdate
from coachbot.chat.serializers import SayingSerializer
from coachbot.chat.services import lock_chat, start_chat
from coachbot.chat.telegram import outbox, sentences, services
from coachbot.chat.telegram.keyboard import keyboard
from coachbot.chat.telegram.updates import Incoming, read
from coachbot.db.faults import retrying
from coachbot.environment import Rate
from coachbot.errors import DomainError

CODES = Rate(10, 3600)
ONCE_A_MINUTE, ONCE_AN_HOUR = Rate(1, 60), Rate(1, 3600)


class Speech(NamedTuple):
    text: str
    buttons: outbox.Buttons = ()


def receive(update: Any, now: datetime) -> None:
    """Answer an update; one that comes again is answered already. Not for transactions: a
    language model may be asked."""
    incoming = read(update)
    if incoming is None or TelegramUpdate.objects.filter(pk=incoming.update_id).exists():
        return
    links = TelegramLink.objects.select_related("user", "chat")
    link = links.filter(telegram_id=incoming.telegram_id).first()
    caller = f"user:{link.user_id}" if link else f"telegram:{incoming.telegram_id}"
    seconds = seconds_to_wait("chat", caller)
    if seconds is not None:
        refuse(incoming, sentences.SLOW_DOWN.format(seconds=int(seconds) + 1), now, ONCE_A_MINUTE)
    elif not incoming.is_private:
        refuse(incoming, sentences.PRIVATE_ONLY, now, ONCE_AN_HOUR)
    else:
        answer(incoming, _translation(incoming, link, now), now)


def refuse(incoming: Incoming, text: str, now: datetime, rate: Rate) -> None:
    """Say so now and then: an answer to each would be as much again."""
    with transaction.atomic():
        TelegramUpdate.objects.get_or_create(update_id=incoming.update_id)
        if rates.count(f"telegram-told:{rate.seconds}:{incoming.telegram_id}", rate).times == 1:
            outbox.queue(telegram_id=incoming.telegram_id, text=text, now=now)


@retrying
def answer(incoming: Incoming, translation: Translation | None, now: datetime) -> None:
    with transaction.atomic():
        _, is_new = TelegramUpdate.objects.get_or_create(update_id=incoming.update_id)
        if not is_new:
            return
        link = services.lock_link(incoming.telegram_id)
        text, buttons = _speech(incoming, link, translation, now)
        outbox.queue(
            telegram_id=incoming.telegram_id,
            text=text,
            now=now,
            buttons=buttons,
            callback_id=incoming.callback_id,
        )


def _translation(
    incoming: Incoming, link: TelegramLink | None, now: datetime
) -> Translation | None:
    if link is None or link.chat is None or not services.is_good(link):
        return None
    if not incoming.text or incoming.command or incoming.callback_id:
        return None
    return translate(link.chat, incoming.text, now)


def _speech(
    incoming: Incoming,
    link: TelegramLink | None,
    translation: Translation | None,
    now: datetime,
) -> Speech:
    if incoming.command == "start":
        return _start(incoming, link, now)
    if link is None:
        return Speech(sentences.HOW_TO_LINK.format(site=settings.SITE_NAME))
    if incoming.command == "unlink":
        services.unlink(user=link.user)
        return Speech(sentences.UNLINKED)
    if not services.is_good(link):
        return _closed()
    return _turn(incoming, link, translation, now)


def _start(incoming: Incoming, link: TelegramLink | None, now: datetime) -> Speech:
    if not incoming.text:
        if link is None:
            return Speech(sentences.HOW_TO_LINK.format(site=settings.SITE_NAME))
        good = services.is_good(link)
        return Speech(sentences.ALREADY.format(name=_name(link.user))) if good else _closed()
    if rates.count(f"telegram-code:{incoming.telegram_id}", CODES).times > CODES.most:
        return Speech(sentences.TOO_MANY_CODES)
    try:
        user = services.link(code=incoming.text, telegram_id=incoming.telegram_id, now=now)
    except DomainError as refusal:
        return Speech(str(refusal))
    return Speech(sentences.LINKED.format(name=_name(user)))


def _turn(
    incoming: Incoming, link: TelegramLink, translation: Translation | None, now: datetime
) -> Speech:
    """A turn of the user's chat. A button counts only under what was said last."""
    if not incoming.text:
        return Speech(sentences.TEXT_ONLY)
    saying = SayingSerializer(data={"content": incoming.text})
    if not saying.is_valid():
        return Speech(" ".join(saying.errors["content"]))
    chat = _chat(link)
    if incoming.position not in (None, chat.length):
        return _where_we_are(chat)
    reply = take_turn(chat, saying.validated_data["content"], now, translation).reply
    return Speech(reply.content, keyboard(reply))


def _where_we_are(chat: Chat) -> Speech:
    last = Message.objects.filter(chat=chat, position=chat.length).first()
    if last is None:
        return Speech(sentences.OVER)
    last.chat = chat
    return Speech(f"{sentences.OVER}\n\n{last.content}", keyboard(last))


def _chat(link: TelegramLink) -> Chat:
    """The user's chat of Telegram, locked; a new one if there is none, or it was put away."""
    if link.chat:
        try:
            return lock_chat(link.chat)
        except Chat.DoesNotExist:
            pass
    chat = start_chat(user=link.user, title=services.TITLE)
    link.chat = chat
    link.save(update_fields=["chat", "updated_at"])
    return chat


def _closed() -> Speech:
    return Speech(sentences.CLOSED + sentences.HOW_TO_LINK.format(site=settings.SITE_NAME))


def _name(user: User) -> str:
    return user.get_full_name() or user.get_username()
