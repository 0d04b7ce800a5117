"""The bot in Telegram: who it listens to, that it does things once, and what leaves for there."""

import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from audit.models import AdminLog
from coachbot.api.throttles import SHARES_OF_PROCESS
from coachbot.chat.models import Chat, TelegramLink, TelegramReply, TelegramUpdate
from coachbot.chat.telegram import outbox, services
from coachbot.environment import Rate
from coachbot.jobs.models import Task
from coachbot.me.erasure import erase
from scheduling.models import Booking
from tests import fake_server
from tests.factories import BookingFactory, StaffFactory, UserFactory
from tests.jobs import failures, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

WEBHOOK, MINE = "/api/v1/telegram/", "/api/v1/me/telegram/"
TOKEN, SECRET = "4711:not-for-logs", "a-secret-of-the-webhook"
HIM, HER = 1001, 1002
TEN = datetime(2026, 12, 7, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def telegram(settings):
    with fake_server.running() as server:
        server.answer = lambda request: (200, {"ok": True, "result": {}})
        settings.TELEGRAM = {
            "TOKEN": TOKEN,
            "SECRET": SECRET,
            "NAME": "CoachBotBot",
            "API": server.url,
        }
        yield server


@pytest.fixture
def kim(db):
    return UserFactory(first_name="Kim", last_name="Berger", time_zone="Europe/Berlin")


def link(user, now, telegram_id=HIM):
    code = services.issue_code(user=user, now=now)
    services.link(code=code.text, telegram_id=telegram_id, now=now)


@pytest.fixture
def linked(kim, now):
    link(kim, now)
    return kim


NUMBERS = iter(range(1, 10_000))


def message(text, sender=HIM, **fields):
    place = {"from": {"id": sender}, "chat": {"id": sender, "type": "private"}}
    return {"update_id": next(NUMBERS), "message": {**place, "text": text, **fields}}


def tap(value, sender=HIM):
    query = {
        "id": "q1",
        "from": {"id": sender},
        "data": value,
        "message": {"chat": {"id": sender, "type": "private"}},
    }
    return {"update_id": next(NUMBERS), "callback_query": query}


@pytest.fixture
def post(api):
    def send(update, secret=SECRET):
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        return api.post(WEBHOOK, update, headers=headers)

    return send


@pytest.fixture
def say(post, now, telegram):
    """What the bot sends in answer: the text, and the values of its buttons."""

    def send(update):
        before = len(telegram.requests)
        assert post(update if isinstance(update, dict) else message(update)).status_code == 200
        outbox.send_due(lambda: now)
        bodies = [each.body for each in telegram.requests[before:] if "text" in each.body]
        rows = bodies[-1].get("reply_markup", {}).get("inline_keyboard", []) if bodies else []
        buttons = [button["callback_data"] for row in rows for button in row]
        return "\n".join(each["text"] for each in bodies), buttons

    return send


# --- Linking


def test_a_code_links_once_and_only_for_ten_minutes(kim, signed_in, say, now):
    answer = signed_in(kim).post(MINE)
    document = answer.json()
    code = document["code"]
    assert answer.status_code == 201
    assert document == {
        "code": code,
        "link": f"https://t.me/CoachBotBot?start={code}",
        "expires_at": "2026-12-01T08:10:00Z",
    }
    assert code not in json.dumps(list(TelegramLink.objects.values()), default=str)

    first, _ = say(f"/start {code}")
    second, _ = say(message(f"/start {code}", sender=HER))

    assert first.startswith("Done: you are Kim Berger.")
    assert second.startswith("This code is not valid")
    assert TelegramLink.objects.get().telegram_id == HIM
    assert signed_in(kim).get(MINE).json() == {
        "available": True,
        "bot": "CoachBotBot",
        "linked": True,
        "linked_at": "2026-12-01T08:00:00Z",
    }
    late = services.issue_code(user=kim, now=now - timedelta(minutes=10)).text
    assert say(message(f"/start {late}", sender=HER))[0].startswith("This code is not valid")


def test_strangers_are_told_how_to_link_and_nothing_else(say, kim):
    replies = {say(text)[0] for text in ("my bookings", "/start", "yes", "/unlink", "/help")}

    assert len(replies) == 1
    assert replies.pop().startswith("Hello! I book appointments for users of CoachBot.")
    assert Chat.objects.count() == 0


def test_codes_are_not_guessed_for_long(kim, say, now):
    for number in range(10):
        say(f"/start wrong{number}")
    code = services.issue_code(user=kim, now=now).text

    reply, _ = say(f"/start {code}")

    assert reply == "That was too many codes. Try again in an hour."
    assert TelegramLink.objects.get().telegram_id is None


def test_an_account_of_telegram_is_of_one_user(linked, say, now):
    code = services.issue_code(user=UserFactory(), now=now).text

    assert say(f"/start {code}")[0].startswith("This Telegram account is linked to another user.")
    assert TelegramLink.objects.get(telegram_id=HIM).user == linked


def test_unlinking_ends_it_from_either_side(linked, signed_in, say, now):
    farewell, _ = say("/unlink")
    link(linked, now)
    answer = signed_in(linked).delete(MINE)

    assert farewell.startswith("This Telegram account is no longer linked.")
    assert (answer.status_code, TelegramLink.objects.count()) == (204, 0)
    assert say("my bookings")[0].startswith("Hello! I book")


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "another"}])
def test_who_was_deactivated_or_has_another_password_is_not_let_in(linked, specialist, say, change):
    type(linked).objects.filter(pk=linked.pk).update(**change)

    reply, _ = say("is Anna free on Monday?")

    assert reply.startswith("This link is no longer good")
    assert Chat.objects.get().length == 0


