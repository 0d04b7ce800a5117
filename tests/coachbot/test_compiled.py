"""One row by its key, by a statement that is made once: what the queryset would give, no other."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coachbot.db.compiled import ByKey, insert_row
from coachbot.db.violations import violates
from scheduling.models import Booking, Service, Specialist
from tests.conftest import NOW
from tests.factories import (
    BookingEventFactory,
    BookingFactory,
    ServiceFactory,
    SpecialistFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rows", "factory"),
    [
        pytest.param(Specialist.objects.all(), SpecialistFactory, id="specialist"),
        pytest.param(Service.everything.all(), ServiceFactory, id="service"),
        pytest.param(User.objects.filter(is_active=True), UserFactory, id="user"),
    ],
)
def test_a_row_is_what_the_queryset_gives(rows, factory, django_assert_num_queries):
    factory()
    key = factory().pk

    with django_assert_num_queries(1):
        found = ByKey(rows).get(pk=key)

    assert vars(found).keys() == vars(rows.get(pk=key)).keys()
    for field in rows.model._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(rows.get(pk=key), field.attname)


def test_what_the_queryset_lets_out_is_not_there():
    gone = SpecialistFactory()
    gone.delete()

    assert ByKey(Specialist.everything.all()).get(pk=gone.pk) == gone
    for key in (gone.pk, uuid4()):
        with pytest.raises(Specialist.DoesNotExist):
            ByKey(Specialist.objects.all()).get(pk=key)


def test_what_it_leaves_out_is_read_when_it_is_asked_for(django_assert_num_queries):
    user = ByKey(User.objects.only("is_active")).get(pk=UserFactory(email="kim@example.com").pk)

    with django_assert_num_queries(0):
        assert user.is_active
    with django_assert_num_queries(1):
        assert user.email == "kim@example.com"


@pytest.mark.django_db(transaction=True)
def test_a_row_is_locked_inside_of_a_transaction_only():
    locked, key = ByKey(User.objects.select_for_update(no_key=True)), UserFactory().pk

    with pytest.raises(TransactionManagementError):
        locked.get(pk=key)
    with transaction.atomic(), CaptureQueriesContext(connection) as statements:
        assert locked.get(pk=key).pk == key
    is_locked = statements[0]["sql"].endswith("FOR NO KEY UPDATE")
    assert is_locked == connection.features.has_select_for_no_key_update


def test_a_new_row_is_stored_as_it_is():
    booking = BookingFactory.build(specialist=SpecialistFactory(), client=UserFactory())
    event = BookingEventFactory.build(booking=booking, at=NOW, reason="As asked")

    for row in (booking, event):
        insert_row(row)

        stored = type(row).objects.get(pk=row.pk)
        for field in row._meta.concrete_fields:
            assert getattr(stored, field.attname) == getattr(row, field.attname)


def test_a_row_that_was_stored_is_changed_and_not_stored_again():
    booking = insert_row(BookingFactory.build(specialist=SpecialistFactory(), client=UserFactory()))
    booking.notes = "By the window"
    booking.save()

    assert Booking.objects.get().notes == "By the window"


def test_a_row_that_the_database_refuses_is_refused():
    person, client = SpecialistFactory(), UserFactory()
    insert_row(BookingFactory.build(specialist=person, client=client))

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        insert_row(BookingFactory.build(specialist=person, client=client))

    assert violates(refusal.value, "booking_no_overlap")
