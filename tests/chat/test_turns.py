"""Turns of one chat that come at once are taken one after the other."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.errors import AccountClosed
from coachbot.chat.bot import answer
from coachbot.chat.models import Chat, Message
from coachbot.chat.services import add_turn, start_chat
from coachbot.me.erasure import erase
from tests.factories import ChatFactory, UserFactory

AT_ONCE = 6


def together(work):
    """What each of AT_ONCE threads got that did `work(number)` at the same moment."""
    ready = Barrier(AT_ONCE)

    def take_part(number):
        try:
            return work(number, ready)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(take_part, range(AT_ONCE)))


@pytest.mark.django_db(transaction=True)
def test_every_message_is_followed_by_its_own_reply():
    chat = ChatFactory()

    def say(number, ready):
        ready.wait()
        exchange = answer(chat, f"hello {number}", timezone.now())
        return exchange.message.position, exchange.reply.position

    turns = together(say)

    everything = 2 * AT_ONCE
    assert sorted(turns) == [(odd, odd + 1) for odd in range(1, everything, 2)]
    assert list(Message.objects.values_list("role", flat=True)) == ["user", "bot"] * AT_ONCE
    assert Chat.objects.get().length == everything


@pytest.mark.django_db(transaction=True)
def test_the_race_for_a_turn_is_real_without_the_lock():
    """The control: those who have read the same chat want the same place in it."""
    chat = ChatFactory()

    def say(number, ready):
        seen = Chat.objects.get(pk=chat.pk)
        ready.wait()
        try:
            add_turn(chat=seen, question="hello", answer="hi", payload={}, state={})
        except IntegrityError:
            return "refused"
        return "taken"

    assert Counter(together(say)) == {"taken": 1, "refused": AT_ONCE - 1}


@pytest.mark.django_db
def test_a_chat_that_was_put_away_meanwhile_takes_no_turn(now):
    chat = ChatFactory()
    Chat.objects.get().delete()

    with pytest.raises(Chat.DoesNotExist):
        answer(chat, "hello", now)


@pytest.mark.django_db
def test_who_was_erased_meanwhile_starts_no_chat(now):
    kim = UserFactory()
    erase(user=kim, now=now)

    with pytest.raises(AccountClosed):
        start_chat(user=kim)

    assert not Chat.everything.exists()
