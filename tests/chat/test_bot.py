"""What the bot does, and with whose rights; that it claims nothing that did not happen."""

from datetime import UTC, datetime, time, timedelta

import pytest

from audit.models import AdminLog
from coachbot.chat.bot import answer
from coachbot.chat.models import Message
from coachbot.idempotency import IdempotencyKey
from scheduling.models import Booking
from tests.factories import (
    AuditorFactory,
    BookingFactory,
    ChatFactory,
    DayOffFactory,
    MessageFactory,
    ReceptionistFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

SEVENTH = "Monday 7 December 2026"
TEN = datetime(2026, 12, 7, 9, tzinfo=UTC)


@pytest.fixture
def kim(db):
    return UserFactory(first_name="Kim", last_name="Berger")


@pytest.fixture
def talk(now):
    """`talk(user)` starts a chat; what it gives says something in it."""

    def start(user):
        chat = ChatFactory(user=user)
        return lambda text, at=now: answer(chat, text, at).reply

    return start


def book_ten(say):
    """Up to the yes."""
    for text in ("is Anna free on Monday?", "2"):
        reply = say(text)
    return reply


# --- Whose rights


@pytest.mark.parametrize("verb", ["cancel", "move"])
def test_what_is_somebody_elses_is_not_there(specialist, kim, talk, verb):
    foreign = BookingFactory(specialist=specialist, starts_at=TEN, reference="K7Q2M4XA")
    say = talk(kim)

    reply = say(f"{verb} K7Q2M4XA")

    assert reply.content == "You have no such booking to come."
    assert reply.content == talk(kim)(f"{verb} K7Q2M4XB").content
    foreign.refresh_from_db()
    assert (foreign.status, foreign.starts_at) == ("confirmed", TEN)
    assert say("my bookings").payload == {"bookings": []}


def test_a_booking_that_was_handed_to_another_client_meanwhile_is_not_cancelled(
    specialist, kim, talk
):
    booking = BookingFactory(specialist=specialist, client=kim, starts_at=TEN)
    say = talk(kim)
    say("cancel my next appointment")
    Booking.objects.filter(pk=booking.pk).update(client=UserFactory())

    reply = say("yes")

    assert reply.content == "You have no such booking to come."
    booking.refresh_from_db()
    assert booking.status == "confirmed"


def test_staff_need_the_permission_that_the_api_asks_them_for(specialist, talk):
    auditor, receptionist = AuditorFactory(), ReceptionistFactory()

    replies = [book_ten(talk(who)).content for who in (auditor, receptionist)]

    assert replies[0] == ("Your account does not have the right to do that. Nothing was changed.")
    assert replies[1].startswith("Shall I book")


def test_staff_without_any_permission_see_no_bookings_not_even_their_own(specialist, talk):
    staff = StaffFactory(groups=[])
    BookingFactory(specialist=specialist, client=staff, starts_at=TEN, reference="K7Q2M4XA")

    reply = talk(staff)("my bookings")

    assert "K7Q2M4XA" not in reply.content
    assert reply.content.startswith("Your account does not have the right")


def test_a_specialist_finds_who_has_booked_them(specialist, talk):
    specialist.user = UserFactory(user_type="specialist")
    specialist.save()
    BookingFactory(specialist=specialist, client_name="Lee Marsh", starts_at=TEN)

    reply = talk(specialist.user)("my bookings")

    assert f"1. {SEVENTH}, 10:00 (Europe/Berlin): an appointment of 60 minutes with Lee Marsh" in (
        reply.content
    )


def test_who_must_give_a_reason_is_asked_for_it_and_it_stands_in_the_history(specialist, talk):
    booking = BookingFactory(specialist=specialist, starts_at=TEN, reference="K7Q2M4XA")
    say = talk(ReceptionistFactory())

    replies = [
        say(text).content
        for text in ("move K7Q2M4XA to Monday at 11", "yes", "x" * 501, "Anna has the flu: sorry!")
    ]

    why = "Please say why, in at most 500 characters: it stands in the booking's history."
    assert replies[1:3] == [why, why]
    assert replies[3].startswith("Moved: an appointment of 60 minutes with Anna Roth is now on")
    event = booking.events.get()
    assert (event.reason, event.by) == ("Anna has the flu: sorry!", "staff")
    assert AdminLog.objects.get().readable_reason == "Anna has the flu: sorry!"


def test_who_gives_no_reason_after_all_leaves_the_booking_as_it_is(specialist, talk):
    booking = BookingFactory(specialist=specialist, starts_at=TEN, reference="K7Q2M4XA")
    say = talk(ReceptionistFactory())

    replies = [say(text).content for text in ("cancel K7Q2M4XA", "yes", "no", "yes")]

    assert replies[2] == "All right, I leave everything as it is."
    booking.refresh_from_db()
    assert booking.status == "confirmed"


# --- Never what did not happen


def test_a_slot_that_was_taken_meanwhile_is_said_to_be_and_others_are_offered(
    specialist, kim, talk
):
    say = talk(kim)
    book_ten(say)
    BookingFactory(specialist=specialist, starts_at=TEN)

    reply, second = say("yes"), say("1")

    assert reply.content.startswith(
        f"Sorry, I could not book {SEVENTH}, 10:00 (Europe/Berlin). This time is taken. "
        "Nothing was booked. These times are free for an appointment of 60 minutes:\n"
        f"1. {SEVENTH}, 09:00 (Europe/Berlin) with Anna Roth\n2. {SEVENTH}, 11:00"
    )
    assert [each["starts_at"] for each in reply.payload["slots"]][:2] == [
        *("2026-12-07T09:00:00+01:00", "2026-12-07T11:00:00+01:00"),
    ]
    assert second.content.startswith("Shall I book an appointment")
    assert say("yes").content.startswith("Booked: ")
    assert Booking.objects.filter(client=kim).count() == 1


def test_a_slot_that_is_none_any_more_is_refused_with_the_reason(specialist, kim, talk):
    say = talk(kim)
    book_ten(say)
    DayOffFactory(specialist=specialist)

    reply = say("yes")

    assert "The specialist has this day off." in reply.content
    assert "Nothing was booked." in reply.content
    assert not Booking.objects.exists()


def test_a_specialist_who_left_is_not_booked(specialist, kim, talk):
    say = talk(kim)
    book_ten(say)
    specialist.delete()

    assert say("yes").content == "That is no longer offered. Nothing was booked."


def test_a_limit_is_a_sentence(specialist, kim, talk, settings):
    settings.BOOKING_MAX_ACTIVE_PER_CLIENT = 1
    BookingFactory(client=kim, starts_at=TEN)
    say = talk(kim)
    book_ten(say)

    assert say("yes").content == (
        f"Sorry, I could not book {SEVENTH}, 10:00 (Europe/Berlin). "
        "More than 1 active bookings at a time are not possible. Nothing was booked."
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cancel my next appointment", "cancel"),
        ("move my next appointment to Monday 11:00", "move"),
    ],
)
def test_what_is_too_late_to_change_stands_and_is_said_to(specialist, kim, talk, text, words):
    booking = BookingFactory(specialist=specialist, client=kim, starts_at=TEN)
    say = talk(kim)
    late = TEN - timedelta(hours=3)

    reply, after_yes = say(text, late), say("yes", late)

    assert reply.content == (
        f"I could not {words} that. It is too late to change this booking online: please contact "
        f"us. It is as it was: {SEVENTH}, 10:00 (Europe/Berlin), confirmed."
    )
    assert after_yes.content.startswith("There is nothing open to answer.")
    booking.refresh_from_db()
    assert (booking.status, booking.starts_at) == ("confirmed", TEN)


