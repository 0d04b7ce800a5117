"""The rules of feedback. It is Tuesday 2026-12-01, 08:00 UTC."""

from datetime import timedelta

import pytest

from audit.models import AdminLog
from coachbot.errors import DomainError
from feedback import services
from feedback.models import Feedback
from scheduling.models import Specialist
from tests.factories import (
    BookingFactory,
    FeedbackFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def entries():
    return [
        (each.action, each.actor, each.resource_id, each.readable_changes, each.readable_reason)
        for each in AdminLog.objects.order_by("sequence")
    ]


def refusal_of(act, **arguments):
    """The code of the refusal, in which nothing was written."""
    before = list(Feedback.objects.values())
    with pytest.raises(DomainError) as refusal:
        act(**arguments)
    assert list(Feedback.objects.values()) == before
    return refusal.value.code


def test_a_client_rates_a_completed_booking_and_leaves_no_entry(now):
    client = UserFactory(first_name="Kim Anna", last_name="berger")
    booking = BookingFactory(client=client, status="completed")

    given = services.give_feedback(
        booking=booking, actor=client, rating=4, comment="  Patient.  ", now=now
    )

    given.refresh_from_db()
    assert (given.booking, given.specialist, given.rating) == (booking, booking.specialist, 4)
    assert (given.comment, given.author, given.created_at) == ("Patient.", "Kim B.", now)
    assert (given.reply, given.hidden_at) == ("", None)
    assert entries() == []


@pytest.mark.parametrize(
    ("first_name", "last_name", "author"),
    [
        pytest.param("Kim", "Berger", "Kim B.", id="both"),
        pytest.param("Kim", "", "Kim", id="a first name"),
        pytest.param("", "Berger", "B.", id="a last name is an initial"),
        pytest.param("", "", "", id="none: the username is nobody's to publish"),
        pytest.param("李", "伟", "李 伟.", id="any script"),
    ],
)
def test_the_public_name_of_a_user(first_name, last_name, author):
    client = UserFactory(first_name=first_name, last_name=last_name)

    assert services.public_name(BookingFactory(client=client, client_name="kim77")) == author


@pytest.mark.parametrize(
    ("name", "author"),
    [("Kim Anna Berger", "Kim B."), ("Kim", "Kim"), ("kim@example.com", ""), ("  ", "")],
)
def test_the_public_name_of_a_guest(name, author):
    assert services.public_name(BookingFactory(client=None, client_name=name)) == author


@pytest.mark.parametrize("status", ["pending", "confirmed", "cancelled", "no_show"])
def test_only_a_completed_booking_is_rated(now, status):
    booking = BookingFactory(status=status)

    assert (
        refusal_of(services.give_feedback, booking=booking, actor=booking.client, rating=5, now=now)
        == "not_completed"
    )


def test_a_booking_is_rated_once(now):
    booking = FeedbackFactory().booking

    code = refusal_of(
        services.give_feedback, booking=booking, actor=booking.client, rating=1, now=now
    )

    assert code == "already_rated"


@pytest.mark.parametrize("as_guest", [False, True])
def test_specialists_do_not_rate_themselves(now, as_guest):
    anna = UserFactory(user_type="specialist")
    booking = BookingFactory(
        client=None if as_guest else anna,
        specialist=SpecialistFactory(user=anna),
        status="completed",
    )

    code = refusal_of(services.give_feedback, booking=booking, actor=anna, rating=5, now=now)

    assert code == "self_rating"


def test_who_was_erased_meanwhile_leaves_no_words(now):
    booking = BookingFactory(status="completed")
    booking.client.is_active = False
    booking.client.save()

    code = refusal_of(
        services.give_feedback, booking=booking, actor=booking.client, rating=5, now=now
    )

    assert code == "client_inactive"


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        pytest.param(14 * DAY, None, id="to the last moment"),
        pytest.param(14 * DAY + timedelta(microseconds=1), "too_late_to_edit", id="not later"),
    ],
)
def test_its_author_changes_it_for_two_weeks(now, age, expected):
    feedback = FeedbackFactory(created_at=now - age, rating=5, comment="Good")
    change = {"feedback": feedback, "actor": None, "now": now, "rating": 2, "comment": " Less so "}

    code = refusal_of(services.change_feedback, **change) if expected else None
    if not expected:
        services.change_feedback(**change)

    feedback.refresh_from_db()
    assert code == expected
    told = (5, "Good") if expected else (2, "Less so")
    assert (feedback.rating, feedback.comment) == told
    assert entries() == []


