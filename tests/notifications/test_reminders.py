"""Who is reminded when, once, and who is not."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail

from coachbot.notifications.models import Reminder, Topic
from coachbot.notifications.reminders import due, find_reminders, leave_out, send
from coachbot.notifications.services import unsubscribe
from scheduling import services
from tests.factories import BookingEventFactory, BookingFactory, ScheduleFactory
from tests.jobs import failures, work
from tests.notifications.conftest import NINE, TEN

pytestmark = pytest.mark.django_db

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def booking(clinic, now):
    return clinic.book(now, client=clinic.kim)


def reminded(at):
    """The clock strikes twice; the subjects that come of it."""
    with time_machine.travel(at, tick=False):
        work()
        mail.outbox.clear()
        for _ in range(2):
            find_reminders.enqueue()
            work()
    assert failures() == {}
    return [message.subject for message in mail.outbox]


def test_a_client_is_reminded_once_a_day_before_and_the_specialist_is_not(booking):
    early = reminded(NINE - DAY - MINUTE)
    due = reminded(NINE - DAY)
    message = mail.outbox[0]
    later = [reminded(NINE - DAY + timedelta(hours=each)) for each in (1, 23)]

    assert (early, later) == ([], [[], []])
    assert due == ["Erinnerung: Massage, Montag, 7. Dezember 2026, 17:00"]
    assert message.to == ["kim@home.eu"]
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert reminded(NINE + DAY + HOUR) == []
    assert not Reminder.objects.exists()


def test_a_reminder_comes_late_rather_than_never_but_not_after_the_start(booking):
    assert reminded(NINE) == []
    assert len(reminded(NINE - MINUTE)) == 1


def test_of_several_that_were_missed_the_last_comes_alone(booking, settings):
    settings.REMINDER_HOURS = [2, 24]

    assert [len(reminded(NINE - each)) for each in (DAY, 2 * HOUR, HOUR)] == [1, 1, 0]
    Reminder.objects.all().delete()
    assert reminded(NINE - HOUR) == []  # the outbox knows what it was given


def test_nobody_is_reminded_of_what_is_left_out(booking):
    leave_out([booking])

    assert reminded(NINE - DAY) == []


def test_who_booked_or_moved_within_the_time_is_not_reminded(clinic, delivered, now):
    late = NINE - DAY + 3 * HOUR
    with time_machine.travel(late, tick=False):
        clinic.book(late, client=clinic.kim)
        moved = clinic.book(late, guest=services.Contact("Gus", "gus@example.com"), at=TEN)
        services.reschedule(
            booking=moved, starts_at=TEN + HOUR, actor=clinic.staff, reason="x", now=late
        )

    assert reminded(NINE - HOUR) == []


def test_a_booking_that_moves_is_reminded_of_at_its_new_time_alone(clinic, booking, now):
    first = reminded(NINE - DAY)
    week = timedelta(days=7)
    with time_machine.travel(NINE - 2 * HOUR, tick=False):
        services.reschedule(
            booking=booking,
            starts_at=NINE + week,
            actor=clinic.staff,
            reason="Ill",
            now=NINE - 2 * HOUR,
        )

    assert len(first) == 1
    assert reminded(NINE - HOUR) == []
    assert reminded(NINE + week - DAY) == ["Erinnerung: Massage, Montag, 14. Dezember 2026, 17:00"]


def test_it_is_decided_when_the_reminder_is_sent(clinic, booking, now):
    due = NINE - DAY
    services.cancel(booking=booking, actor=clinic.kim, now=now)
    send(str(booking.pk), NINE, 24, now=due)
    pending = clinic.book(now, clinic.surgery, client=clinic.kim)
    other = clinic.book(now, guest=services.Contact("Gus", "gus@example.com"), at=TEN)
    unsubscribe(email="Gus@Example.com", topic=Topic.REMINDER)

    assert pending.status == "pending"
    assert reminded(due + HOUR) == []
    assert Reminder.objects.get().booking == other


def test_hours_are_elapsed_time_when_clocks_change(clinic, frozen):
    """Berlin puts its clocks forward on 28 March 2027: the same wall-clock time of the day before
    is 23 hours earlier."""
    ScheduleFactory(specialist=clinic.anna, weekday=6)
    nine_in_berlin = datetime(2027, 3, 28, 7, tzinfo=UTC)
    clinic.book(frozen, client=clinic.kim, at=nine_in_berlin)

    same_wall_clock = datetime(2027, 3, 27, 8, tzinfo=UTC)
    assert reminded(same_wall_clock - HOUR - MINUTE) == []
    assert reminded(same_wall_clock - HOUR) == [
        "Erinnerung: Massage, Sonntag, 28. März 2027, 16:00"
    ]


def test_finding_reminders_takes_as_many_queries_for_fifty_as_for_none(
    clinic, frozen, django_assert_num_queries
):
    for hour in range(50):
        row = BookingFactory(
            specialist=clinic.anna, client=clinic.kim, starts_at=NINE + 2 * hour * HOUR
        )
        BookingEventFactory(booking=row, at=frozen)

    with django_assert_num_queries(1):
        assert len(due(24, 0, now=NINE)) == 12