def test_the_links_of_staff_are_in_the_log_and_those_of_clients_are_not(kim, now):
    rosa = StaffFactory(username="rosa")
    for user, telegram_id in ((kim, HIM), (rosa, HIM + 1)):
        link(user, now, telegram_id)
        services.unlink(user=user)

    assert list(AdminLog.objects.order_by("sequence").values_list("actor", "action")) == [
        ("rosa", "telegram.code_issued"),
        ("rosa", "telegram.linked"),
        ("rosa", "telegram.unlinked"),
    ]


def test_erasing_a_person_takes_the_link_and_what_was_to_be_sent(linked, post, now):
    post(message("my bookings"))

    erase(user=linked, now=now)

    assert [each.objects.count() for each in (TelegramLink, TelegramReply, Chat)] == [0, 0, 0]


# --- Talking


def test_a_booking_is_made_by_text_and_by_buttons_and_only_after_a_yes(linked, specialist, say):
    offers, numbers = say("is Anna free on Monday?")
    proposal, yes_no = say(tap(numbers[1]))
    before_the_yes = Booking.objects.count()
    booked, buttons = say(tap(yes_no[0]))

    assert "1. Monday 7 December 2026" in offers
    assert [each.partition(":")[2] for each in numbers] == ["1", "2", "3"]
    assert "Monday 7 December 2026" in proposal
    assert (yes_no, before_the_yes) == (["4:yes", "4:no"], 0)
    booking = Booking.objects.get()
    assert (booking.client, booking.starts_at) == (linked, TEN)
    assert booking.reference in booked
    assert buttons == []


def test_an_old_button_does_nothing_and_shows_where_we_are(linked, specialist, say):
    booking = BookingFactory(specialist=specialist, client=linked, starts_at=TEN)
    _, yes_no = say("cancel my next appointment")
    say("no")
    offers, _ = say("is Anna free on Monday?")

    reply, numbers = say(tap(yes_no[0]))

    assert reply.startswith("That question is over. This is where we are:")
    assert reply.endswith(offers)
    assert numbers[0] == "6:1"
    booking.refresh_from_db()
    assert booking.status == "confirmed"


def test_an_update_that_comes_again_is_answered_once(linked, specialist, say, post):
    _, _ = say("is Anna free on Monday?")
    say("2")
    yes = message("yes")

    first, second = say(yes), say(yes)

    assert (Booking.objects.count(), bool(first[0]), second) == (1, True, ("", []))