def test_how_long_is_a_setting(now, settings):
    settings.FEEDBACK_EDIT_DAYS = 1
    feedback = FeedbackFactory(created_at=now - 2 * DAY)

    assert refusal_of(
        services.change_feedback, feedback=feedback, actor=None, now=now, rating=1
    ) == ("too_late_to_edit")


def test_what_staff_say_of_their_own_visit_is_in_the_log(now):
    rosa = StaffFactory(username="rosa")
    booking = BookingFactory(client=rosa, status="completed")

    feedback = services.give_feedback(booking=booking, actor=rosa, rating=4, now=now)
    services.change_feedback(feedback=feedback, actor=rosa, now=now, rating=3)

    made, changed = entries()
    assert made[:3] == ("feedback.created", "rosa", str(feedback.pk))
    assert changed[1:4] == ("rosa", str(feedback.pk), {"rating": [4, 3]})


def test_a_reply_is_in_the_log_once_and_only_if_it_says_something_new():
    anna = UserFactory(username="anna")
    feedback = FeedbackFactory()

    for _ in range(2):
        services.reply(feedback=feedback, actor=anna, text=" Thank you ")

    feedback.refresh_from_db()
    assert feedback.reply == "Thank you"
    assert entries() == [
        ("feedback.replied", "anna", str(feedback.pk), {"reply": ["", "Thank you"]}, "")
    ]


def test_hiding_takes_it_from_the_rating_and_showing_brings_it_back(now):
    staff = StaffFactory(username="rosa")
    feedback = FeedbackFactory(rating=2)

    services.hide(feedback=feedback, actor=staff, reason=" Insults ", now=now)
    hidden = figures()
    services.unhide(feedback=feedback, actor=staff, reason="Rewritten")

    assert (hidden, figures()) == ((0, 0, None), (2, 1, 2.0))
    stamp = "2026-12-01T08:00:00Z"
    assert entries() == [
        ("feedback.hidden", "rosa", str(feedback.pk), {"hidden_at": [None, stamp]}, "Insults"),
        ("feedback.unhidden", "rosa", str(feedback.pk), {"hidden_at": [stamp, None]}, "Rewritten"),
    ]


def figures():
    row = Specialist.objects.get()
    return row.rating_sum, row.rating_count, row.rating_average


@pytest.mark.parametrize("reason", ["", "   "])
def test_hiding_and_showing_take_a_reason(now, reason):
    staff, feedback = StaffFactory(), FeedbackFactory()

    assert [
        refusal_of(services.hide, feedback=feedback, actor=staff, reason=reason, now=now),
        refusal_of(services.unhide, feedback=feedback, actor=staff, reason=reason),
    ] == ["required", "required"]
    assert entries() == []


def test_what_is_hidden_is_not_hidden_again_nor_shown_twice(now):
    staff, feedback = StaffFactory(), FeedbackFactory()
    shown = refusal_of(services.unhide, feedback=feedback, actor=staff, reason="Why not")
    services.hide(feedback=feedback, actor=staff, reason="Insults", now=now)

    hidden = refusal_of(services.hide, feedback=feedback, actor=staff, reason="Insults", now=now)

    assert (shown, hidden) == ("not_hidden", "already_hidden")
    assert len(entries()) == 1
