"""A language model translates what the dialog does not understand, and can do no more."""

import json
import logging
from datetime import UTC, datetime

import pytest
from django.db import connection

from coachbot.chat.bot import answer
from coachbot.chat.models import Chat
from coachbot.chat.services import change_chat
from coachbot.outgoing import Unreachable, post_json
from scheduling.models import Booking
from tests import fake_server
from tests.factories import BookingFactory, ChatFactory, UserFactory

TEN = datetime(2026, 12, 7, 9, tzinfo=UTC)
RIDDLE = "qwertz uiop"
HELP = "Sorry, I did not understand that."
KEY = "sk-not-for-logs"


@pytest.fixture
def kim(db):
    return UserFactory(first_name="Kim", last_name="Berger", phone="+4930123456")


@pytest.fixture
def llm(settings):
    with fake_server.running() as server:
        settings.CHAT_MODEL = {
            "URL": f"{server.url}/v1",
            "NAME": "tiny",
            "KEY": KEY,
            "SECONDS": 5,
        }
        yield server


def completion(*calls, content=None):
    tools = [
        {"id": "1", "type": "function", "function": {"name": name, "arguments": arguments}}
        for name, arguments in calls
    ]
    return {
        "choices": [{"message": {"role": "assistant", "content": content, "tool_calls": tools}}]
    }


def calling(name, **arguments):
    return lambda request: (200, completion((name, json.dumps(arguments))))


# --- Right answers


@pytest.mark.django_db
def test_what_the_dialog_does_not_understand_the_model_translates_and_the_user_confirms(
    llm, kim, specialist, now
):
    chat = ChatFactory(user=kim)
    llm.answer = calling("book", specialist="Anna Roth", from_date="2026-12-07", start_time="10:00")

    asked = answer(chat, RIDDLE, now).reply
    before_the_yes = Booking.objects.count()
    done = answer(chat, "yes", now).reply

    assert asked.payload["proposal"]["action"] == "book"
    assert "Monday 7 December 2026" in asked.content
    assert before_the_yes == 0
    booking = Booking.objects.get()
    assert (booking.client, booking.starts_at) == (kim, TEN)
    assert done.payload["booking"]["id"] == str(booking.pk)
    assert len(llm.requests) == 1


@pytest.mark.django_db
def test_what_the_dialog_understands_goes_nowhere(llm, kim, specialist, now):
    chat = ChatFactory(user=kim)

    for text in ("is Anna free on Monday?", "2", "yes", "my bookings", "help"):
        answer(chat, text, now)

    assert (llm.requests, Booking.objects.count()) == ([], 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("call", "start"),
    [
        (("find_free_time", {"specialist": "anna", "from_date": "2026-12-07"}), "slots"),
        (("my_bookings", {}), "bookings"),
        (("opening_hours", {"from_date": "2026-12-07"}), "open_hours"),
        (("prices", {"specialist": "Anna"}), "specialists"),
        (("cancel_booking", {"next_booking": True}), "proposal"),
        (("move_booking", {"next_booking": True, "from_date": "2026-12-14"}), "slots"),
        (("move_booking", {"reference": "k7q2-m4xa", "start_time": "11:00"}), "proposal"),
    ],
)
def test_each_tool_is_one_of_the_things_that_the_dialog_can_be_asked_for(
    llm, kim, specialist, now, call, start
):
    booking = BookingFactory(specialist=specialist, client=kim, starts_at=TEN, reference="K7Q2M4XA")
    llm.answer = calling(call[0], **call[1])

    reply = answer(ChatFactory(user=kim), RIDDLE, now).reply

    assert start in reply.payload
    booking.refresh_from_db()
    assert (booking.status, booking.starts_at) == ("confirmed", TEN)


@pytest.mark.django_db
def test_a_number_means_the_list_that_was_shown(llm, kim, specialist, now):
    for hour in (8, 9):
        BookingFactory(specialist=specialist, client=kim, starts_at=TEN.replace(hour=hour))
    chat = ChatFactory(user=kim)
    answer(chat, "my bookings", now)
    llm.answer = calling("cancel_booking", number=2)

    reply = answer(chat, RIDDLE, now).reply

    assert reply.payload["proposal"]["booking"]["starts_at"] == "2026-12-07T09:00:00Z"


@pytest.mark.django_db
def test_the_model_sees_the_text_what_is_public_and_the_list_shown_and_nothing_else(
    llm, kim, specialist, now
):
    BookingFactory(specialist=specialist, client=kim, starts_at=TEN, reference="K7Q2M4XA")
    BookingFactory(specialist=specialist, starts_at=TEN.replace(hour=10), client_name="Alex Wolf")
    chat = ChatFactory(user=kim)
    answer(chat, "my bookings", now)

    answer(chat, RIDDLE, now)

    (request,) = llm.requests
    assert (request.path, request.headers["Authorization"]) == (
        *("/v1/chat/completions", f"Bearer {KEY}"),
    )
    system, user = request.body["messages"]
    assert user == {"role": "user", "content": RIDDLE}
    assert "Specialists: Anna Roth" in system["content"]
    assert "Bookings shown: 1. Monday 2026-12-07 10:00, no service, Anna Roth" in system["content"]
    secrets = ("Kim", "Berger", kim.email, "+49", "K7Q2", str(kim.pk), "Alex", "Wolf", "12:00")
    assert [each for each in secrets if each in json.dumps(request.body)] == []
    assert [tool["function"]["name"] for tool in request.body["tools"]] == [
        *("find_free_time", "book", "my_bookings", "move_booking", "cancel_booking"),
        *("opening_hours", "prices"),
    ]


# --- Wrong ones


def nested(request):
    return 200, b"[" * 50_000


