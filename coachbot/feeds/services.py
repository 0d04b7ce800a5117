"""The one way to make, replace and switch off the address of a feed."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from accounts.errors import AccountClosed
from accounts.models import User, UserType
from accounts.services import lock_user
from audit import services as audit
from coachbot.feeds.errors import HasAccount
from coachbot.feeds.models import CalendarFeed
from scheduling.errors import SpecialistDeleted
from scheduling.models import Specialist

# How exactly it is known when a feed was read last: each reading would be a write.
READ_EVERY = timedelta(minutes=10)


def make_feed(*, owner: User | Specialist, actor: User, now: datetime) -> CalendarFeed:
    """Give `owner` an address; an older one leads nowhere from then on.

    Raises AccountClosed or SpecialistDeleted for who is not there any more, HasAccount for a
    specialist who makes it themselves.
    """
    with transaction.atomic():
        owner = _lock(owner)
        feed = CalendarFeed.objects.of(owner).first()
        is_new = feed is None
        if feed is None:
            mine = {"user": owner} if isinstance(owner, User) else {"specialist": owner}
            feed = CalendarFeed(**mine)
        else:
            feed.rotated_at, feed.last_read_at = now, None
        feed.use(secrets.token_urlsafe(32))
        feed.save()
        _log("made" if is_new else "rotated", owner, actor)
    return feed


def switch_off(*, owner: User | Specialist, actor: User) -> bool:
    """Take the address away. Whether there was one."""
    with transaction.atomic():
        deleted, _ = CalendarFeed.objects.of(owner).delete()
        if deleted:
            _log("switched_off", owner, actor)
    return bool(deleted)


def erase_feed(*, user: User) -> None:
    CalendarFeed.objects.of(user).delete()


def note_reading(*, feed: CalendarFeed, now: datetime) -> None:
    if feed.last_read_at is None or feed.last_read_at <= now - READ_EVERY:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_read_at=now)


def _lock(owner: User | Specialist) -> User | Specialist:
    if isinstance(owner, User):
        user = lock_user(owner)
        if not user.is_active:
            raise AccountClosed
        return user
    specialist = Specialist.everything.lock(owner.pk)
    if specialist.is_deleted:
        raise SpecialistDeleted
    if specialist.user_id:
        raise HasAccount
    return specialist


def _log(done: str, owner: User | Specialist, actor: User) -> None:
    """The address itself is no one's to read there. Clients' own doings are theirs alone."""
    if actor.user_type != UserType.CLIENT:
        audit.record(f"calendar_feed.{done}", owner, actor=actor)