@pytest.mark.parametrize("status", ["cancelled", "completed"])
@pytest.mark.parametrize(
    ("text", "words"),
    [("cancel K7Q2M4XA", "cancel"), ("move K7Q2M4XA", "move"), ("move K7Q2M4XA to 11", "move")],
)
def test_what_is_over_is_neither_cancelled_nor_moved_and_not_said_to_stand(
    specialist, kim, talk, status, text, words
):
    BookingFactory(
        specialist=specialist, client=kim, starts_at=TEN, reference="K7Q2M4XA", status=status
    )

    reply = talk(kim)(text)

    assert reply.content == (
        f"I could not {words} that. This booking is {status}: that is final. "
        f"It is as it was: {SEVENTH}, 10:00 (Europe/Berlin), {status}."
    )


def test_one_of_several_that_it_is_too_late_to_cancel_is_refused_once_picked(
    specialist, kim, talk, now
):
    BookingFactory(specialist=specialist, client=kim, starts_at=now + timedelta(hours=2))
    BookingFactory(specialist=specialist, client=kim, starts_at=TEN)
    say = talk(kim)
    say("cancel my appointment")

    reply = say("1")

    assert reply.content.startswith("I could not cancel that. It is too late")


def test_a_name_adds_no_line_to_a_list(specialist, talk):
    anna = UserFactory(user_type="specialist")
    specialist.user = anna
    specialist.save()
    BookingFactory(
        specialist=specialist, client=None, client_name="Kim\n2. All of them", starts_at=TEN
    )

    reply = talk(anna)("my bookings")

    assert [line[:2] for line in reply.content.splitlines()] == ["Bo", "1."]


