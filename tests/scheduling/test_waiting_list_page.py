"""The waiting list in the back office: who calls is put in line, and dealt with."""

import re
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from audit.models import AdminLog
from scheduling.models import Booking, Hold, WaitingListEntry
from tests.factories import (
    BookingFactory,
    HoldFactory,
    ReceptionistFactory,
    ServiceFactory,
    UserFactory,
    WaitingListEntryFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

LIST = reverse("admin:scheduling_waitinglistentry_changelist")
ADD = reverse("admin:scheduling_waitinglistentry_add")
# Nine to noon in Berlin: all that the fixture's specialist has of a Monday.
NINE, NOON = (datetime(2026, 12, 7, hour, tzinfo=UTC) for hour in (8, 11))


@pytest.fixture
def desk(client):
    user = ReceptionistFactory(time_zone="Europe/Berlin")
    client.force_login(user)
    return user


def call(specialist, /, **fields):
    return {
        "specialist": specialist.pk,
        "first_day": "2026-12-07",
        "last_day": "2026-12-08",
        "on": ["0"],
        "latest_time": "17:00",
        "client_name": "Jo Lang",
        "client_email": "jo@example.com",
        **fields,
    }


def act(client, action, *rows):
    """The page that asks whether one is sure, and that of what has happened."""
    asked = client.post(LIST, {"action": action, "_selected_action": [row.pk for row in rows]})
    hidden = re.findall(r'<input type="hidden"[^>]*>', asked.content.decode())
    fields = {}
    for tag in hidden:
        name, value = (re.search(rf' {key}="([^"]*)"', tag) for key in ("name", "value"))
        fields.setdefault(name[1], []).append(value[1] if value else "")
    return asked, client.post(LIST, fields)


def log():
    return list(AdminLog.objects.order_by("sequence").values_list("action", flat=True))


def test_a_caller_is_put_in_line_for_whole_days_of_the_specialists_zone(client, desk, specialist):
    BookingFactory(specialist=specialist, starts_at=NINE, ends_at=NOON)

    answer = client.post(ADD, call(specialist))

    entry = WaitingListEntry.objects.get()
    assert (answer.status_code, answer.url) == (302, LIST)
    assert (entry.client_name, entry.weekdays, str(entry.latest_time)) == (
        "Jo Lang",
        [0],
        "17:00:00",
    )
    assert (entry.earliest, entry.latest) == (
        datetime(2026, 12, 6, 23, tzinfo=UTC),
        datetime(2026, 12, 8, 22, 59, 59, tzinfo=UTC),
    )
    assert log() == ["waiting_list.joined"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "book it instead of waiting. Mon 07 Dec 2026, 09:00 with Anna Roth; Mon"),
        ({"specialist": ""}, "Name a specialist, or a service of whoever offers it."),
        ({"last_day": "2026-12-01"}, "It is before the first."),
        ({"first_day": "2026-11-01", "last_day": "2026-11-02"}, "That time is over"),
        ({"client_email": ""}, "A guest gives a name and an email address."),
        ({"first_day": "0001-01-01"}, "The years 2000 to 2100 only."),
        ({"duration_minutes": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_is_refused_is_said_in_the_form_and_nothing_is_kept(
    client, desk, specialist, fields, said
):
    answer = client.post(ADD, call(specialist, **fields))

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert (WaitingListEntry.objects.count(), log()) == (0, [])


def test_who_waits_is_offered_time_booked_and_taken_out(client, desk, specialist):
    kim, jo = (WaitingListEntryFactory(specialist=specialist, client_name=n) for n in ("Kim", "Jo"))

    _, offered = act(client, "offer", kim, jo)
    asked, booked = act(client, "book", kim)
    _, again = act(client, "offer", kim)
    _, out = act(client, "take_out", jo)

    assert [page.status_code for page in (offered, booked, again, out)] == [200] * 4
    assert "offered Mon 07 Dec 2026, 09:00 (Europe/Berlin +01:00)" in asked.content.decode()
    states = dict(WaitingListEntry.objects.values_list("client_name", "status"))
    assert states == {"Kim": "booked", "Jo": "left"}
    assert Booking.objects.get().starts_at == NINE
    assert log() == ["waiting_list.offered"] * 2 + ["booking.created", "waiting_list.left"]


def test_of_several_the_first_in_line_is_offered_what_suits_one(client, desk, specialist):
    """Who has let something pass since they joined is behind who joined later."""
    one = {"specialist": specialist, "earliest": NINE, "latest": NINE}
    passed = WaitingListEntryFactory(**one)
    first = WaitingListEntryFactory(**one)
    WaitingListEntry.objects.filter(pk=passed.pk).update(queued_at=NINE)

    act(client, "offer", passed, first)

    assert Hold.objects.get().entry == first


def test_of_those_who_are_taken_out_together_none_is_offered_what_another_had(
    client, desk, specialist
):
    one = {"specialist": specialist, "earliest": NINE, "latest": NINE}
    hold = HoldFactory(entry=WaitingListEntryFactory(status="offered", **one), starts_at=NINE)
    next_in_line, third = WaitingListEntryFactory(**one), WaitingListEntryFactory(**one)

    act(client, "take_out", hold.entry, next_in_line)

    assert list(Hold.objects.unreleased().values_list("entry", flat=True)) == [third.pk]
    assert Hold.objects.filter(entry=next_in_line).count() == 0


def test_the_list_says_what_is_offered_and_until_when(client, desk):
    hold = HoldFactory(
        entry=WaitingListEntryFactory(
            specialist=None,
            service=ServiceFactory(name="Massage"),
            status="offered",
            client_name="Kim",
        ),
        specialist=WaitingListEntryFactory(
            client_name="Jo", client_email="jo@example.com"
        ).specialist,
        starts_at=NINE,
    )

    page = client.get(LIST, {"q": "kim"}).content.decode()
    row = client.get(
        reverse("admin:scheduling_waitinglistentry_change", args=[hold.entry_id])
    ).content.decode()

    assert "Massage with anyone" in page
    assert "Mon 07 Dec 2026, 09:00 (Europe/Berlin +01:00)" in page
    assert "Tue 01 Dec 2026, 11:00 Europe/Berlin +01:00" in page
    assert "Jo" not in re.findall(r"field-client_name[^>]*>(?:<[^>]*>|\s)*(\w+)", page)
    assert "Mon 07 Dec 2026, 09:00 Europe/Berlin +01:00" in row


def test_the_calendar_shows_what_is_held_and_books_over_it_only_on_purpose(
    client, desk, specialist
):
    entry = WaitingListEntryFactory(
        specialist=specialist, status="offered", client=UserFactory(), client_name="Kim Berger"
    )
    HoldFactory(entry=entry, starts_at=NINE)
    day = client.get(reverse("admin:scheduling_booking_calendar"), {"date": "2026-12-07"})
    asked = {"specialist": specialist.pk, "starts_at": NINE.isoformat()}
    address = f"{reverse('admin:scheduling_booking_calendar_book')}?{urlencode(asked)}"
    order = {
        "who": "new",
        "name": "Ida",
        "email": "ida@example.com",
        "starts_at": NINE.isoformat(),
        "reason": "Urgent",
    }

    page = client.get(address)
    silently = client.post(address, {**order, "anyway": "1"})
    openly = client.post(address, {**order, "take_back": "1"})

    assert "Held for Kim Berger until 01 Dec, 11:00" in day.content.decode()
    assert "It is held for Kim Berger of the waiting list" in page.content.decode()
    assert 'name="take_back"' in page.content.decode()
    assert [silently.status_code, openly.status_code] == [200, 302]
    assert Hold.objects.get().outcome == "withdrawn"
    assert Booking.objects.get().client_name == "Ida"
    assert log() == ["booking.created"]
