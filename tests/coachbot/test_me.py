"""What a person sees, takes along and erases of themselves."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts.errors import AccountClosed, LastSuperuser
from accounts.models import User, UserSession
from accounts.services import change_client, change_profile
from audit.models import AdminLog
from coachbot.chat.models import Chat, Message
from coachbot.idempotency import IdempotencyKey
from coachbot.me.erasure import erase
from coachbot.notifications.models import Topic, Unsubscription
from coachbot.notifications.services import unsubscribe
from feedback.models import Feedback
from scheduling import services
from scheduling.errors import ClientInactive
from scheduling.models import Booking, BookingEvent, Specialist
from scheduling.queries import Wish
from tests.factories import (
    BookingEventFactory,
    BookingFactory,
    ChatFactory,
    DayOffFactory,
    FeedbackFactory,
    HoldFactory,
    MailFactory,
    MessageFactory,
    ScheduleFactory,
    SpecialistFactory,
    SuperuserFactory,
    UserFactory,
    WaitingListEntryFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

ME, EXPORT = "/api/v1/me/", "/api/v1/me/export/"
PASSWORD = "correct horse battery"
YESTERDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.fixture
def kim(db):
    return UserFactory(
        username="kim",
        email="kim@example.com",
        password=PASSWORD,
        first_name="Kim",
        last_name="Berger",
        phone="+49 30 1234",
        time_zone="Europe/Berlin",
    )


def errors(answer):
    return answer.status_code, [(each["code"], each["attr"]) for each in answer.json()["errors"]]


def past_booking(client, **fields):
    booking = BookingFactory(client=client, starts_at=YESTERDAY, status="completed", **fields)
    BookingEventFactory(booking=booking, reason="Kim has a bad back")
    return booking


# --- Who I am


def test_a_person_reads_who_they_are(kim, signed_in):
    document = signed_in(kim).get(ME).json()

    assert document.pop("created_at").startswith("20")
    assert document == {
        "id": str(kim.pk),
        "email": "kim@example.com",
        "username": "kim",
        "first_name": "Kim",
        "last_name": "Berger",
        "phone": "+49 30 1234",
        "time_zone": "Europe/Berlin",
        "language": "en",
        "user_type": "client",
    }


def test_a_person_changes_name_phone_time_zone_and_language(kim, signed_in):
    change = {"first_name": "Kimberly", "last_name": "", "phone": "", "time_zone": "Asia/Tokyo"}
    change["language"] = "de"

    answer = signed_in(kim).patch(ME, change)

    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in change} == change
    assert User.objects.get().first_name == "Kimberly"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        *(("email", "a@b.eu"), ("username", "boss"), ("user_type", "staff"), ("id", "1")),
        *(("is_superuser", True), ("is_staff", True), ("groups", [1]), ("password", "x")),
        *(("created_at", "2026-01-01T00:00:00Z"), ("is_active", False)),
    ],
)
def test_a_person_changes_nothing_else(kim, signed_in, member, value):
    answer = signed_in(kim).patch(ME, {member: value})

    assert errors(answer) == (400, [("unknown_field", member)])


@pytest.mark.parametrize(
    ("member", "value"),
    [
        *(("phone", "call me"), ("time_zone", "Mars/Olympus"), ("language", "tlh")),
        ("first_name", "x" * 151),
    ],
)
def test_what_cannot_be_is_a_400_that_names_it(kim, signed_in, member, value):
    code, [(_, attr)] = errors(signed_in(kim).patch(ME, {member: value}))

    assert (code, attr) == (400, member)


# --- What I take along


def test_the_export_holds_everything_and_no_secret(kim, signed_in):
    booking = past_booking(kim, notes="Knee")
    feedback = FeedbackFactory(booking=booking, comment="Not for my knee", hidden_at=YESTERDAY)
    FeedbackFactory(booking__starts_at=YESTERDAY, booking__client=UserFactory())
    MailFactory(recipient="kim@example.com")
    MailFactory(recipient="lee@example.com")
    for address in ("Kim@example.com", "lee@example.com"):
        unsubscribe(email=address, topic=Topic.REMINDER)
    client = signed_in(kim)

    answer = client.get(EXPORT)

    document = answer.json()
    assert answer["Content-Disposition"] == 'attachment; filename="coachbot.json"'
    assert document.keys() == {
        *("exported_at", "account", "email_addresses", "second_factors", "sessions"),
        *("bookings", "waiting_list", "feedback", "unsubscriptions", "chats", "mail", "telegram"),
        *("calendar_feed", "specialist"),
    }
    assert [(each["recipient"], each["subject"]) for each in document["mail"]] == [
        ("kim@example.com", "Hello")
    ]
    assert [(each["email"], each["topic"]) for each in document["unsubscriptions"]] == [
        ("kim@example.com", "reminder")
    ]
    assert document["account"]["email"] == "kim@example.com"
    assert document["email_addresses"] == [
        {"email": "kim@example.com", "verified": True, "primary": True}
    ]
    assert [each["id"] for each in document["sessions"]] == [str(UserSession.objects.get().pk)]
    assert [(each["reference"], each["notes"]) for each in document["bookings"]] == [
        (booking.reference, "Knee")
    ]
    assert document["bookings"][0]["history"][0]["reason"] == "Kim has a bad back"
    assert [(each["id"], each["comment"], each["is_hidden"]) for each in document["feedback"]] == [
        (str(feedback.pk), "Not for my knee", True)
    ]
    assert document["specialist"] is None
    secrets = (kim.password, UserSession.objects.get().token_hash)
    assert not any(secret in json.dumps(document) for secret in secrets)


def test_the_export_holds_what_was_said_to_the_bot(kim, signed_in):
    chat = ChatFactory(user=kim, title="Knee")
    MessageFactory(chat=chat, content="My knee hurts")
    chat.delete()
    MessageFactory(content="Of somebody else")

    [found] = signed_in(kim).get(EXPORT).json()["chats"]

    assert (found["id"], found["title"]) == (str(chat.pk), "Knee")
    assert found["deleted_at"] is not None
    assert [each["content"] for each in found["messages"]] == ["My knee hurts"]


def test_the_export_of_a_specialist_holds_profile_and_hours(kim, signed_in):
    specialist = SpecialistFactory(user=kim, phone="+49 30 99")
    schedule, day_off = ScheduleFactory(specialist=specialist), DayOffFactory(specialist=specialist)
    answered = FeedbackFactory(booking__specialist=specialist, reply="See you")

    found = signed_in(kim).get(EXPORT).json()["specialist"]

    assert (found["id"], found["phone"]) == (str(specialist.pk), "+49 30 99")
    assert [row["id"] for row in found["schedules"]] == [str(schedule.pk)]
    assert [row["id"] for row in found["days_off"]] == [str(day_off.pk)]
    assert found["availability"] == []
    assert found["replies"] == [{"id": str(answered.pk), "reply": "See you"}]


@pytest.mark.parametrize("count", [1, 10])
def test_the_export_takes_the_same_queries_however_much_there_is(
    kim, signed_in, django_assert_num_queries, count
):
    for number in range(count):
        specialist = SpecialistFactory()
        FeedbackFactory(booking=past_booking(kim, specialist=specialist, reference=f"R{number:07}"))
        MessageFactory(chat=ChatFactory(user=kim))
        HoldFactory(entry=WaitingListEntryFactory(client=kim, status="offered"))
    client = signed_in(kim)

    with django_assert_num_queries(18):
        client.get(EXPORT)


# --- What I erase


def test_a_person_who_is_erased_leaves_bookings_that_name_nobody(kim, signed_in):
    booking = past_booking(kim, client_name="Kim Berger", client_phone="+49 30 1234", notes="Knee")
    FeedbackFactory(booking=booking, rating=4, author="Kim B.", comment="Knee", reply="Well!")
    Authenticator.objects.create(user=kim, type="totp", data={})
    for chat in (ChatFactory(user=kim), ChatFactory(user=kim)):
        MessageFactory(chat=chat, content="My knee hurts")
    chat.delete()
    foreign = MessageFactory()
    unsubscribe(email="kim@example.com", topic=Topic.FEEDBACK)
    client = signed_in(kim)

    answer = client.delete(ME, {"password": PASSWORD})

    assert answer.status_code == 204
    assert client.get(ME).status_code == 401
    left = Booking.objects.get(pk=booking.pk)
    assert (left.client_name, left.client_email, left.client_phone, left.notes) == (
        *("Erased", "", "", ""),
    )
    assert (left.status, left.starts_at, left.reference) == (
        *("completed", YESTERDAY, booking.reference),
    )
    assert BookingEvent.objects.get().reason == ""
    said = Feedback.objects.get()
    assert (said.rating, said.author, said.comment, said.reply) == (4, "", "", "")
    assert Specialist.objects.get().rating_average == 4
    user = User.objects.get(pk=kim.pk)
    assert (user.username, user.email) == (
        f"erased-{kim.pk.hex}",
        f"{kim.pk.hex}@erased.invalid",
    )
    assert (user.get_full_name(), user.phone, user.is_active, user.has_usable_password()) == (
        *("", "", False, False),
    )
    for table in (EmailAddress, Authenticator, UserSession, IdempotencyKey, Unsubscription):
        assert not table.objects.exists()
    assert list(Chat.everything.all()) == [foreign.chat]
    assert list(Message.objects.all()) == [foreign]


def test_the_answers_kept_for_their_retries_go_too(kim, signed_in, specialist):
    client = signed_in(kim)
    made = client.post(
        "/api/v1/bookings/",
        {"specialist": str(specialist.pk), "starts_at": "2026-12-07T08:00:00Z"},
        headers={"Idempotency-Key": "k1"},
    )
    client.post(f"/api/v1/bookings/{made.json()['id']}/cancel/", {})

    assert client.delete(ME, {"password": PASSWORD}).status_code == 204
    assert not IdempotencyKey.objects.exists()


def test_the_address_is_free_again(kim, signed_in):
    signed_in(kim).delete(ME, {"password": PASSWORD})

    again = UserFactory(username="kim", email="kim@example.com")

    assert again.pk != kim.pk


@pytest.mark.parametrize("role", ["client", "specialist"])
def test_nobody_is_erased_before_their_bookings_are_over(kim, signed_in, role, now):
    specialist = SpecialistFactory(user=kim)
    who = {"client": kim} if role == "client" else {"specialist": specialist}
    booking = BookingFactory(**who, starts_at=now - timedelta(minutes=30))
    client = signed_in(kim)

    assert errors(client.delete(ME, {"password": PASSWORD})) == (
        409,
        [("has_future_bookings", None)],
    )
    assert User.objects.get(pk=kim.pk).email == "kim@example.com"

    Booking.objects.filter(pk=booking.pk).update(status="cancelled")
    assert client.delete(ME, {"password": PASSWORD}).status_code == 204


def test_a_specialist_who_is_erased_leaves_the_profile_to_staff(kim, signed_in):
    specialist = SpecialistFactory(user=kim, name="Kim Berger")

    signed_in(kim).delete(ME, {"password": PASSWORD})

    assert Specialist.objects.get() == specialist
    assert Specialist.objects.get().user is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"password": "wrong horse"}, ("incorrect_password", "password")),
        ({}, ("required", "password")),
        ({"password": PASSWORD, "really": True}, ("unknown_field", "really")),
    ],
)
def test_erasing_takes_the_password(kim, signed_in, body, expected):
    assert errors(signed_in(kim).delete(ME, body)) == (400, [expected])
    assert User.objects.get(pk=kim.pk).is_active


def test_the_password_is_tried_only_so_often(kim, signed_in):
    client = signed_in(kim)

    answers = [client.delete(ME, {"password": "wrong horse"}) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [400] * 5 + [429]
    assert answers[-1]["Retry-After"] == "300"
    assert client.delete(ME, {"password": PASSWORD}).status_code == 429


def test_the_last_superuser_stays(signed_in):
    boss = SuperuserFactory(password=PASSWORD)
    client = signed_in(boss)

    assert errors(client.delete(ME, {"password": PASSWORD})) == (409, [("last_superuser", None)])

    SuperuserFactory()
    assert client.delete(ME, {"password": PASSWORD}).status_code == 204


@pytest.mark.django_db(transaction=True)
def test_of_the_last_two_superusers_one_stays_who_go_at_once(now):
    people, together = [SuperuserFactory(), SuperuserFactory()], Barrier(2)

    def go(user):
        together.wait()
        try:
            erase(user=user, now=now)
        except LastSuperuser:
            return "stays"
        finally:
            connection.close()
        return "gone"

    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            outcomes = sorted(pool.map(go, people))
        assert outcomes == ["gone", "stays"]
        people = [User.objects.get(is_superuser=True), SuperuserFactory()]


def test_why_something_was_done_to_a_booking_is_forgotten_with_its_client(kim, signed_in, now):
    """Also once something is said of it again, which is under another key."""
    boss = SuperuserFactory()
    booking = BookingFactory(client=kim, starts_at=now - timedelta(days=1))
    services.cancel(booking=booking, actor=boss, reason="Kim has the flu", now=now)
    erase(user=kim, now=now)
    services.change_details(booking=booking, actor=boss, notes="Paid")

    entries = signed_in(boss).get("/api/v1/admin-logs/").json()["results"]

    assert [(each["action"], each["reason"]) for each in entries] == [
        *(("booking.changed", ""), ("user.erased", ""), ("booking.cancelled", "(erased)")),
    ]
    assert [each["changes"].get("notes") for each in entries] == [["", "Paid"], None, None]
    assert [each["changes"].get("cancellation_reason") for each in entries] == [
        *(None, None, ["", "(erased)"]),
    ]
    assert "flu" not in str(list(AdminLog.objects.values()))
    call_command("verify_audit", stdout=StringIO())


def what_staff_did_to(kim, staff):
    change_client(client=kim, fields={"phone": "+49 30 987650"})
    booking = Booking.objects.get(client=kim)
    staff.patch(f"/api/v1/bookings/{booking.pk}/", {"notes": "Kim's knee"})
    return what_is_told_of(staff)


def what_is_told_of(staff):
    """The log as staff read it, oldest first."""
    entries = staff.get("/api/v1/admin-logs/").json()["results"]
    return [(entry["resource"], entry["changes"]) for entry in reversed(entries)]


def remember_in_djangos_own_log(user, words):
    LogEntry.objects.create(
        user=SuperuserFactory(),
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(user.pk),
        object_repr="kimberger",
        action_flag=2,
        change_message=words,
    )


def tables_with(words):
    """Where in the database one of `words` stands."""
    found = []
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            dump = str(cursor.fetchall())
        found += [(table, word) for word in words if word in dump]
    return found


def test_nothing_that_names_a_person_is_left_anywhere(kim, signed_in, api):
    """In whichever table: the log of Django's own admin, and a reset that waits for its code."""
    words = ("kimberger", "kim@example.com", "Bergerova", "98765", "Knee")
    remember_in_djangos_own_log(kim, "kim@example.com")
    User.objects.filter(pk=kim.pk).update(username="kimberger", last_name="Bergerova")
    kim.refresh_from_db()
    client = signed_in(kim)
    client.patch(ME, {"phone": "+49 30 98765"})
    past_booking(kim, client_name="Kim Bergerova", client_phone="+49 30 98765", notes="Knee")
    FeedbackFactory(booking=Booking.objects.get(), author="Kim B.", comment="My Knee is better")
    api.post("/_allauth/app/v1/auth/password/request", {"email": "kim@example.com"})
    staff = signed_in(SuperuserFactory(username="boss"))
    assert what_staff_did_to(kim, staff) == [
        ("kimberger", {"phone": ["+49 30 98765", "+49 30 987650"]}),
        (str(Booking.objects.get()), {"notes": ["Knee", "Kim's knee"], "version": [1, 2]}),
    ]

    assert {word for _, word in tables_with(words)} == {*words}

    agent = {"User-Agent": "kimberger's phone"}
    assert client.delete(ME, {"password": PASSWORD}, headers=agent).status_code == 204

    hidden = ["(erased)", "(erased)"]
    assert what_is_told_of(staff) == [
        ("(erased)", {"phone": hidden}),
        (str(Booking.objects.get()), {"notes": hidden, "version": [1, 2]}),
        ("(erased)", {}),
    ]
    call_command("verify_audit", stdout=StringIO())
    browser = Client()
    browser.force_login(User.objects.get(username="boss"))
    pages = [f"{AdminLog.objects.last().pk}/change/", "", "?q=kimberger"]
    for page in pages:
        text = browser.get(f"/admin/audit/adminlog/{page}").content.decode()
        assert "kim@example.com" not in text
        assert "98765" not in text

    assert tables_with(words) == []


def test_a_change_that_was_under_way_when_they_went_is_refused(kim, now):
    stale = User.objects.get(pk=kim.pk)
    erase(user=kim, now=now)

    with pytest.raises(AccountClosed):
        change_profile(user=stale, first_name="Kim", phone="+49 30 1234")

    assert User.objects.get().get_full_name() == ""


def test_a_booking_that_was_under_way_when_its_client_went_is_refused(kim, specialist, now):
    erase(user=User.objects.get(pk=kim.pk), now=now)

    with pytest.raises(ClientInactive):
        services.book(
            wish=Wish(specialist),
            starts_at=datetime(2026, 12, 7, 8, tzinfo=UTC),
            client=kim,
            now=now,
        )

    assert not Booking.objects.exists()
