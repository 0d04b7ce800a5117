"""What no writer could have left is put there past all rules, and is found by name."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from audit.models import AdminLog
from coachbot.idempotency import IdempotencyKey
from scheduling.models import Booking, BookingEvent, Hold, Schedule
from scheduling.queries import Wish
from scheduling.services import Contact, book, book_outside_hours, change_hours_anyway
from tests.audit_triggers import without_audit_triggers
from tests.factories import (
    BookingFactory,
    HoldFactory,
    SpecialistFactory,
    StaffFactory,
    WaitingListEntryFactory,
)

MONDAY = datetime(2026, 12, 7, 8, tzinfo=UTC)
GUEST = Contact("Guest", "guest@example.com")

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("frozen")]


def found():
    """Every finding, and whether the command was content."""
    output = StringIO()
    try:
        call_command("check_data", json=True, stdout=output)
        content = True
    except CommandError:
        content = False
    findings = [json.loads(line) for line in output.getvalue().splitlines()]
    return [(each["search"], each["what"], each["why"]) for each in findings], content


def book_slot(specialist, starts_at=MONDAY):
    return book(
        wish=Wish(specialist), starts_at=starts_at, client=None, contact=GUEST, now=timezone.now()
    ).booking


@contextmanager
def nothing_checked():
    """As somebody with the file, or the rights, could write."""
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(
            "PRAGMA foreign_keys = OFF" if sqlite else "SET session_replication_role = replica"
        )
        if sqlite:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        try:
            yield cursor
        finally:
            cursor.execute(
                "PRAGMA foreign_keys = ON" if sqlite else "SET session_replication_role = DEFAULT"
            )
            if sqlite:
                cursor.execute("PRAGMA ignore_check_constraints = OFF")


def test_what_services_write_is_in_order_also_outside_open_time(specialist):
    book_slot(specialist)
    book_outside_hours(
        wish=Wish(specialist),
        starts_at=MONDAY + timedelta(days=1),
        client=None,
        contact=GUEST,
        actor=StaffFactory(),
        reason="By phone",
        now=timezone.now(),
    )

    assert found() == ([], True)


def test_a_booking_that_is_not_what_its_history_says_is_named(specialist):
    other = SpecialistFactory()
    lost, moved, handed = (book_slot(specialist, MONDAY + timedelta(hours=n)) for n in range(3))
    BookingEvent.objects.filter(booking=lost).delete()
    Booking.objects.filter(pk=moved.pk).update(status="completed", version=2)
    BookingEvent.objects.create(
        booking=handed,
        version=2,
        from_status="cancelled",
        to_status="confirmed",
        from_starts_at=handed.starts_at,
        to_starts_at=handed.starts_at,
        from_specialist=specialist,
        to_specialist=other,
        by="staff",
    )
    Booking.objects.filter(pk=handed.pk).update(version=2)

    findings, content = found()

    whys = {(what, why.split(" at ")[0]) for search, what, why in findings if search == "histories"}
    assert whys == {
        (f"booking {lost.reference}", "has no event"),
        (f"booking {moved.reference}", "is completed"),
        (f"booking {handed.reference}", "event 2 does not follow the one before"),
        (f"booking {handed.reference}", "is not with whom it was handed over to last"),
    }
    assert not content


def test_a_booking_outside_open_time_is_named_unless_hours_have_changed_since(specialist):
    booking = book_slot(specialist)
    hours = Schedule.objects.get()
    Schedule.objects.update(is_active=False)

    assert found() == (
        [("open time", f"booking {booking.reference}", "lies outside open time")],
        False,
    )

    hours.refresh_from_db()
    hours.start_time, hours.is_active = time(11), True
    change_hours_anyway(save=[hours], now=timezone.now())

    why = "lies outside open time, hours have changed since"
    assert found() == ([("open time", f"booking {booking.reference}", why)], True)


def test_holds_that_were_forgotten_or_booked_over_or_are_nobodys_are_named(specialist):
    now = timezone.now()
    HoldFactory()
    forgotten = HoldFactory(expires_at=now - timedelta(hours=2))
    booked = HoldFactory(
        entry=WaitingListEntryFactory(specialist=specialist, status="offered"),
        starts_at=MONDAY + timedelta(minutes=30),
        expires_at=now,
    )
    book_slot(specialist)
    Hold.objects.filter(pk=booked.pk).update(expires_at=now + timedelta(hours=1))
    alone = HoldFactory(entry__status="waiting")
    lost = WaitingListEntryFactory(status="offered")

    findings, content = found()

    assert {(search, what, why.split(" at ")[0]) for search, what, why in findings} == {
        ("holds", f"hold {forgotten.pk}", "expired"),
        ("holds", f"hold {booked.pk}", "keeps time that is booked"),
        ("offers", f"waiting list entry {alone.entry_id}", "has a hold, and no offer"),
        ("offers", f"waiting list entry {lost.pk}", "is offered, and nothing is held"),
    }
    assert not content


def test_rows_that_no_constraint_let_in_are_named(specialist):
    one = BookingFactory(specialist=specialist)
    gone = SpecialistFactory()
    BookingFactory(specialist=gone)
    with nothing_checked() as cursor:
        cursor.execute("DELETE FROM scheduling_specialist WHERE name = %s", [gone.name])
        if connection.vendor == "sqlite":
            cursor.execute(
                "UPDATE scheduling_booking SET price = -1 WHERE reference = %s", [one.reference]
            )

    findings, content = found()

    known = {(search, why.split(" specialist ")[-1][-30:]) for search, _, why in findings}
    assert ("references", f"{gone.pk}, which does not exist"[-30:]) in known
    if connection.vendor == "sqlite":
        assert ("constraints", "breaks booking_price_not_negative"[-30:]) in known
        assert any(search == "engine" for search, _, _ in findings)
    assert not content
    with nothing_checked() as cursor:
        cursor.execute("DELETE FROM scheduling_booking")


def test_overlaps_that_slipped_in_without_their_guard_are_named(specialist):
    on_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TRIGGER booking_no_overlap_insert"
            if on_sqlite
            else "ALTER TABLE scheduling_booking DROP CONSTRAINT booking_no_overlap"
        )
    try:
        twice = [BookingFactory(specialist=specialist) for _ in range(2)]
        findings, _ = found()
    finally:
        Booking.objects.all().delete()
        put_back()

    guard = "booking_no_overlap_insert" if on_sqlite else "booking_no_overlap"
    assert ("guards", f"guard {guard}") in [each[:2] for each in findings]
    key = twice[1].pk.hex if on_sqlite else twice[1].pk
    assert ("overlaps", f"scheduling_booking {key}") in [each[:2] for each in findings]


def put_back():
    if connection.vendor == "sqlite":
        call_command("init_db", stdout=StringIO())
        return
    constraint = next(c for c in Booking._meta.constraints if c.name == "booking_no_overlap")
    with connection.schema_editor() as editor:
        editor.add_constraint(Booking, constraint)


def test_an_altered_log_and_forgotten_answers_are_named(specialist, now):
    book_outside_hours(
        wish=Wish(specialist),
        starts_at=MONDAY,
        client=None,
        contact=GUEST,
        actor=StaffFactory(),
        reason="By phone",
        now=now,
    )
    with without_audit_triggers(connection):
        AdminLog.objects.update(reason="Another")
    IdempotencyKey.objects.create(owner="a", key_hash="b", expires_at=now - timedelta(days=8))

    assert found() == (
        [
            (
                "idempotency",
                "1 idempotency keys",
                "expired over 7 days ago: does a `worker` run?",
            ),
            ("log", "log", "Entry 1 was altered or inserted: its seal does not fit."),
        ],
        False,
    )


def test_a_search_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(CommandError, match=r"^There is no search 'x'\. There are: .*overlaps, "):
        call_command("check_data", only=["x"])