def test_a_booking_that_moved_since_it_was_shown_is_not_cancelled(specialist, kim, talk):
    booking = BookingFactory(specialist=specialist, client=kim, starts_at=TEN)
    say = talk(kim)
    say("cancel my next appointment")
    hour = timedelta(hours=1)
    Booking.objects.update(
        starts_at=TEN + hour,
        ends_at=booking.ends_at + hour,
        occupied_starts_at=TEN + hour,
        occupied_ends_at=booking.ends_at + hour,
    )

    reply = say("yes")

    assert reply.content == (
        f"This booking has changed meanwhile: it is on {SEVENTH}, 11:00 (Europe/Berlin), "
        "confirmed. I did nothing: please ask again."
    )
    assert Booking.objects.get().status == "confirmed"


def test_a_booking_that_waits_for_a_yes_of_the_specialist_is_called_a_request(
    specialist, kim, talk
):
    ServiceFactory(name="Massage", specialists=[specialist], requires_confirmation=True)
    say = talk(kim)

    say("book a massage on Monday at 9:30")
    reply = say("yes")

    assert reply.content.startswith(
        f"Requested: Massage (30 minutes) with Anna Roth on {SEVENTH}, 09:30 (Europe/Berlin). "
        "It still has to be confirmed."
    )
    assert Booking.objects.get().status == "pending"


# --- Looking


def test_where_nothing_is_free_the_nearest_is_offered(specialist, kim, talk):
    exact, whole_day = talk(kim)("book Anna on Monday at 15:00"), talk(kim)("anna tuesday")

    assert exact.content.startswith("Nothing is free then for an appointment of 60 minutes.")
    assert [each["starts_at"][:16] for each in exact.payload["slots"]] == [
        *("2026-12-07T09:00", "2026-12-07T10:00", "2026-12-07T11:00"),
    ]
    assert whole_day.payload["slots"][0]["starts_at"] == "2026-12-07T09:00:00+01:00"


def test_where_nothing_is_free_at_all_it_says_of_what_and_why(specialist, kim, talk):
    ServiceFactory(name="Massage", specialists=[SpecialistFactory(name="Ben")])

    replies = [
        talk(kim)(text).content
        for text in (
            "book a massage with Anna on Monday",
            "book a massage on Monday",
            "is Ben free on Monday?",
        )
    ]

    assert replies == [
        "Anna Roth does not offer Massage (30 minutes). Would somebody else do?",
        "I found no free time for Massage (30 minutes). Would another day do?",
        "I found no free time for an appointment with Ben. "
        "Would another day, or somebody else, do?",
    ]


def test_later_and_earlier_go_through_what_is_free(kim, talk):
    ben = SpecialistFactory(name="Ben Ode")
    ScheduleFactory(specialist=ben)
    say = talk(kim)

    pages = [
        [each["starts_at"][8:13] for each in say(text).payload["slots"]]
        for text in ("is Ben free on Monday?", "later", "later", "earlier")
    ]

    assert pages == [
        ["07T09", "07T10", "07T11", "07T12", "07T13"],
        ["07T14", "07T15", "07T16"],
        ["14T09", "14T10", "14T11", "14T12", "14T13"],
        ["07T12", "07T13", "07T14", "07T15", "07T16"],
    ]


