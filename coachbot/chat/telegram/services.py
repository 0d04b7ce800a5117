"""The one way to write who is linked to which account in Telegram.

Locks are taken in one order: the link, then its chat, then the user.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from accounts.errors import AccountClosed
from accounts.models import User, UserType
from accounts.services import lock_user
from audit import services as audit
from coachbot.chat.models import TelegramLink, TelegramReply
from coachbot.chat.services import start_chat
from coachbot.chat.telegram.errors import CodeUnknown, LinkedToAnother

TITLE = "Telegram"
CODE_LIFE = timedelta(minutes=10)


class Code(NamedTuple):
    """Shown once; the table keeps its hash."""

    text: str
    expires_at: datetime


def issue_code(*, user: User, now: datetime) -> Code:
    """A new one-time code; an older one is void. Raises AccountClosed."""
    code = Code(secrets.token_urlsafe(16), now + CODE_LIFE)
    with transaction.atomic():
        link, _ = TelegramLink.objects.select_for_update(no_key=True).get_or_create(user=user)
        if not lock_user(user).is_active:
            raise AccountClosed
        link.code_hash, link.code_expires_at = _hash(code.text), code.expires_at
        link.save(update_fields=["code_hash", "code_expires_at", "updated_at"])
        _log("telegram.code_issued", user)
    return code


def link(*, code: str, telegram_id: int, now: datetime) -> User:
    """Use the code up: from now on, whoever writes from there is its user, and nobody else is.

    Raises CodeUnknown, also for users who may not sign in, or LinkedToAnother.
    """
    with transaction.atomic():
        rows = TelegramLink.objects.select_related("user").select_for_update(of=("self",))
        row = rows.filter(code_hash=_hash(code), code_expires_at__gt=now).first()
        if row is None or not row.user.is_active:
            raise CodeUnknown
        others = TelegramLink.objects.filter(telegram_id=telegram_id).exclude(pk=row.pk)
        if others.exists():
            raise LinkedToAnother
        row.telegram_id, row.linked_at = telegram_id, now
        row.password_hash = password_hash(row.user)
        row.code_hash, row.code_expires_at = "", None
        row.chat = start_chat(user=row.user, title=TITLE)
        row.save()
        user: User = row.user
        _log("telegram.linked", user)
        return user


def unlink(*, user: User) -> None:
    """Forget the account in Telegram, the code, and what was still to be sent there."""
    with transaction.atomic():
        for row in TelegramLink.objects.filter(user=user).select_for_update():
            if row.telegram_id is not None:
                TelegramReply.objects.filter(telegram_id=row.telegram_id).delete()
            row.delete()
            _log("telegram.unlinked", user)


def lock_link(telegram_id: int) -> TelegramLink | None:
    """Whose account that is, locked until the transaction ends: their turns are taken one after
    the other."""
    rows = TelegramLink.objects.select_related("user", "chat")
    return rows.select_for_update(of=("self",), no_key=True).filter(telegram_id=telegram_id).first()


def lock_links(*, user: User) -> None:
    """Let a turn of `user` that is being taken end, before anything else of them is locked."""
    list(TelegramLink.objects.filter(user=user).select_for_update().values("pk"))


def is_good(row: TelegramLink) -> bool:
    """Whether its user may still come in that way."""
    return row.user.is_active and secrets.compare_digest(row.password_hash, password_hash(row.user))


def password_hash(user: User) -> str:
    return _hash(user.password)


def _log(action: str, user: User) -> None:
    """A way in is no small thing, when it is that of staff or of a specialist."""
    if user.user_type != UserType.CLIENT:
        audit.record(action, user, actor=user)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
