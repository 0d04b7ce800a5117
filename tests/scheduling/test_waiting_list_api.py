"""The waiting list over REST."""

from datetime import UTC, datetime

import pytest

from scheduling.models import Booking, Hold, WaitingListEntry
from tests.factories import (
    BookingFactory,
    HoldFactory,
    ReceptionistFactory,
    ServiceFactory,
    SpecialistFactory,
    UserFactory,
    WaitingListEntryFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

LIST = "/api/v1/waiting-list/"
# Nine to noon in Berlin: all that the fixture's specialist has of a Monday.
NINE, TEN, NOON = (datetime(2026, 12, 7, hour, tzinfo=UTC) for hour in (8, 9, 11))
MONDAY = {"earliest": "2026-12-07T08:00:00Z", "latest": "2026-12-07T10:00:00Z"}
GUEST = {"client_name": "Jo Lang", "client_email": "jo@example.com"}


@pytest.fixture
def full(specialist):
    BookingFactory(specialist=specialist, starts_at=NINE, ends_at=NOON)
    return specialist


def codes(answer):
    return answer.status_code, [(error["code"], error["attr"]) for error in answer.json()["errors"]]


def offered(specialist, **fields):
    entry = WaitingListEntryFactory(specialist=specialist, status="offered", **fields)
    HoldFactory(entry=entry, starts_at=NINE)
    return entry


def test_a_client_joins_and_finds_their_entry(signed_in, full):
    kim = UserFactory(username="kim", email="kim@example.com")
    massage = ServiceFactory(name="Massage", specialists=[full])
    client = signed_in(kim)

    answer = client.post(
        LIST,
        {
            **MONDAY,
            "service": str(massage.pk),
            "any_specialist": True,
            "weekdays": [4, 0],
            "earliest_time": "09:00",
            "latest_time": "17:30:00",
        },
    )

    entry = WaitingListEntry.objects.get()
    document = {
        "id": str(entry.pk),
        "status": "waiting",
        "specialist": None,
        "service": {"id": str(massage.pk), "name": "Massage"},
        "any_specialist": True,
        "duration_minutes": None,
        "client": str(kim.pk),
        "client_name": "Kim Berger",
        "client_email": "kim@example.com",
        "client_phone": "",
        **MONDAY,
        "weekdays": [0, 4],
        "earliest_time": "09:00:00",
        "latest_time": "17:30:00",
        "offer": None,
        "offers_passed": 0,
        "booking": None,
        "created_at": "2026-12-01T08:00:00Z",
        "updated_at": "2026-12-01T08:00:00Z",
    }
    assert (answer.status_code, answer.json()) == (201, document)
    assert client.get(f"{LIST}{entry.pk}/").json() == document
    assert client.get(LIST).json()["results"] == [document]


def test_a_guest_gets_a_token_takes_the_offer_and_gets_that_of_the_booking(api, full):
    joined = api.post(LIST, {**MONDAY, **GUEST, "specialist": str(full.pk)})
    entry = WaitingListEntry.objects.get()
    token = {"HTTP_X_MANAGE_TOKEN": joined.json()["manage_token"]}
    HoldFactory(entry=entry, starts_at=NINE)
    WaitingListEntry.objects.update(status="offered")
    Booking.objects.update(status="cancelled")

    seen = api.get(f"{LIST}{entry.pk}/", **token)
    answer = api.post(f"{LIST}{entry.pk}/accept/", **token)

    assert joined.json().keys() - seen.json().keys() == {"manage_token"}
    assert seen.json()["offer"] == {
        "specialist": {"id": str(full.pk), "name": "Anna Roth"},
        "starts_at": "2026-12-07T08:00:00Z",
        "ends_at": "2026-12-07T09:00:00Z",
        "expires_at": "2026-12-01T10:00:00Z",
    }
    booking = Booking.objects.get(status="confirmed")
    assert (answer.status_code, answer.json()["id"]) == (201, str(booking.pk))
    opened = api.get(
        f"/api/v1/bookings/{booking.pk}/", HTTP_X_MANAGE_TOKEN=answer.json()["manage_token"]
    )
    assert (opened.status_code, booking.client_name) == (200, "Jo Lang")
    assert api.get(f"{LIST}{entry.pk}/", **token).json()["booking"] == str(booking.pk)


def test_who_could_book_now_is_told_what(api, specialist):
    answer = api.post(LIST, {**MONDAY, **GUEST, "specialist": str(specialist.pk)})

    anna = {"id": str(specialist.pk), "name": "Anna Roth"}
    assert codes(answer) == (409, [("slot_free_now", None)])
    assert answer.json()["alternatives"][0] == {
        "starts_at": "2026-12-07T08:00:00Z",
        "ends_at": "2026-12-07T09:00:00Z",
        "specialist": anna,
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"specialist": None}, ("null", "specialist")),
        ({"any_specialist": True}, ("required", "specialist")),
        ({"latest": "2026-12-06T10:00:00Z"}, ("invalid", "latest")),
        ({"latest": "2027-12-06T10:00:00Z"}, ("range_too_long", "latest")),
        (
            {"earliest": "2026-11-06T10:00:00Z", "latest": "2026-11-07T10:00:00Z"},
            ("range_over", "latest"),
        ),
        ({"earliest": "monday"}, ("invalid", "earliest")),
        ({"weekdays": [7]}, ("max_value", "weekdays.0")),
        ({"weekdays": [1, 1]}, ("invalid_weekdays", "weekdays")),
        ({"latest_time": "08:00", "earliest_time": "09:00"}, ("invalid", "latest_time")),
        ({"duration_minutes": 0}, ("duration_not_allowed", "duration_minutes")),
        ({"client_email": "jo"}, ("invalid", "client_email")),
        ({"client_name": ""}, ("blank", "client_name")),
        ({"colour": "red"}, ("unknown_field", "colour")),
    ],
)
def test_what_can_never_be_right_is_a_400_that_names_it(api, full, changes, expected):
    answer = api.post(LIST, {**MONDAY, **GUEST, "specialist": str(full.pk), **changes})

    assert codes(answer) == (400, [expected])