def test_where_somebody_is_there_day_and_night_every_day_has_its_hours(kim, talk):
    for name, zone in (("Ben", "Europe/Berlin"), ("Sunita", "Asia/Kathmandu")):
        person = SpecialistFactory(name=name, time_zone=zone)
        for weekday in range(2):
            ScheduleFactory(
                specialist=person, weekday=weekday, start_time=time(0), end_time=time(0)
            )

    reply = talk(kim)("opening hours")

    assert reply.content == (
        "We are open (Europe/Berlin):\n"
        "Tuesday 1 December 2026: 00:00–24:00\n"
        "Sunday 6 December 2026: 19:15–24:00\n"
        "Monday 7 December 2026: 00:00–24:00"
    )


def test_hours_and_prices_are_those_of_the_tables(specialist, kim, talk):
    ServiceFactory(name="Massage", specialists=[specialist])
    DayOffFactory(specialist=specialist, date="2026-12-14")
    say = talk(kim)

    replies = [
        say(text).content
        for text in (
            "what are your opening hours?",
            "when does anna work on 14 December?",
            "how much is a massage?",
        )
    ]

    assert replies == [
        f"We are open (Europe/Berlin):\n{SEVENTH}: 09:00–12:00",
        "Anna Roth is not there on Monday 14 December 2026 (Europe/Berlin).",
        "Massage (30 minutes): 45.00 EUR",
    ]


# --- Once and whole


def test_a_yes_that_is_repeated_with_its_key_books_once(specialist, kim, signed_in, frozen):
    client = signed_in(kim)
    place = f"/api/v1/chats/{client.post('/api/v1/chats/', {}).json()['id']}/messages/"
    for text in ("is Anna free on Monday?", "2"):
        client.post(place, {"content": text})

    answers = [client.post(place, {"content": "yes"}, HTTP_IDEMPOTENCY_KEY="one") for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotent-Replayed"] == "true"
    assert (Booking.objects.count(), Message.objects.count()) == (1, 6)


def test_a_turn_that_breaks_off_leaves_neither_booking_nor_message(
    specialist, kim, signed_in, frozen
):
    """Messages are written after the booking: one that is in the way takes the booking with it."""
    client = signed_in(kim)
    chat = ChatFactory(user=kim)
    place = f"/api/v1/chats/{chat.pk}/messages/"
    for text in ("is Anna free on Monday?", "2"):
        client.post(place, {"content": text})
    in_the_way = MessageFactory(chat=chat, position=5)

    broken = client.post(place, {"content": "yes"}, HTTP_IDEMPOTENCY_KEY="one")
    left = (Booking.objects.count(), Message.objects.count(), IdempotencyKey.objects.count())
    in_the_way.delete()
    retried = client.post(place, {"content": "yes"}, HTTP_IDEMPOTENCY_KEY="one")

    assert (broken.status_code, left) == (409, (0, 5, 0))
    assert (retried.status_code, Booking.objects.count()) == (201, 1)


def test_what_staff_do_through_the_bot_is_in_the_log_and_what_clients_do_is_not(
    specialist, kim, talk
):
    receptionist = ReceptionistFactory()
    for user in (kim, receptionist):
        say = talk(user)
        say("is Anna free on Monday?")
        say("1")
        say("yes")

    assert [(entry.action, entry.actor_id) for entry in AdminLog.objects.all()] == [
        ("booking.created", receptionist.pk),
    ]


@pytest.mark.parametrize("people", [1, 10])
def test_a_message_takes_the_same_queries_however_much_there_is(
    specialist, kim, talk, people, django_assert_num_queries
):
    for number in range(people):
        other = SpecialistFactory(name=f"Ben {number}")
        ScheduleFactory(specialist=other)
        ServiceFactory(name=f"Yoga {number}", specialists=[other])
    say = talk(kim)

    for text, count in {"hello": 7, "who is free on Monday?": 9, "2": 7, "yes": 16}.items():
        with django_assert_num_queries(count):
            say(text)