def test_a_turn_takes_so_many_queries(linked, post, django_assert_num_queries):
    """Update and link, looked up and locked; chat; catalogue; two messages, a reply, its task."""
    update = message("help")

    with django_assert_num_queries(19):
        post(update)


def test_a_language_model_translates_here_too(linked, telegram, say, settings):
    settings.CHAT_MODEL = {"URL": telegram.url, "NAME": "tiny", "KEY": "", "SECONDS": 5}
    call = {"function": {"name": "my_bookings", "arguments": "{}"}}
    replies = {
        "/chat/completions": {"choices": [{"message": {"tool_calls": [call]}}]},
        f"/bot{TOKEN}/sendMessage": {"ok": True, "result": {}},
    }
    telegram.answer = lambda request: (200, replies[request.path])

    assert say("qwertz uiop")[0] == "You have no such booking to come."


def test_a_tap_is_confirmed_to_telegram(linked, telegram, say):
    say(tap("9:help"))

    assert [each.path.rpartition("/")[2] for each in telegram.requests] == [
        *("answerCallbackQuery", "sendMessage"),
    ]
    assert telegram.requests[0].body == {"callback_query_id": "q1"}


def test_a_chat_that_was_put_away_is_followed_by_a_new_one(linked, say):
    Chat.objects.get().delete()

    assert say("hello")[0].startswith("Hello!")
    assert (Chat.everything.count(), Chat.objects.get().length) == (2, 2)


@pytest.mark.parametrize(
    ("update", "reply"),
    [
        (message("", photo=[{}]), "I can read text only."),
        (message("x" * 2001), "Ensure this field has no more than 2000 characters."),
        (message("nul \x00 nul"), "Null characters are not allowed."),
        (message("hi", chat={"id": -5, "type": "group"}), "I talk in private only"),
    ],
)
def test_what_cannot_be_answered_is_told(linked, say, update, reply):
    assert say(update)[0].startswith(reply)


@pytest.mark.parametrize(
    "update",
    [
        *([], {}, "x", {"update_id": "1"}, {"update_id": 2**70, "message": {}}),
        {"update_id": 1, "edited_message": {}},
        {"update_id": 1, "message": {"from": {"id": True}, "chat": []}},
        {"update_id": 1, "callback_query": {"data": "x:y"}},
        message("hello", **{"from": {"id": HIM, "is_bot": True}}),
    ],
)
def test_what_is_no_message_is_let_pass(post, update):
    assert post(update).status_code == 200
    assert TelegramReply.objects.count() == 0


def test_turns_are_counted_with_those_of_the_api_and_too_many_are_told_once(
    linked, signed_in, say, settings
):
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "chat": Rate(2, 60)}
    SHARES_OF_PROCESS.forget()
    signed_in(linked).post("/api/v1/chats/", {})

    replies = [say("hello")[0][:5] for _ in range(4)]

    SHARES_OF_PROCESS.forget()
    assert replies == ["Hello", "That ", "", ""]
    assert TelegramUpdate.objects.count() == 4


# --- The door


@pytest.mark.parametrize("secret", [None, "wrong", "ä"])
def test_nobody_but_telegram_gets_in(linked, post, secret):
    assert post(message("hello"), secret).status_code == 403
    assert TelegramUpdate.objects.count() == 0


def test_where_there_is_no_bot_there_is_no_address(linked, signed_in, post, settings):
    settings.TELEGRAM = {}

    refused = signed_in(linked).post(MINE)

    assert post(message("hello")).status_code == 404
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "telegram_off")
    assert signed_in(linked).get(MINE).json()["available"] is False
    assert signed_in(linked).delete(MINE).status_code == 204


