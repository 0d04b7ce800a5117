"""The abstract bases, seen on the tables that stand on them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F, ProtectedError

from scheduling.models import Booking, Specialist
from tests.factories import BookingFactory, SpecialistFactory

pytestmark = pytest.mark.django_db


def test_keys_are_version_7_and_rise_in_the_order_in_which_rows_are_made():
    keys = [SpecialistFactory().pk for _ in range(5)]

    assert {key.version for key in keys} == {7}
    assert keys == sorted(keys)


def test_no_row_has_changed_before_it_was_made():
    made = [SpecialistFactory().pk for _ in range(20)]

    assert Specialist.objects.filter(pk__in=made, updated_at__gte=F("created_at")).count() == 20


def test_a_row_is_dated_when_it_is_made_and_when_it_is_saved():
    specialist = SpecialistFactory()
    created, updated = specialist.created_at, specialist.updated_at

    specialist.save()
    specialist.refresh_from_db()

    assert abs(datetime.now(UTC) - created) < timedelta(minutes=1)
    assert specialist.created_at == created
    assert specialist.updated_at > updated


def test_deleting_hides_a_row_and_restoring_brings_it_back():
    anna, ben = SpecialistFactory(name="Anna"), SpecialistFactory(name="Ben")

    anna.delete()
    hidden = list(Specialist.objects.all())
    everything = set(Specialist.everything.all())
    anna.restore()

    assert hidden == [ben]
    assert everything == {anna, ben}
    assert set(Specialist.objects.all()) == {anna, ben}


def test_a_queryset_deletes_and_restores_its_rows_alone():
    anna, ben = SpecialistFactory(name="Anna"), SpecialistFactory(name="Ben")

    count, _ = Specialist.objects.filter(name="Anna").delete()
    hidden = list(Specialist.objects.all())
    restored = Specialist.everything.filter(name="Anna").restore()

    assert (count, hidden, restored) == (1, [ben], 1)
    assert set(Specialist.objects.all()) == {anna, ben}


def test_a_deleted_specialist_is_still_named_by_past_bookings():
    booking = BookingFactory(specialist=SpecialistFactory(name="Anna"))

    booking.specialist.delete()

    assert Booking.objects.with_people().get().specialist.name == "Anna"


def test_deleting_for_good_is_explicit_and_never_takes_a_booking_with_it():
    free, booked = SpecialistFactory(), BookingFactory().specialist

    free.hard_delete()

    assert list(Specialist.everything.all()) == [booked]
    with pytest.raises(ProtectedError):
        booked.hard_delete()


def test_repr_tells_which_row_it_is_without_asking_the_database(django_assert_num_queries):
    booking = BookingFactory(reference="K7QX4M2P", starts_at=datetime(2026, 12, 7, 9, tzinfo=UTC))
    fresh = Booking.objects.get()

    with django_assert_num_queries(0):
        text = repr(fresh)

    assert text == f"<Booking {booking.pk}: K7QX4M2P 2026-12-07 09:00 UTC confirmed>"
