"""Accounts: changed by their owner, and erased."""

from collections.abc import Iterable
from copy import copy
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q

from accounts.errors import AccountClosed, LastSuperuser
from accounts.models import User, UserSession, UserType
from audit import services as audit

ERASED_DOMAIN = "erased.invalid"  # RFC 2606: no mail ever goes there


def change_profile(*, user: User, **fields: object) -> User:
    """Write `fields` of one's own and nothing else: what others write meanwhile stays.

    Raises AccountClosed if they were deactivated or erased meanwhile.
    """
    with transaction.atomic():
        row = lock_user(user)
        if not row.is_active:
            raise AccountClosed
        before = copy(row)
        for name, value in fields.items():
            setattr(row, name, value)
        row.save(update_fields=[*fields, "updated_at"])
        if row.user_type != UserType.CLIENT:
            audit.record_change("user.changed", before, row)
    return row


def erase_account(*, user: User) -> None:
    """Leave of `user` a row that says nothing of anybody and lets nobody in.

    The row stays, as bookings and records name it. Safe only in a transaction that has locked the
    user and seen to what the other apps know. Raises LastSuperuser.
    """
    _require_other_superuser(user)
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    UserSession.objects.filter(user=user).delete()
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User))
    entries.filter(object_id=str(user.pk)).update(object_repr="", change_message="")
    user.groups.clear()
    user.user_permissions.clear()
    user.username = f"erased-{user.pk.hex}"
    user.email = f"{user.pk.hex}@{ERASED_DOMAIN}"
    user.first_name = user.last_name = user.phone = ""
    user.time_zone = ZoneInfo("UTC")
    user.user_type, user.is_superuser, user.is_active = UserType.CLIENT, False, False
    user.last_login = None
    user.set_unusable_password()
    user.save()
    audit.record("user.erased", user, actor=user)


def end_sessions(sessions: Iterable[UserSession]) -> None:
    """Sign people out there, at once."""
    with transaction.atomic():
        for session in sessions:
            UserSession.objects.filter(pk=session.pk).active().end()
            audit.record("usersession.ended", session)


def lock_user(user: User) -> User:
    """The row as it is now, locked until the transaction ends: no booking is made meanwhile."""
    row: User = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    return row


def lock_to_erase(user: User) -> User:
    """The same, and a superuser locks all of them in one order: of the last two who go at once, the
    second sees that the first has gone."""
    rows = User.objects.select_for_update(no_key=True).order_by("pk")
    concerned = Q(pk=user.pk) | Q(is_superuser=True) if user.is_superuser else Q(pk=user.pk)
    locked: User = next(row for row in rows.filter(concerned) if row.pk == user.pk)
    return locked


def _require_other_superuser(user: User) -> None:
    others = User.objects.active().filter(is_superuser=True).exclude(pk=user.pk)
    if user.is_superuser and not others.exists():
        raise LastSuperuser