WRONG = {
    "500": lambda request: (500, {"error": "x"}),
    "a redirect": lambda request: (302, {}),
    "garbage": lambda request: (200, b"<html>"),
    "JSON too deep": nested,
    "too much": lambda request: (200, b" " * 100_000),
    "another document": lambda request: (200, {"choices": [{"message": "book"}]}),
    "only words": lambda request: (200, completion(content="Booked! Your booking is ABC.")),
    "an unknown tool": calling("delete_everything"),
    "a yes": calling("yes"),
    "arguments that are no JSON": lambda request: (200, completion(("book", "{"))),
    "unknown arguments": calling("cancel_booking", all=True),
    "a client": calling("my_bookings", client="somebody else"),
    "two calls": lambda request: (200, completion(("cancel_booking", "{}"), ("prices", "{}"))),
    "a day that is none": calling("find_free_time", from_date="2026-02-30"),
    "a year that is none": calling("find_free_time", from_date="9999-12-31"),
    "a person who is not here": calling("book", specialist="Zorro"),
    "a number of nothing": calling("cancel_booking", number=3),
    "a reference that is none": calling("cancel_booking", reference="' OR 1=1 --"),
    "half a character": lambda request: (200, completion(("book", '{"service": "\\ud800"}'))),
}


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_answer_leaves_the_dialogs_own(llm, kim, specialist, now, caplog, wrong):
    BookingFactory(specialist=specialist, client=kim, starts_at=TEN)
    chat = ChatFactory(user=kim)
    llm.answer = wrong

    with caplog.at_level(logging.DEBUG):
        reply = answer(chat, RIDDLE, now).reply

    assert reply.content.startswith(HELP)
    assert Booking.objects.get().status == "confirmed"
    assert len(llm.requests) == 1
    assert caplog.text.count("The language model did not help") == 1
    assert [each for each in (RIDDLE, KEY, llm.url, "Booked", "Zorro") if each in caplog.text] == []


@pytest.mark.django_db
def test_who_is_slow_or_away_is_not_waited_for(llm, kim, now, settings, caplog):
    settings.CHAT_MODEL["SECONDS"] = 0.2
    llm.answer = llm.never
    slow = answer(ChatFactory(user=kim), RIDDLE, now).reply
    settings.CHAT_MODEL["URL"] = "http://127.0.0.1:9/v1"
    away = answer(ChatFactory(user=kim), RIDDLE, now).reply

    assert slow.content == away.content
    assert slow.content.startswith(HELP)
    assert [record.args[0].args[0] for record in caplog.records] == [
        *("timed out", "ConnectionRefusedError"),
    ]


def test_a_server_that_sends_a_byte_now_and_then_is_cut_off():
    with fake_server.dripping() as url, pytest.raises(Unreachable, match=r"^timed out$"):
        post_json(url, {}, headers={}, seconds=0.2, most_bytes=10)


# --- Whose rights


@pytest.mark.django_db
@pytest.mark.parametrize("tool", ["cancel_booking", "move_booking"])
def test_a_call_for_somebody_elses_booking_finds_none(llm, kim, specialist, now, tool):
    foreign = BookingFactory(specialist=specialist, starts_at=TEN, reference="K7Q2M4XA")
    llm.answer = calling(tool, reference="K7Q2M4XA")
    chat = ChatFactory(user=kim)

    replies = [answer(chat, RIDDLE, now).reply.content, answer(chat, "yes", now).reply.content]

    assert replies[0] == "You have no such booking to come."
    foreign.refresh_from_db()
    assert (foreign.status, foreign.starts_at) == ("confirmed", TEN)


@pytest.mark.django_db
def test_no_call_is_a_yes_to_what_waits_for_one(llm, kim, specialist, now):
    booking = BookingFactory(specialist=specialist, client=kim, starts_at=TEN)
    chat = ChatFactory(user=kim)
    answer(chat, "cancel my next appointment", now)
    llm.answer = calling("cancel_booking", next_booking=True)

    replies = [answer(chat, f"{RIDDLE} {number}x", now).reply for number in range(3)]

    assert [each.payload["proposal"]["action"] for each in replies] == ["cancel"] * 3
    booking.refresh_from_db()
    assert booking.status == "confirmed"
    assert "cancelled" in answer(chat, "yes", now).reply.content.lower()


# --- Meanwhile


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_model_and_what_was_said_meanwhile_counts_more(
    llm, kim, specialist, now
):
    """The model answers only after another turn of the chat has been taken."""
    chat = ChatFactory(user=kim)

    def while_somebody_says_something(request):
        answer(Chat.objects.get(pk=chat.pk), "is Anna free on Monday?", now)
        connection.close()
        return calling("my_bookings")(request)

    llm.answer = while_somebody_says_something

    reply = answer(chat, RIDDLE, now).reply

    assert [*chat.messages.values_list("content", flat=True)][::2] == [
        *("is Anna free on Monday?", RIDDLE),
    ]
    assert reply.payload.keys() == {"time_zone", "slots"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("frozen")
def test_a_request_with_a_key_asks_before_its_transaction(llm, kim, specialist, now, signed_in):
    chat, client = ChatFactory(user=kim), signed_in(kim)

    def while_somebody_locks_the_chat(request):
        change_chat(chat=chat, title="Knee")
        connection.close()
        return calling("my_bookings")(request)

    llm.answer = while_somebody_locks_the_chat

    reply = client.post(
        f"/api/v1/chats/{chat.pk}/messages/",
        {"content": RIDDLE},
        headers={"Idempotency-Key": "1"},
    )

    assert (reply.status_code, reply.json()["reply"]["payload"]) == (201, {"bookings": []})
