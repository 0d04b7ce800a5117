"""The one way to write chats. What the bot says in them is `coachbot.chat.bot`'s to know."""

from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from accounts.errors import AccountClosed
from accounts.models import User
from accounts.services import lock_user
from coachbot.chat.models import Chat, Message, Role

LONGEST_TITLE = 60


def start_chat(*, user: User, title: str = "", time_zone: ZoneInfo | None = None) -> Chat:
    """A new chat of `user`, on whose own clock the bot speaks unless another zone is given.

    Raises AccountClosed if they were deactivated or erased meanwhile.
    """
    with transaction.atomic():
        user = lock_user(user)
        if not user.is_active:
            raise AccountClosed
        chat: Chat = Chat.objects.create(
            user=user, title=title, time_zone=time_zone or user.time_zone
        )
        return chat


def change_chat(*, chat: Chat, **fields: object) -> Chat:
    """Write `title` or `time_zone`, and nothing else: turns taken meanwhile stay."""
    with transaction.atomic():
        row = lock_chat(chat)
        for name, value in fields.items():
            setattr(row, name, value)
        row.save(update_fields=[*fields, "updated_at"])
    return row


def delete_chat(*, chat: Chat) -> None:
    """Hide the chat and what was said in it. Bookings made there stay as they are."""
    with transaction.atomic():
        lock_chat(chat).delete()


def lock_chat(chat: Chat) -> Chat:
    """The row as it is now with its user, locked until the transaction ends: turns are taken one
    after the other. Raises DoesNotExist if it was deleted meanwhile."""
    rows = Chat.objects.select_related("user").select_for_update(of=("self",), no_key=True)
    row: Chat = rows.get(pk=chat.pk)
    return row


def add_turn(
    *,
    chat: Chat,
    question: str,
    answer: str,
    payload: dict[str, Any],
    state: dict[str, Any],
    title: str = "",
) -> tuple[Message, Message]:
    """What the user said and what the bot answers; `title` is for a chat that has none yet. Safe
    only while `chat` is locked."""
    message = _message(chat, 1, Role.USER, question)
    reply = _message(chat, 2, Role.BOT, answer, payload)
    Message.objects.bulk_create([message, reply])
    chat.length += 2
    chat.state = state
    chat.title = chat.title or _shortened(title)
    chat.save(update_fields=["length", "state", "title", "updated_at"])
    return message, reply


def lock_chats(*, user: User) -> None:
    """Let the turns of `user` that are being taken end, before the user is locked."""
    list(Chat.everything.of(user).select_for_update(no_key=True).order_by("pk").values("pk"))


def erase_chats(*, user: User) -> None:
    """Take for good what `user` ever said to the bot. Safe only with the user locked."""
    Chat.everything.of(user).hard_delete()


def _message(chat: Chat, ahead: int, role: Role, content: str, payload: Any = None) -> Message:
    return Message(
        chat=chat,
        position=chat.length + ahead,
        role=role,
        content=content,
        payload=payload or {},
        created_at=timezone.now(),
    )


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= LONGEST_TITLE else f"{words[: LONGEST_TITLE - 1].rstrip()}…"
