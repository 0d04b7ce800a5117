"""What the database itself holds of feedback, whoever writes."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from coachbot.db import guards
from coachbot.db.violations import violates
from feedback.models import Feedback
from scheduling.models import Specialist
from tests.factories import BookingFactory, FeedbackFactory, SpecialistFactory

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 12, 2, tzinfo=UTC)
DAY = timedelta(days=1)


@contextmanager
def refused_by(*names):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        yield
    assert violates(refusal.value, *names)


def rating_of(specialist):
    row = Specialist.everything.get(pk=specialist.pk)
    return row.rating_sum, row.rating_count, row.rating_average


def test_a_booking_has_one_feedback():
    booking = FeedbackFactory().booking

    with refused_by("feedback_one_per_booking", "feedback_feedback.booking_id"):
        FeedbackFactory(booking=booking)


@pytest.mark.parametrize("rating", [0, 6])
def test_a_rating_is_from_one_to_five(rating):
    with refused_by("feedback_rating_in_range"):
        FeedbackFactory(rating=rating)


@pytest.mark.parametrize("status", ["pending", "confirmed", "cancelled", "no_show"])
def test_only_a_completed_booking_has_feedback(status):
    with refused_by("feedback_about_its_booking"):
        FeedbackFactory(booking=BookingFactory(status=status))


def test_feedback_names_the_specialist_of_its_booking():
    feedback = FeedbackFactory()

    with refused_by("feedback_about_its_booking"):
        FeedbackFactory(specialist=SpecialistFactory())
    with refused_by("feedback_about_its_booking"):
        Feedback.objects.update(specialist=SpecialistFactory())

    feedback.refresh_from_db()
    assert feedback.specialist == feedback.booking.specialist


def test_what_is_visible_counts_however_it_is_written():
    anna = SpecialistFactory()
    first = FeedbackFactory(booking__specialist=anna, rating=2)
    FeedbackFactory(
        booking__specialist=anna, booking__starts_at=first.booking.starts_at + DAY, rating=5
    )
    seen = [rating_of(anna)]

    for change in (
        lambda: Feedback.objects.filter(pk=first.pk).update(rating=4),
        lambda: Feedback.objects.filter(pk=first.pk).update(hidden_at=LATER),
        lambda: Feedback.objects.filter(pk=first.pk).update(rating=1),
        lambda: Feedback.objects.filter(pk=first.pk).update(hidden_at=None),
        lambda: Feedback.objects.filter(pk=first.pk).update(comment="Not counted"),
        lambda: Feedback.objects.all().delete(),
    ):
        change()
        seen.append(rating_of(anna))

    assert seen == [
        (7, 2, 3.5), (9, 2, 4.5), (5, 1, 5.0), (5, 1, 5.0), (6, 2, 3.0), (6, 2, 3.0),
        (0, 0, None),
    ]  # fmt: skip


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its triggers")
@pytest.mark.django_db(transaction=True)
def test_figures_that_are_wrong_after_a_migration_are_named():
    guards.drop(connection)
    specialist = FeedbackFactory().specialist

    with pytest.raises(guards.GuardedRowsBroken, match=specialist.pk.hex):
        guards.install(connection)

    assert guards.missing(connection) == []
    call_command("recount_ratings")
    guards.install(connection)


@pytest.mark.django_db(transaction=True)
def test_recounting_puts_wrong_figures_right_and_names_them(capsys):
    anna, ben = SpecialistFactory(name="Anna"), SpecialistFactory(name="Ben")
    FeedbackFactory(booking__specialist=anna, rating=3)
    Specialist.objects.update(rating_sum=9, rating_count=2)

    call_command("recount_ratings")
    call_command("recount_ratings")

    assert (rating_of(anna), rating_of(ben)) == ((3, 1, 3.0), (0, 0, None))
    assert capsys.readouterr().out.splitlines() == [
        "Anna: 3 from 1, was 9 from 2.",
        "Ben: 0 from 0, was 9 from 2.",
        "2 ratings put right.",
        "0 ratings put right.",
    ]
