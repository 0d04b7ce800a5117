"""Accounts: made and changed by staff, changed by their owner, and erased."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.errors import AccountClosed, EmailTaken, LastSuperuser, UsernameTaken
from accounts.models import User, UserSession, UserType
from audit import origin
from audit import services as audit
from coachbot.db.violations import violates

ERASED_DOMAIN = "erased.invalid"  # RFC 2606: no mail ever goes there


def create_client(*, fields: dict[str, Any]) -> User:
    """Somebody whom staff know. They have no password until they reset it. Raises EmailTaken or
    UsernameTaken."""
    with _telling_who_is_taken(), transaction.atomic():
        _require_own_address(fields["email"], None)
        client: User = User.objects.create_user(**fields)
        audit.record("user.created", client, changes=audit.difference(None, client))
        return client


def change_client(*, client: User, fields: dict[str, Any]) -> User:
    """Write `fields` and nothing else. Another email address is proven anew, being deactivated
    ends every session. Raises EmailTaken or UsernameTaken."""
    with _telling_who_is_taken(), transaction.atomic():
        row = User.objects.select_for_update(no_key=True).get(
            pk=client.pk, user_type=UserType.CLIENT
        )
        before, old = row.email, copy(row)
        for name, value in fields.items():
            setattr(row, name, value)
        row.clean()
        if row.email != before:
            _require_own_address(row.email, row)
        row.save(update_fields=[*fields, "updated_at"])
        if row.email != before:
            row.must_prove_email()
        audit.record_change("user.changed", old, row)
    return row


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
    user.time_zone, user.language = ZoneInfo("UTC"), settings.LANGUAGE_CODE
    user.user_type, user.is_superuser, user.is_active = UserType.CLIENT, False, False
    user.last_login = None
    user.set_unusable_password()
    user.save()
    with origin.of(None):
        audit.record("user.erased", user, actor=user)
    audit.forget(user.pk)


def addresses_of(user: User) -> list[str]:
    """Where mail reaches them. An address that nobody has proven may be somebody else's."""
    proven = EmailAddress.objects.filter(user=user, verified=True)
    return [user.email, *proven.values_list("email", flat=True)]


def end_own_sessions(*, user: User, sessions: Iterable[UserSession]) -> None:
    """Sign `user` out there. What clients do is not in the log."""
    if user.user_type == UserType.CLIENT:
        UserSession.objects.filter(pk__in=[session.pk for session in sessions]).end()
    else:
        end_sessions(sessions)


def end_sessions(sessions: Iterable[UserSession]) -> None:
    """Sign people out there, at once. What has ended already leaves no entry."""
    with transaction.atomic(), audit.together():
        for session in sessions:
            if UserSession.objects.filter(pk=session.pk).active().end():
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


def _require_own_address(email: str, user: User | None) -> None:
    """Somebody may sign in with a further address, which no user's own column shows."""
    others = EmailAddress.objects.filter(email__iexact=email, verified=True)
    if (others if user is None else others.exclude(user=user)).exists():
        raise EmailTaken


@contextmanager
def _telling_who_is_taken() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if violates(error, "user_email_unique"):
            raise EmailTaken from error
        if violates(
            error,
            "user_username_unique",
            "accounts_user_username_key",
            "accounts_user.username",
        ):
            raise UsernameTaken from error
        raise
