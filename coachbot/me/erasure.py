"""Forgetting a person, in one transaction, whatever app knows of them."""

from django.db import transaction

from accounts.models import User
from accounts.services import addresses_of, erase_account, lock_to_erase
from coachbot.chat.services import erase_chats, lock_chats
from coachbot.chat.telegram.services import lock_links, unlink
from coachbot.feeds.services import erase_feed
from coachbot.idempotency import IdempotencyKey
from coachbot.mail import outbox
from coachbot.notifications.services import erase_unsubscriptions
from coachbot.webhooks.services import erase_answers
from feedback.services import erase_feedback
from scheduling.services import erase_person


def erase(*, user: User, now):
    """Erase what is stored of `user`; anonymous bookings stay. Raises HasFutureBookings while one
    is to come, or LastSuperuser."""
    with transaction.atomic():
        lock_links(user=user)
        lock_chats(user=user)
        locked = lock_to_erase(user)
        erase_person(user=locked, now=now)
        erase_feedback(user=locked)
        unlink(user=locked)
        erase_answers(user=locked)
        erase_chats(user=locked)
        erase_feed(user=locked)
        IdempotencyKey.objects.filter(owner=f"user:{user.pk}").delete()
        erase_unsubscriptions(addresses_of(locked))
        outbox.forget(addresses_of(locked))
        erase_account(user=locked)