def test_a_body_is_json_and_not_large(api):
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}

    answers = [
        api.post(WEBHOOK, b"{", content_type="application/json", headers=headers),
        api.post(WEBHOOK, b"a=1", content_type="text/plain", headers=headers),
        api.post(WEBHOOK, b" " * 300_000, content_type="application/json", headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [400, 415, 413]


# --- The outbox


def test_a_reply_is_tried_again_until_telegram_takes_it_and_the_next_one_waits(
    linked, telegram, post, now, caplog
):
    post(message("hello"))
    post(message("thanks"))
    busy = {"ok": False, "error_code": 429, "parameters": {"retry_after": 30}}
    telegram.answer = lambda request: (429, busy)
    assert outbox.send_due(lambda: now) == 0
    telegram.answer = lambda request: (200, {"ok": True, "result": {}})

    too_early = outbox.send_due(lambda: now + timedelta(seconds=29))
    later = outbox.send_due(lambda: now + timedelta(seconds=30))

    texts = [each.body["text"][:5] for each in telegram.requests]
    assert (too_early, later, texts) == (0, 2, ["Hello", "Hello", "You a"])
    assert TelegramReply.objects.count() == 0
    assert TOKEN not in caplog.text


@pytest.fixture
def work_at(now):
    """What a worker does at that second, given that it is the first since."""

    def run(seconds):
        with time_machine.travel(now + timedelta(seconds=seconds), tick=False):
            work()
        assert failures() == {}

    return run


def taken(telegram):
    return [each.body["text"][:5] for each in telegram.requests]


def test_a_worker_sends_what_the_process_that_answered_did_not(linked, telegram, post, work_at):
    """As after a crash: in this test nothing is committed, so the process itself sends nothing."""
    post(message("hello"))
    post(message("thanks"))

    work_at(4)
    before = taken(telegram)
    work_at(5)

    assert (before, taken(telegram)) == ([], ["Hello", "You a"])
    assert (TelegramReply.objects.count(), waiting_tasks()) == (0, [])


def test_a_worker_comes_back_when_telegram_said_and_keeps_the_order(
    linked, telegram, post, work_at, now
):
    post(message("hello"))
    post(message("thanks"))
    busy = {"ok": False, "error_code": 429, "parameters": {"retry_after": 30}}
    telegram.answer = lambda request: (429, busy)
    work_at(5)
    comes_back = waiting_tasks()
    telegram.answer = lambda request: (200, {"ok": True, "result": {}})

    work_at(34)
    too_early = taken(telegram)
    work_at(35)

    assert comes_back == [now + timedelta(seconds=35)]
    assert (too_early, taken(telegram)) == (["Hello"], ["Hello", "Hello", "You a"])
    assert (TelegramReply.objects.count(), waiting_tasks()) == (0, [])


def test_a_reply_whose_worker_was_lost_while_it_sent_is_sent_by_the_next(
    linked, telegram, post, work_at, now
):
    post(message("hello"))
    [reply] = TelegramReply.objects.all()
    assert TelegramReply.objects.claim(reply, now)

    work_at(5)
    before = taken(telegram)
    work_at(120)

    assert (before, taken(telegram)) == ([], ["Hello"])


def test_where_telegram_hangs_a_worker_leaves_and_comes_back_at_once(
    linked, telegram, post, now, monkeypatch
):
    """Somebody else's task gets its turn in between."""
    monkeypatch.setattr(outbox, "LONGEST_ROUND", timedelta(0))
    post(message("hello"))
    Task.objects.all().delete()

    outbox.send_replies.call()

    assert (taken(telegram), waiting_tasks()) == ([], [now])


def test_without_a_bot_nobody_comes_back(linked, settings, post, work_at):
    post(message("hello"))
    settings.TELEGRAM = {}

    work_at(5)

    assert (TelegramReply.objects.count(), waiting_tasks()) == (1, [])


def waiting_tasks():
    path = outbox.send_replies.module_path
    rows = Task.objects.filter(status="READY", task_path=path)
    return list(rows.values_list("run_after", flat=True))


@pytest.mark.parametrize(
    ("status", "body", "waiting"),
    [
        (403, {"ok": False, "description": "Forbidden: bot was blocked by the user"}, 0),
        (500, b"<html>", 1),
        (200, b"garbage", 1),
        (200, {"ok": False}, 1),
        (302, {}, 1),
    ],
)
def test_what_telegram_does_not_take(linked, telegram, post, now, caplog, status, body, waiting):
    post(message("hello"))
    telegram.answer = lambda request: (status, body)

    with caplog.at_level(logging.DEBUG):
        assert outbox.send_due(lambda: now) == 0

    assert TelegramReply.objects.count() == waiting
    assert len(telegram.requests) == 1
    assert [each for each in (TOKEN, telegram.url, "Hello") if each in caplog.text] == []


def test_a_reply_is_given_up_after_a_day(linked, settings, post, now):
    post(message("hello"))
    settings.TELEGRAM["API"] = "http://127.0.0.1:9"

    outbox.send_due(lambda: now + timedelta(hours=23))
    after_23_hours = TelegramReply.objects.count()
    outbox.send_due(lambda: now + timedelta(hours=25))

    assert (after_23_hours, TelegramReply.objects.count()) == (1, 0)


def test_texts_are_plain_and_no_longer_than_telegram_takes(linked, telegram, now):
    text = "\n".join(["*<b>_line_</b>*" * 5] * 100 + ["🙂" * 5000])
    outbox.queue(telegram_id=HIM, text=text, now=now, buttons=[[("Yes", "1:yes")]])

    outbox.send_due(lambda: now)

    sent = [each.body for each in telegram.requests]
    assert re.sub(r"\s", "", "".join(body["text"] for body in sent)) == re.sub(r"\s", "", text)
    assert max(len(body["text"].encode("utf-16-le")) // 2 for body in sent) <= 4096
    assert {name for body in sent for name in body} == {
        *("chat_id", "text", "link_preview_options", "reply_markup"),
    }
    assert ["reply_markup" in body for body in sent].count(True) == 1
    assert "reply_markup" in sent[-1]


@pytest.mark.django_db(transaction=True)
def test_a_reply_leaves_by_itself_after_the_commit(linked, telegram, post, frozen):
    post(message("hello"))
    outbox.wait_until_sent()

    assert [each.path for each in telegram.requests] == [f"/bot{TOKEN}/sendMessage"]
    assert TelegramReply.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("difference", "messages"), [(0, 6), (1, 8)], ids=["same", "control"])
def test_of_an_update_that_comes_twice_at_once_one_is_answered(
    linked, specialist, post, difference, messages
):
    """The control has two numbers, and so two answers."""
    for text in ("is Anna free on Monday?", "2"):
        post(message(text))
    yes, both = message("yes"), Barrier(2)

    def send(number):
        both.wait()
        try:
            return post({**yes, "update_id": 10**6 + number * difference}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(send, range(2)))
    outbox.wait_until_sent()

    assert (answers, Booking.objects.count()) == ([200, 200], 1)
    assert Chat.objects.get().length == messages


# --- The command


def test_the_command_tells_telegram_where_we_are_and_says_how_it_is(linked, telegram, capsys):
    call_command("telegram", "set-webhook", "https://booking.example.com/")
    telegram.answer = lambda request: (
        200,
        {"ok": True, "result": {"username": "OtherBot", "url": "https://x", "allowed": 1}},
    )
    call_command("telegram", "info")

    assert telegram.requests[0].body == {
        "url": "https://booking.example.com/api/v1/telegram/",
        "secret_token": SECRET,
        "allowed_updates": ["message", "callback_query"],
    }
    out, err = capsys.readouterr()
    assert "bot              @OtherBot" in out
    assert "linked users     1" in out
    assert "TELEGRAM_BOT_NAME is 'CoachBotBot'" in err
    assert TOKEN not in out + err


def test_the_command_sends_and_forgets_and_says_what_is_wrong(
    linked, telegram, post, now, capsys, settings
):
    post(message("hello"))
    TelegramUpdate.objects.update(created_at=now - timedelta(days=4))

    call_command("telegram", "send")

    assert capsys.readouterr().out == "Sent 1, 0 waiting; forgot 1 old update(s).\n"
    telegram.answer = lambda request: (401, {"ok": False, "description": f"No {TOKEN}"})
    with pytest.raises(CommandError, match=r"^Telegram refused getMe: 401 No \*\*\*$"):
        call_command("telegram", "info")
    with pytest.raises(CommandError, match="HTTPS only"):
        call_command("telegram", "set-webhook", "http://x")
    settings.TELEGRAM = {}
    with pytest.raises(CommandError, match="There is no bot"):
        call_command("telegram", "send")