def test_repeated_with_its_key_a_request_joins_once(api, full):
    order = {**MONDAY, **GUEST, "specialist": str(full.pk)}
    key = {"HTTP_IDEMPOTENCY_KEY": "k1"}

    first, second = api.post(LIST, order, **key), api.post(LIST, order, **key)
    again = api.post(LIST, order)

    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert codes(again) == (409, [("already_waiting", None)])
    assert WaitingListEntry.objects.count() == 1


def test_an_offer_is_declined_left_or_too_late(signed_in, specialist, frozen):
    kim = UserFactory()
    entry = offered(specialist, client=kim)
    late = offered(SpecialistFactory(), client=kim)
    Hold.objects.filter(entry=late).update(expires_at=frozen)
    client = signed_in(kim)

    declined = client.post(f"{LIST}{entry.pk}/decline/")
    again = client.post(f"{LIST}{entry.pk}/decline/")
    too_late = client.post(f"{LIST}{late.pk}/accept/")
    left = client.delete(f"{LIST}{late.pk}/")
    twice = client.delete(f"{LIST}{late.pk}/")

    assert declined.json()["offer"] is None
    assert [declined.json()[name] for name in ("status", "offers_passed")] == ["waiting", 1]
    assert codes(again) == (409, [("state_conflict", None)])
    assert codes(too_late) == (409, [("offer_expired", None)])
    assert (left.status_code, left.content) == (204, b"")
    assert codes(twice) == (409, [("state_conflict", None)])


def test_staff_add_a_caller_and_narrow_the_list(signed_in, full):
    staff = signed_in(ReceptionistFactory())
    WaitingListEntryFactory(status="left", client_name="Ann")
    kim = UserFactory()
    order = {**MONDAY, "specialist": str(full.pk)}

    answers = [
        staff.post(LIST, {**order, **GUEST}),
        staff.post(LIST, {**order, "client": str(kim.pk)}),
        signed_in(kim).post(LIST, {**order, "client": str(kim.pk)}),
    ]
    found = {
        query: [row["client_name"] for row in staff.get(f"{LIST}?{query}").json()["results"]]
        for query in ("status=left", f"specialist={full.pk}", "search=lang", f"client={kim.pk}")
    }

    assert [answer.status_code for answer in answers] == [201, 201, 403]
    assert found == {
        "status=left": ["Ann"],
        f"specialist={full.pk}": ["Jo Lang", "Kim Berger"],
        "search=lang": ["Jo Lang"],
        f"client={kim.pk}": ["Kim Berger"],
    }


def test_staff_book_over_an_offer_only_when_they_say_so(signed_in, specialist):
    staff = signed_in(ReceptionistFactory())
    entry = offered(specialist)
    order = {**GUEST, "specialist": str(specialist.pk), "starts_at": "2026-12-07T08:00:00Z"}
    urgent = {**order, "outside_hours_reason": "Urgent"}

    silently = staff.post("/api/v1/bookings/", urgent)
    without_reason = staff.post("/api/v1/bookings/", {**order, "take_back_offer": True})
    openly = staff.post("/api/v1/bookings/", {**urgent, "take_back_offer": True})

    assert codes(silently) == (409, [("slot_unavailable", None), ("held", None)])
    assert codes(without_reason) == (400, [("required", "outside_hours_reason")])
    assert openly.status_code == 201
    assert WaitingListEntry.objects.get(pk=entry.pk).status == "waiting"


@pytest.mark.parametrize("count", [1, 20])
def test_a_list_takes_the_same_queries_whatever_its_length(
    signed_in, specialist, django_assert_num_queries, count
):
    staff = signed_in(ReceptionistFactory())
    for _ in range(count):
        HoldFactory(starts_at=NINE)

    with django_assert_num_queries(1 + 2 + 2):  # the session, two for the rights, two for the page
        answer = staff.get(LIST)

    assert len(answer.json()["results"]) == count
