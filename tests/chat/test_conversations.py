"""Whole conversations, over REST and in the terminal: from "hi" to an appointment and back."""

import re
import sys
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from django.core.management import CommandError, call_command

from coachbot.chat.models import Chat, Message
from scheduling.models import Booking, BookingEvent
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

CHATS = "/api/v1/chats/"
SEVENTH = "Monday 7 December 2026"
# What is said, and how what is answered begins.
FROM_HI_TO_BYE = [
    ("hi", "Hello!"),
    ("is Anna free on Monday?", "These times are free for an appointment of 60 minutes:"),
    ("2", f"Shall I book an appointment of 60 minutes with Anna Roth on {SEVENTH}, 10:00"),
    ("yes", f"Booked: an appointment of 60 minutes with Anna Roth on {SEVENTH}, 10:00"),
    ("my bookings", f"Bookings to come:\n1. {SEVENTH}, 10:00 (Europe/Berlin)"),
    (
        "move my next appointment to Monday at 11",
        "Shall I move an appointment of 60 minutes with Anna Roth "
        f"from {SEVENTH}, 10:00 (Europe/Berlin) to {SEVENTH}, 11:00 (Europe/Berlin)?",
    ),
    ("yes", f"Moved: an appointment of 60 minutes with Anna Roth is now on {SEVENTH}, 11:00"),
    ("cancel my next appointment", "Shall I cancel an appointment of 60 minutes with Anna Roth"),
    ("no", "All right, I leave everything as it is."),
    ("cancel my next appointment", "Shall I cancel an appointment of 60 minutes with Anna Roth"),
    ("yes", f"Cancelled: an appointment of 60 minutes with Anna Roth on {SEVENTH}, 11:00"),
    ("my bookings", "You have no such booking to come."),
    ("bye", "Goodbye!"),
]
WORDS = [words for words, _ in FROM_HI_TO_BYE]


@pytest.fixture
def kim(specialist):
    return UserFactory(email="kim@example.com", username="kim", time_zone="Europe/Berlin")


@pytest.fixture
def say(kim, signed_in):
    """`say(text)` is the reply in a chat of Kim's."""
    client = signed_in(kim)
    place = f"{CHATS}{client.post(CHATS, {}).json()['id']}/messages/"
    return lambda text: client.post(place, {"content": text}).json()["reply"]


def in_terminal(monkeypatch, words, *options):
    """What the command prints when the lines `words` are its input."""
    typed = BytesIO("\n".join(words).encode("latin-1"))
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(typed, encoding="utf-8"))
    out = StringIO()
    call_command("chat", "--as", "kim@example.com", *options, stdout=out)
    return out.getvalue()


def test_an_appointment_is_booked_moved_and_cancelled_over_rest(say):
    replies = [say(words)["content"] for words in WORDS]

    assert [
        reply[: len(begin)] for reply, (_, begin) in zip(replies, FROM_HI_TO_BYE, strict=True)
    ] == [begin for _, begin in FROM_HI_TO_BYE]
    booking = Booking.objects.get()
    assert (booking.status, booking.starts_at.isoformat()) == (
        *("cancelled", "2026-12-07T10:00:00+00:00"),
    )
    assert [each.to_status for each in BookingEvent.objects.order_by("version")] == [
        *("confirmed", "confirmed", "cancelled"),
    ]


def test_the_same_words_do_the_same_in_the_terminal(kim, say, monkeypatch):
    over_rest = [say(words)["content"] for words in WORDS]
    Booking.objects.get().events.all().delete()
    Booking.objects.all().delete()

    shown = in_terminal(monkeypatch, WORDS)

    greeting, *turns = shown.split("\n> ")
    assert greeting.startswith("You are kim@example.com; times are of Europe/Berlin.")
    expected = [f"{words}\n{reply}" for words, reply in zip(WORDS, over_rest, strict=True)]
    assert [without_reference(turn.strip()) for turn in turns] == [
        without_reference(turn) for turn in expected
    ]
    assert Booking.objects.get().status == "cancelled"


def without_reference(text):
    return re.sub(r"\b[2-9A-Z]{8}\b", "…", text)


def test_what_the_bot_speaks_of_is_there_as_data(say, specialist):
    anna = {"id": str(specialist.pk), "name": "Anna Roth"}
    slots = [
        {
            "starts_at": f"2026-12-07T{hour:02}:00:00+01:00",
            "ends_at": f"2026-12-07T{hour + 1:02}:00:00+01:00",
            "specialist": anna,
            "service": None,
        }
        for hour in (9, 10, 11)
    ]

    offers, proposal, booked = (say(text) for text in ("is Anna free on Monday?", "2", "yes"))

    assert offers["payload"] == {"time_zone": "Europe/Berlin", "slots": slots}
    assert proposal["payload"] == {"proposal": {"action": "book", "slot": slots[1]}}
    booking = booked["payload"]["booking"]
    assert booking == {**booking, "specialist": anna, "starts_at": "2026-12-07T09:00:00Z"}
    assert booking["reference"] == Booking.objects.get().reference
    assert booking["reference"] in booked["content"]
    assert say("my bookings")["payload"] == {"bookings": [booking]}


def test_the_booking_in_a_reply_is_the_document_of_the_api(say, signed_in, kim):
    for text in ("is Anna free on Monday?", "2"):
        say(text)

    booking = say("yes")["payload"]["booking"]

    assert booking == signed_in(kim).get(f"/api/v1/bookings/{booking['id']}/").json()


# --- The terminal


def test_the_terminal_takes_another_clock_and_ends_with_its_input(kim, monkeypatch):
    shown = in_terminal(monkeypatch, ["", "is anna free monday?"], "--time-zone", "Asia/Tokyo")

    assert f"1. {SEVENTH}, 17:00 (Asia/Tokyo) with Anna Roth" in shown
    assert (Chat.objects.get().user, Message.objects.count()) == (kim, 2)


def test_nothing_that_follows_goodbye_is_read(kim, monkeypatch):
    in_terminal(monkeypatch, ["bye", "hello"])

    assert [each.content for each in Message.objects.filter(role="user")] == ["bye"]


def test_a_line_that_cannot_be_said_is_refused_and_the_next_one_heard(kim, monkeypatch):
    shown = in_terminal(monkeypatch, ["x" * 2001, "not in UTF-8: \xe9", "bye"])

    assert "Ensure this field has no more than 2000 characters." in shown
    assert shown.endswith("Goodbye!\n")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--as", "nobody@example.com"], 'No active user "nobody@example.com".'),
        (["--as", "KIM@example.com", "--time-zone", "Mars"], '--time-zone: "Mars" is no IANA'),
    ],
)
def test_what_the_command_cannot_do_it_says(kim, options, problem):
    with pytest.raises(CommandError, match=re.escape(problem)):
        call_command("chat", *options)

    assert not Chat.objects.exists()


def test_the_help_of_the_command_teaches(capsys):
    with pytest.raises(SystemExit):
        call_command("chat", "--help")

    shown = capsys.readouterr().out
    assert "--time-zone ZONE" in shown
    assert "chat --as kim@example.com" in shown
