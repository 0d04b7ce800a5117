"""Chats over REST: what they take, what they answer, whose they are."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from coachbot.api.throttles import SHARES_OF_PROCESS
from coachbot.chat.models import Chat, Message
from coachbot.db.violations import violates
from coachbot.environment import Rate
from tests.factories import ChatFactory, MessageFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

CHATS = "/api/v1/chats/"


@pytest.fixture
def kim(db):
    return UserFactory(time_zone="Europe/Berlin")


@pytest.fixture
def client(kim, signed_in):
    return signed_in(kim)


@pytest.fixture
def fresh():
    SHARES_OF_PROCESS.forget()
    yield
    SHARES_OF_PROCESS.forget()


def messages_of(chat):
    return f"{CHATS}{chat.pk}/messages/"


def errors(answer):
    return answer.status_code, [(each["code"], each["attr"]) for each in answer.json()["errors"]]


# --- Chats


def test_a_chat_is_started_on_the_clock_of_its_user(kim, client):
    answer = client.post(CHATS, {})

    document = answer.json()
    chat = Chat.objects.get()
    assert answer.status_code == 201
    assert (document.pop("created_at"), document.pop("updated_at")) == (
        *("2026-12-01T08:00:00Z", "2026-12-01T08:00:00Z"),
    )
    assert document == {"id": str(chat.pk), "title": "", "time_zone": "Europe/Berlin"}
    assert (chat.user, chat.pk.version) == (kim, 7)


def test_a_chat_takes_a_title_and_another_clock(client):
    chat = client.post(CHATS, {"title": "Knee", "time_zone": "Asia/Tokyo"}).json()

    changed = client.patch(f"{CHATS}{chat['id']}/", {"title": "Shoulder"})

    assert (chat["title"], chat["time_zone"]) == ("Knee", "Asia/Tokyo")
    assert (changed.status_code, changed.json()["title"]) == (200, "Shoulder")
    assert client.get(f"{CHATS}{chat['id']}/").json() == changed.json()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"time_zone": "Mars/Olympus"}, ("invalid", "time_zone")),
        ({"title": "x" * 101}, ("max_length", "title")),
        ({"title": None}, ("null", "title")),
        ({"state": {}}, ("unknown_field", "state")),
        ({"user": "me"}, ("unknown_field", "user")),
    ],
)
def test_what_a_chat_cannot_be_is_a_400_that_names_it(client, body, problem):
    chat = ChatFactory()

    assert errors(client.post(CHATS, body)) == (400, [problem])
    assert Chat.objects.get() == chat


def test_the_list_has_ones_own_chats_the_last_used_first(kim, client):
    old, new = ChatFactory(user=kim, title="Old"), ChatFactory(user=kim, title="New")
    ChatFactory(title="Of somebody else")
    Chat.objects.update(updated_at=datetime(2026, 11, 30, 9, tzinfo=UTC))
    client.post(messages_of(old), {"content": "Hello"})

    first = client.get(f"{CHATS}?page_size=1").json()
    second = client.get(first["next"]).json()

    assert [each["id"] for each in first["results"] + second["results"]] == [
        *(str(old.pk), str(new.pk)),
    ]
    assert second["next"] is None
    assert errors(client.get(f"{CHATS}?user=1")) == (400, [("unknown_parameter", "user")])


def test_a_chat_that_is_put_away_is_gone_for_its_user_and_nothing_else_is(kim, client):
    chat = MessageFactory(chat=ChatFactory(user=kim)).chat

    answer = client.delete(f"{CHATS}{chat.pk}/")

    assert answer.status_code == 204
    assert client.get(f"{CHATS}{chat.pk}/").status_code == 404
    assert client.post(messages_of(chat), {"content": "Hello"}).status_code == 404
    assert client.get(CHATS).json()["results"] == []
    assert (Chat.everything.get(), Message.objects.count()) == (chat, 1)


# --- Messages


def test_a_message_is_answered_and_both_are_kept_in_order(kim, client):
    chat = ChatFactory(user=kim)

    answer = client.post(messages_of(chat), {"content": "  Good morning  "})

    message, reply = answer.json()["message"], answer.json()["reply"]
    assert answer.status_code == 201
    assert UUID(message.pop("id")).version == UUID(reply.pop("id")).version == 7
    assert message == {
        "role": "user",
        "content": "Good morning",
        "payload": {},
        "created_at": "2026-12-01T08:00:00Z",
    }
    assert reply.pop("content").startswith("Hello!")
    assert reply == {"role": "bot", "payload": {}, "created_at": "2026-12-01T08:00:00Z"}
    chat.refresh_from_db()
    assert (chat.title, chat.length) == ("", 2)


def test_a_chat_without_a_title_is_called_by_what_was_asked_for_first(kim, client):
    own, named = ChatFactory(user=kim), ChatFactory(user=kim, title="Knee")
    for text in (
        "hello",
        "who is free on the first  Monday of the month, in the late morning?",
        "bye",
    ):
        for chat in (own, named):
            client.post(messages_of(chat), {"content": text})

    titles = [client.get(f"{CHATS}{chat.pk}/").json()["title"] for chat in (own, named)]

    assert titles == ["who is free on the first Monday of the month, in the late m…", "Knee"]


def test_messages_are_listed_first_things_first_page_by_page(kim, client):
    chat = ChatFactory(user=kim)
    for word in ("hello", "thanks", "bye"):
        client.post(messages_of(chat), {"content": word})

    pages, place = [], f"{messages_of(chat)}?page_size=4"
    while place:
        page = client.get(place).json()
        pages.append([each["content"] for each in page["results"]])
        place = page["next"]

    assert [len(page) for page in pages] == [4, 2]
    assert pages[0][::2] + pages[1][::2] == ["hello", "thanks", "bye"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, ("required", "content")),
        ({"content": " \n"}, ("blank", "content")),
        ({"content": None}, ("null", "content")),
        ({"content": "x" * 2001}, ("max_length", "content")),
        ({"content": ["hello"]}, ("invalid", "content")),
        ({"content": "\x00"}, ("null_characters_not_allowed", "content")),
        ({"content": "hello", "role": "bot"}, ("unknown_field", "role")),
    ],
)
def test_what_nobody_can_say_is_a_400_that_names_it(kim, client, body, problem):
    chat = ChatFactory(user=kim)

    assert errors(client.post(messages_of(chat), body)) == (400, [problem])
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "text",
    ["x" * 2000, "🤷" * 2000, "'; DROP TABLE chat_message; --", "{what} {0} %s", "\ud83d\ude00"],
)
def test_whatever_can_be_said_is_answered_and_kept_as_it_was_said(kim, client, text):
    chat = ChatFactory(user=kim)
    said = text.encode("utf-16", "surrogatepass").decode("utf-16")

    answer = client.post(messages_of(chat), {"content": said})

    assert (answer.status_code, answer.json()["message"]["content"]) == (201, said)
    assert answer.json()["reply"]["content"]


def test_turns_of_staff_and_specialists_are_answered_like_those_of_clients(signed_in, specialist):
    for user_type in ("client", "specialist", "staff"):
        client = signed_in(UserFactory(user_type=user_type))
        chat = client.post(CHATS, {}).json()
        answer = client.post(f"{CHATS}{chat['id']}/messages/", {"content": "Hello"})
        assert answer.status_code == 201


# --- Repeated, and too often


def test_a_post_that_is_repeated_is_done_once_and_answered_alike(client):
    def post(address, body, key):
        return client.post(address, body, HTTP_IDEMPOTENCY_KEY=key)

    first, again = post(CHATS, {"title": "Knee"}, "one"), post(CHATS, {"title": "Knee"}, "one")
    place = f"{CHATS}{first.json()['id']}/messages/"
    said, repeated = post(place, {"content": "hi"}, "two"), post(place, {"content": "hi"}, "two")
    other = post(place, {"content": "bye"}, "two")

    assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (
        *(201, first.json(), "true"),
    )
    assert (repeated.status_code, repeated.json(), repeated["Idempotent-Replayed"]) == (
        *(201, said.json(), "true"),
    )
    assert errors(other) == (422, [("idempotency_key_reused", None)])
    assert (Chat.objects.count(), Message.objects.count()) == (1, 2)


@pytest.mark.usefixtures("fresh")
def test_who_talks_too_much_is_told_when_to_come_back_and_may_still_read(kim, client, settings):
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "chat": Rate(2, 60)}
    chat = ChatFactory(user=kim)

    answers = [client.post(messages_of(chat), {"content": "Hello"}) for _ in range(3)]

    assert [each.status_code for each in answers] == [201, 201, 429]
    assert answers[-1]["Retry-After"] == "60"
    assert client.get(messages_of(chat)).status_code == 200


# --- What the database holds


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"role": "boss"}, "message_role_known"),
        ({"content": "x" * 2001}, "message_of_user_not_too_long"),
        ({"position": 1}, "message_one_per_turn"),
    ],
)
def test_the_database_refuses_what_no_chat_can_have(fields, rule):
    first = MessageFactory(position=1)

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        MessageFactory(chat=first.chat, **{"position": 2, **fields})

    assert violates(refusal.value, rule, "chat_message.chat_id, chat_message.position")
    assert Message.objects.get() == first
