"""Chats in the back office."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import ChatFactory, MessageFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:chat_chat_changelist")
MESSAGES = reverse("admin:chat_message_changelist")


@pytest.fixture
def manager(client):
    client.force_login(StaffFactory())
    return client


def page_of(chat):
    return reverse("admin:chat_chat_change", args=[chat.pk])


def test_a_chat_is_read_as_it_was_said(manager):
    chat = ChatFactory(user=UserFactory(username="kim"), title="Knee", length=2)
    MessageFactory(chat=chat, position=2, role="bot", content="With <Anna>\n1. Monday")
    MessageFactory(chat=chat, position=1, content="Who is free?")

    page = manager.get(page_of(chat)).content.decode()

    assert page.index("Who is free?") < page.index("With &lt;Anna&gt;<br>1. Monday")


def test_a_long_chat_shows_its_end_and_leads_to_all_of_it(manager):
    chat = ChatFactory(length=101)
    for position in range(1, 102):
        MessageFactory(chat=chat, position=position, content=f"No. {position}.")

    page = manager.get(page_of(chat)).content.decode()
    everything = manager.get(f"{MESSAGES}?chat__id__exact={chat.pk}")

    assert ("No. 1." in page, "No. 2." in page, "No. 101." in page) == (False, True, True)
    assert f"{MESSAGES}?chat__id__exact={chat.pk}" in page
    assert everything.context["cl"].result_count == 101


def test_who_may_see_chats_but_no_messages_reads_none(client):
    staff = StaffFactory(groups=[])
    staff.user_permissions.add(Permission.objects.get(codename="view_chat"))
    client.force_login(staff)
    chat = MessageFactory(chat__length=1, content="My knee hurts").chat

    page = client.get(page_of(chat))

    assert (page.status_code, "My knee hurts" in page.content.decode()) == (200, False)


def test_chats_are_found_by_their_user_and_messages_by_a_word(manager):
    MessageFactory(chat=ChatFactory(user=UserFactory(username="kim")), content="My knee hurts")
    MessageFactory(chat=ChatFactory(user=UserFactory(username="lee")), content="Hello")

    found = [
        [str(row) for row in manager.get(place).context["cl"].result_list]
        for place in (f"{LIST}?q=kim", f"{MESSAGES}?q=KNEE")
    ]

    assert found == [["Untitled chat"], ["User: My knee hurts"]]


@pytest.mark.parametrize("place", [LIST, MESSAGES])
def test_lists_take_the_same_queries_however_long_they_are(manager, place):
    counts = []
    for rows in (1, 10):
        for _ in range(rows):
            MessageFactory()
        with CaptureQueriesContext(connection) as queries:
            manager.get(place)
        counts.append(len(queries))

    assert counts[0] == counts[1]
