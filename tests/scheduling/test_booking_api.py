"""Slots and bookings over REST, as api.md promises them."""

from datetime import UTC, datetime, time
from uuid import uuid4

import pytest

from scheduling.models import Booking
from scheduling.models.booking import new_reference
from tests.factories import (
    BookingFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

NINE, TEN, ELEVEN = (f"2026-12-07T{hour:02}:00:00Z" for hour in (8, 9, 10))
MONDAY = {"start": "2026-12-07", "end": "2026-12-08"}


def slots_of(specialist):
    return f"/api/v1/specialists/{specialist.pk}/slots/"


def starts(answer):
    return [slot["starts_at"] for slot in answer.json()["slots"]]


def errors(answer):
    return [(error["code"], error["attr"]) for error in answer.json()["errors"]]


def test_slots_are_given_in_the_specialists_zone(api, specialist):
    answer = api.get(slots_of(specialist), MONDAY)

    assert answer.status_code == 200
    assert answer.json() == {
        "specialist": str(specialist.pk),
        "service": None,
        "time_zone": "Europe/Berlin",
        "duration_minutes": 60,
        "slots": [
            {"starts_at": "2026-12-07T09:00:00+01:00", "ends_at": "2026-12-07T10:00:00+01:00"},
            {"starts_at": "2026-12-07T10:00:00+01:00", "ends_at": "2026-12-07T11:00:00+01:00"},
            {"starts_at": "2026-12-07T11:00:00+01:00", "ends_at": "2026-12-07T12:00:00+01:00"},
        ],
    }


def test_another_zone_changes_the_days_and_the_offset_only(api, specialist):
    answer = api.get(slots_of(specialist), {**MONDAY, "tz": "Asia/Tokyo"})

    assert answer.json()["time_zone"] == "Asia/Tokyo"
    assert starts(answer) == [f"2026-12-07T{hour}:00:00+09:00" for hour in (17, 18, 19)]


def test_slots_of_a_service_have_its_duration_and_step(api, specialist):
    service = ServiceFactory(
        specialists=[specialist], duration_minutes=90, slot_step_minutes=30, buffer_after_minutes=15
    )

    answer = api.get(slots_of(specialist), {**MONDAY, "service": service.pk})

    assert answer.json()["duration_minutes"] == 90
    assert starts(answer) == [
        f"2026-12-07T{at}:00+01:00" for at in ("09:00", "09:30", "10:00", "10:30")
    ]


def test_a_range_of_instants_gives_the_slots_that_begin_in_it(api, specialist):
    answer = api.get(slots_of(specialist), {"start": TEN, "end": ELEVEN})

    assert starts(answer) == ["2026-12-07T10:00:00+01:00"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({"end": "2026-12-06"}, ("invalid", "end"), id="ends before it starts"),
        pytest.param({"end": "2027-02-08"}, ("invalid", "end"), id="63 days"),
        pytest.param({"start": "2026-W50-1"}, ("invalid", "start"), id="a week date"),
        pytest.param({"start": "20261207T090000Z"}, ("invalid", "start"), id="basic format"),
        pytest.param({"start": "2026-12-07T09:00:00"}, ("invalid", "start"), id="no offset"),
        pytest.param({"start": "1999-12-31"}, ("out_of_range", "start"), id="before 2000"),
        pytest.param({"end": "9999-12-31"}, ("out_of_range", "end"), id="year 9999"),
        pytest.param({"start": "2026-02-30"}, ("invalid", "start"), id="no such day"),
        pytest.param({"start": "\u0662026-12-07"}, ("invalid", "start"), id="other digits"),
        pytest.param({"tz": "Mars/Olympus"}, ("invalid", "tz"), id="no such zone"),
        pytest.param({"service": "x"}, ("invalid", "service"), id="no id"),
        pytest.param(
            {"service": str(uuid4())}, ("does_not_exist", "service"), id="no such service"
        ),
        pytest.param({"duration_minutes": "0"}, ("min_value", "duration_minutes"), id="no length"),
        pytest.param(
            {"duration_minutes": "1441"}, ("max_value", "duration_minutes"), id="over a day"
        ),
        pytest.param({"from": "2026"}, ("unknown_parameter", "from"), id="unknown parameter"),
    ],
)
def test_a_range_that_can_never_be_right_is_a_400_that_names_it(api, specialist, changed, expected):
    answer = api.get(slots_of(specialist), {**MONDAY, **changed})

    assert (answer.status_code, errors(answer)) == (400, [expected])


def test_62_days_may_be_asked_for_across_a_clock_change(api, specialist):
    answer = api.get(slots_of(specialist), {"start": "2027-02-01", "end": "2027-04-04"})

    assert answer.status_code == 200


def test_a_service_and_a_duration_exclude_each_other(api, specialist):
    service = ServiceFactory(specialists=[specialist])

    answer = api.get(slots_of(specialist), {**MONDAY, "service": service.pk, "duration_minutes": 5})

    assert (answer.status_code, errors(answer)) == (
        400,
        [("duration_not_allowed", "duration_minutes")],
    )


def test_slots_have_the_service_or_the_length_that_was_asked_for(api, specialist):
    service = ServiceFactory(specialists=[specialist], duration_minutes=180)

    serviced = api.get(slots_of(specialist), {**MONDAY, "service": service.pk}).json()
    longer = api.get(slots_of(specialist), {**MONDAY, "duration_minutes": 90}).json()

    names = ("service", "duration_minutes")
    assert [tuple(answer[name] for name in names) for answer in (serviced, longer)] == [
        (str(service.pk), 180),
        (None, 90),
    ]
    assert [slot["ends_at"][11:16] for slot in longer["slots"]] == ["10:30", "12:00"]


@pytest.mark.parametrize("name", ["start", "end"])
def test_slots_need_a_start_and_an_end(api, specialist, name):
    query = {key: at for key, at in MONDAY.items() if key != name}

    answer = api.get(slots_of(specialist), query)

    assert (answer.status_code, errors(answer)) == (400, [("required", name)])


def test_a_deleted_specialist_has_no_slots_to_ask_for(api, specialist):
    specialist.delete()

    answer = api.get(slots_of(specialist), MONDAY)

    assert (answer.status_code, errors(answer)) == (404, [("not_found", None)])


def test_a_specialist_on_a_break_has_no_slots(api, specialist):
    specialist.is_active = False
    specialist.save()

    assert starts(api.get(slots_of(specialist), MONDAY)) == []


@pytest.mark.parametrize("days", [1, 30, 62])
def test_slots_take_the_same_queries_whatever_the_range(
    api, specialist, django_assert_num_queries, days
):
    end = datetime(2026, 12, 7, tzinfo=UTC).toordinal() + days
    query = {"start": "2026-12-07", "end": datetime.fromordinal(end).date().isoformat()}

    with django_assert_num_queries(2):
        answer = api.get(slots_of(specialist), query)

    assert answer.status_code == 200


def test_a_client_books_a_slot_and_sees_all_of_it(signed_in, specialist):
    kim = UserFactory(username="kim", phone="+49 30 1234567")

    answer = signed_in(kim).post(
        "/api/v1/bookings/", {"specialist": str(specialist.pk), "starts_at": NINE, "notes": "Knee"}
    )

    booking = Booking.objects.get()
    assert answer.status_code == 201
    document = answer.json()
    assert document.pop("created_at") == booking.created_at.isoformat().replace("+00:00", "Z")
    assert document.pop("updated_at") == "2026-12-01T08:00:00Z"
    assert document == {
        "id": str(booking.pk),
        "reference": booking.reference,
        "specialist": {"id": str(specialist.pk), "name": "Anna Roth"},
        "service": None,
        "client": str(kim.pk),
        "client_name": "Kim Berger",
        "client_email": "kim@example.com",
        "client_phone": "+49 30 1234567",
        "starts_at": NINE,
        "ends_at": TEN,
        "duration_minutes": 60,
        "status": "confirmed",
        "notes": "Knee",
        "cancellation_reason": "",
        "price": "80.00",
        "currency": "EUR",
        "version": 1,
    }


def test_a_booked_slot_is_gone_and_comes_back_when_it_is_cancelled(api, signed_in, specialist):
    client = signed_in(UserFactory())
    request = {"specialist": str(specialist.pk), "starts_at": TEN}

    booked = client.post("/api/v1/bookings/", request).json()
    while_booked = starts(api.get(slots_of(specialist), MONDAY))
    cancelled = client.post(f"/api/v1/bookings/{booked['id']}/cancel/", {"reason": "Ill"})
    afterwards = starts(api.get(slots_of(specialist), MONDAY))

    assert while_booked == ["2026-12-07T09:00:00+01:00", "2026-12-07T11:00:00+01:00"]
    assert cancelled.status_code == 200
    document = cancelled.json()
    assert (document["status"], document["cancellation_reason"], document["version"]) == (
        "cancelled",
        "Ill",
        2,
    )
    assert afterwards == [f"2026-12-07T{hour:02}:00:00+01:00" for hour in (9, 10, 11)]


def test_a_taken_slot_is_a_409_with_the_nearest_others(signed_in, specialist):
    client = signed_in(UserFactory())
    request = {"specialist": str(specialist.pk), "starts_at": TEN}
    client.post("/api/v1/bookings/", request)

    answer = client.post("/api/v1/bookings/", request)

    assert answer.status_code == 409
    assert answer.json() == {
        "type": "client_error",
        "errors": [{"code": "slot_taken", "detail": "This time is taken.", "attr": None}],
        "alternatives": [
            {"starts_at": NINE, "ends_at": TEN},
            {"starts_at": ELEVEN, "ends_at": "2026-12-07T11:00:00Z"},
            *(
                {
                    "starts_at": f"2026-12-14T{hour:02}:00:00Z",
                    "ends_at": f"2026-12-14T{hour + 1:02}:00:00Z",
                }
                for hour in (8, 9, 10)
            ),
        ],
    }


@pytest.mark.parametrize(
    ("starts_at", "reasons"),
    [
        pytest.param("2026-12-07T08:30:00Z", ["off_grid"], id="off the grid"),
        pytest.param("2026-12-07T08:00:00.5Z", ["off_grid"], id="half a second late"),
        pytest.param("2026-12-08T08:00:00Z", ["outside_open_hours"], id="a Tuesday"),
        pytest.param("2026-11-30T08:00:00Z", ["too_soon"], id="yesterday"),
        pytest.param("2028-01-03T08:00:00Z", ["too_far"], id="in two years"),
    ],
)
def test_what_is_no_slot_is_a_409_with_every_reason(signed_in, specialist, starts_at, reasons):
    request = {"specialist": str(specialist.pk), "starts_at": starts_at}

    answer = signed_in(UserFactory()).post("/api/v1/bookings/", request)

    assert (answer.status_code, errors(answer)) == (
        409,
        [("slot_unavailable", None), *((reason, None) for reason in reasons)],
    )


def test_the_longest_booking_at_the_highest_rate_has_a_price(signed_in):
    dear = SpecialistFactory(hourly_rate="99999999.99")
    ScheduleFactory(specialist=dear, start_time=time(0), end_time=time(0))
    request = {"specialist": str(dear.pk), "starts_at": "2026-12-06T23:00:00Z"}

    answer = signed_in(UserFactory()).post(
        "/api/v1/bookings/", {**request, "duration_minutes": 24 * 60}
    )

    assert (answer.status_code, answer.json()["price"]) == (201, "2399999999.76")


def test_a_service_that_the_specialist_does_not_offer_is_refused(signed_in, specialist):
    service = ServiceFactory(duration_minutes=60)
    request = {"specialist": str(specialist.pk), "starts_at": NINE, "service": str(service.pk)}

    answer = signed_in(UserFactory()).post("/api/v1/bookings/", request)

    assert errors(answer) == [("slot_unavailable", None), ("service_not_offered", None)]


def test_without_a_service_one_says_how_long_and_with_one_not(signed_in, specialist):
    service = ServiceFactory(specialists=[specialist])
    request = {"specialist": str(specialist.pk), "starts_at": NINE, "duration_minutes": 90}
    client = signed_in(UserFactory())

    both = client.post("/api/v1/bookings/", {**request, "service": str(service.pk)})
    alone = client.post("/api/v1/bookings/", request)

    assert (both.status_code, errors(both)) == (
        400,
        [("duration_not_allowed", "duration_minutes")],
    )
    assert (alone.status_code, alone.json()["ends_at"]) == (201, "2026-12-07T09:30:00Z")


def test_who_takes_a_break_is_not_booked(signed_in, specialist):
    specialist.is_active = False
    specialist.save()
    request = {"specialist": str(specialist.pk), "starts_at": NINE}

    answer = signed_in(UserFactory()).post("/api/v1/bookings/", request)

    assert (answer.status_code, errors(answer)) == (
        409,
        [("slot_unavailable", None), ("inactive", None)],
    )


def test_a_service_that_asks_for_approval_makes_a_pending_booking(signed_in, specialist):
    service = ServiceFactory(
        name="Check-up", specialists=[specialist], duration_minutes=60, requires_confirmation=True
    )
    request = {"specialist": str(specialist.pk), "starts_at": NINE, "service": str(service.pk)}

    document = signed_in(UserFactory()).post("/api/v1/bookings/", request).json()

    assert (document["status"], document["service"], document["price"]) == (
        "pending",
        {"id": str(service.pk), "name": "Check-up"},
        "45.00",
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({"specialist": str(uuid4())}, ("does_not_exist", "specialist"), id="nobody"),
        pytest.param({"specialist": "x"}, ("invalid", "specialist"), id="no id"),
        pytest.param({"specialist": [1]}, ("invalid", "specialist"), id="a list"),
        pytest.param({"starts_at": "2026-12-07T09:00:00"}, ("invalid", "starts_at"), id="naive"),
        pytest.param({"starts_at": 1}, ("invalid", "starts_at"), id="a number"),
        pytest.param({"starts_at": "2026-W50-1T09:00:00Z"}, ("invalid", "starts_at"), id="week"),
        pytest.param({"starts_at": "20261207T090000Z"}, ("invalid", "starts_at"), id="basic"),
        pytest.param(
            {"starts_at": "1999-12-31T23:59:59Z"}, ("out_of_range", "starts_at"), id="before 2000"
        ),
        pytest.param(
            {"starts_at": "2101-01-01T00:00:00Z"}, ("out_of_range", "starts_at"), id="after 2100"
        ),
        pytest.param({"client_email": "lee"}, ("invalid", "client_email"), id="email"),
        pytest.param({"notes": "x" * 5_001}, ("max_length", "notes"), id="long notes"),
        pytest.param({"starts_at": None}, ("null", "starts_at"), id="nothing"),
        pytest.param(
            {"starts_at": "9999-12-31T23:59:59-23:59"}, ("invalid", "starts_at"), id="year 10000"
        ),
        pytest.param({"status": "completed"}, ("unknown_field", "status"), id="unknown member"),
        pytest.param({"duration_minutes": 0}, ("duration_not_allowed", "duration_minutes"), id="0"),
        pytest.param(
            {"duration_minutes": 10**30}, ("duration_not_allowed", "duration_minutes"), id="huge"
        ),
        pytest.param({"client_phone": "call me"}, ("invalid_phone", "client_phone"), id="phone"),
        pytest.param({"notes": "\x00"}, ("null_characters_not_allowed", "notes"), id="NUL"),
    ],
)
def test_a_request_that_can_never_be_right_is_a_400_that_names_it(
    signed_in, specialist, changed, expected
):
    request = {"specialist": str(specialist.pk), "starts_at": NINE, **changed}

    answer = signed_in(UserFactory()).post("/api/v1/bookings/", request)

    assert (answer.status_code, errors(answer)) == (400, [expected])
    assert not Booking.objects.exists()


def test_a_guest_books_with_name_and_email_and_the_token_opens_that_booking(api, specialist):
    guest = {"client_name": "Lee", "client_email": "lee@example.com"}
    request = {"specialist": str(specialist.pk), "starts_at": NINE, **guest}

    document = api.post("/api/v1/bookings/", request).json()

    address, token = f"/api/v1/bookings/{document['id']}/", document.pop("manage_token")
    seen = api.get(address, HTTP_X_MANAGE_TOKEN=token)
    assert (seen.status_code, seen.json()) == (200, document)
    assert document["client"] is None
    assert token not in str(Booking.objects.values().get())
    assert api.get(address, HTTP_X_MANAGE_TOKEN="wrong").status_code == 404
    assert api.get(address).status_code == 401
    cancelled = api.post(f"{address}cancel/", {}, HTTP_X_MANAGE_TOKEN=token)
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")


def test_a_guest_without_name_or_email_is_refused(api, specialist):
    request = {"specialist": str(specialist.pk), "starts_at": NINE, "client_name": "Lee"}

    answer = api.post("/api/v1/bookings/", request)

    assert (answer.status_code, errors(answer)) == (400, [("required", "client_email")])


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ({"client_name": "Lee"}, ("required", "client_email")),
        ({"client_email": "lee@example.com"}, ("required", "client_name")),
        ({"client_phone": "+49 30 1234"}, ("required", "client_name")),
    ],
)
def test_staff_who_name_somebody_never_book_for_themselves(
    signed_in, specialist, contact, expected
):
    request = {"specialist": str(specialist.pk), "starts_at": NINE, **contact}

    answer = signed_in(StaffFactory()).post("/api/v1/bookings/", request)

    assert (answer.status_code, errors(answer)) == (400, [expected])
    assert not Booking.objects.exists()


def test_only_staff_learn_whether_there_is_such_a_client(api, signed_in, specialist):
    guest = {"client_name": "Lee", "client_email": "lee@example.com"}
    request = {"specialist": str(specialist.pk), "starts_at": NINE, **guest}
    clients = (str(UserFactory().pk), str(uuid4()), "x")

    answers = [
        who.post("/api/v1/bookings/", {**request, "client": client})
        for who in (api, signed_in(UserFactory()))
        for client in clients
    ]

    assert [(answer.status_code, errors(answer)) for answer in answers] == [
        (403, [("permission_denied", None)])
    ] * 6
    assert len({answer.content for answer in answers}) == 1


def test_staff_book_for_nobody_whose_account_is_closed(signed_in, specialist):
    gone = UserFactory(is_active=False)
    request = {"specialist": str(specialist.pk), "starts_at": NINE, "client": str(gone.pk)}

    answer = signed_in(StaffFactory()).post("/api/v1/bookings/", request)

    assert (answer.status_code, errors(answer)) == (400, [("does_not_exist", "client")])


def test_a_foreign_booking_is_like_one_that_is_not_there(signed_in, specialist):
    foreign = BookingFactory(specialist=specialist)
    client = signed_in(UserFactory())

    answers = [client.get(f"/api/v1/bookings/{key}/") for key in (foreign.pk, uuid4(), "not-an-id")]

    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (
            404,
            {
                "type": "client_error",
                "errors": [{"code": "not_found", "detail": "Not found.", "attr": None}],
            },
        )
    ] * 3


def test_each_sees_the_bookings_that_are_theirs_and_staff_see_all(signed_in, specialist):
    specialist.user = UserFactory(user_type="specialist")
    specialist.save()
    of_specialist = BookingFactory(specialist=specialist)
    other = BookingFactory(specialist=SpecialistFactory())

    seen = {
        who: {row["id"] for row in signed_in(user).get("/api/v1/bookings/").json()["results"]}
        for who, user in {
            "client": other.client,
            "specialist": specialist.user,
            "staff": StaffFactory(),
            "stranger": UserFactory(),
        }.items()
    }

    assert seen == {
        "client": {str(other.pk)},
        "specialist": {str(of_specialist.pk)},
        "staff": {str(of_specialist.pk), str(other.pk)},
        "stranger": set(),
    }


def test_bookings_are_paged_by_cursor_without_loss_or_repetition(signed_in, specialist):
    made = [
        BookingFactory(specialist=specialist, starts_at=datetime(2026, 12, day, 9, tzinfo=UTC))
        for day in range(1, 8)
    ]
    staff = signed_in(StaffFactory())

    seen, address = [], "/api/v1/bookings/?page_size=3&ordering=-starts_at"
    while address:
        page = staff.get(address).json()
        assert set(page) == {"next", "previous", "results"}
        seen += [row["id"] for row in page["results"]]
        address = page["next"]

    assert seen == [str(booking.pk) for booking in reversed(made)]


def test_cursors_go_back_as_they_went(signed_in, specialist):
    for day in range(1, 6):
        BookingFactory(specialist=specialist, starts_at=datetime(2026, 12, day, 9, tzinfo=UTC))
    staff = signed_in(StaffFactory())

    first = staff.get("/api/v1/bookings/?page_size=2").json()
    second = staff.get(first["next"]).json()
    back = staff.get(second["previous"]).json()

    assert first["previous"] is None
    assert (len(second["results"]), back["results"]) == (2, first["results"])


@pytest.mark.parametrize(
    ("query", "count"), [("", 25), ("?page_size=100", 100), ("?page_size=101", 100)]
)
def test_a_page_of_bookings_has_25_unless_asked_and_100_at_most(signed_in, query, count):
    like = BookingFactory(status="cancelled")
    for _ in range(105):
        like.pk, like.reference, like._state.adding = uuid4(), new_reference(), True
        like.save()

    answer = signed_in(StaffFactory()).get(f"/api/v1/bookings/{query}")

    assert len(answer.json()["results"]) == count


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("specialist={anna}", ["A", "C"], id="specialist"),
        pytest.param("client={kim}", ["A", "B"], id="client"),
        pytest.param("service={massage}", ["B"], id="service"),
        pytest.param("updated_since=2026-11-02T00:00:00Z", ["A", "B"], id="changed since"),
        pytest.param("ordering=created_at", ["C", "B", "A"], id="oldest first"),
        pytest.param("ordering=-created_at", ["A", "B", "C"], id="newest first"),
        pytest.param("ordering=updated_at", ["C", "B", "A"], id="changed longest ago"),
        pytest.param("ordering=-updated_at", ["A", "B", "C"], id="changed last"),
        pytest.param("ordering=-starts_at", ["C", "B", "A"], id="latest first"),
        pytest.param("search=lee@example", ["C"], id="email"),
        pytest.param("search=30 555", ["B"], id="phone"),
        pytest.param("search=cccccccc", ["C"], id="search for a reference"),
    ],
)
def test_bookings_are_found_by_who_and_what_and_when_they_changed(signed_in, query, expected):
    anna, ben = SpecialistFactory(), SpecialistFactory()
    kim, lee = UserFactory(), UserFactory()
    massage = ServiceFactory(specialists=[ben])
    rows = [
        {"specialist": anna, "client": kim},
        {"specialist": ben, "client": kim, "service": massage, "client_phone": "+49 30 555"},
        {"specialist": anna, "client": lee, "client_email": "lee@example.com"},
    ]
    for day, (letter, row) in enumerate(zip("ABC", rows, strict=True), start=1):
        booking = BookingFactory(
            reference=letter * 8, starts_at=datetime(2026, 12, day, 9, tzinfo=UTC), **row
        )
        dated = datetime(2026, 11, 4 - day, tzinfo=UTC)
        Booking.objects.filter(pk=booking.pk).update(created_at=dated, updated_at=dated)
    query = query.format(anna=anna.pk, kim=kim.pk, massage=massage.pk)

    answer = signed_in(StaffFactory()).get(f"/api/v1/bookings/?{query}")

    assert [row["reference"][0] for row in answer.json()["results"]] == expected


def test_a_list_of_which_many_rows_share_a_start_comes_to_its_end(signed_in, specialist):
    """More rows than a cursor of REST framework counts by default: a thousand."""
    like = BookingFactory(specialist=specialist, status="cancelled")
    Booking.objects.bulk_create(
        Booking(
            specialist=specialist,
            client=like.client,
            status="cancelled",
            starts_at=like.starts_at,
            ends_at=like.ends_at,
            occupied_starts_at=like.starts_at,
            occupied_ends_at=like.ends_at,
        )
        for _ in range(1_150)
    )
    staff = signed_in(StaffFactory())

    seen, address = [], "/api/v1/bookings/?page_size=100"
    for _ in range(12):
        page = staff.get(address).json()
        seen += [row["id"] for row in page["results"]]
        address = page["next"]

    assert address is None
    assert (len(seen), len(set(seen))) == (1_151, 1_151)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("status=confirmed", ["A", "C"], id="status"),
        pytest.param("status=pending&status=cancelled", ["B"], id="several statuses"),
        pytest.param("starts_after=2026-12-08T09:00:00Z", ["B", "C"], id="from an instant"),
        pytest.param("starts_before=2026-12-08T09:00:00Z", ["A"], id="before an instant"),
        pytest.param("reference=aaaaaaaa", ["A"], id="reference in any case"),
        pytest.param("reference=aaaa bbbb", [], id="another reference"),
        pytest.param("reference=aaaa AAAA", ["A"], id="reference in groups"),
        pytest.param("reference=AA-aa-AA-aa", ["A"], id="reference with hyphens"),
        pytest.param("search=aaaa aaaa", ["A"], id="search for a reference in groups"),
        pytest.param("search=bbbb-bbbb kim", ["B"], id="search for reference and name"),
        pytest.param("search=lee", ["C"], id="name"),
    ],
)
def test_bookings_are_narrowed_by_filters(signed_in, specialist, query, expected):
    for day, (letter, status, name) in enumerate(
        [("A", "confirmed", "Kim"), ("B", "cancelled", "Kim"), ("C", "confirmed", "Lee")], start=7
    ):
        BookingFactory(
            specialist=specialist,
            reference=letter * 8,
            status=status,
            client_name=name,
            starts_at=datetime(2026, 12, day, 9, tzinfo=UTC),
        )

    answer = signed_in(StaffFactory()).get(f"/api/v1/bookings/?{query}")

    assert [row["reference"][0] for row in answer.json()["results"]] == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("stauts=confirmed", ("unknown_parameter", "stauts"), id="misspelt filter"),
        pytest.param("status=Confirmed", ("invalid_choice", "status"), id="unknown status"),
        pytest.param("starts_after=", ("blank", "starts_after"), id="empty"),
        pytest.param("client=1&client=2", ("repeated_parameter", "client"), id="twice"),
        pytest.param("ordering=price", ("invalid_choice", "ordering"), id="unknown ordering"),
        pytest.param("ordering=,", ("invalid", "ordering"), id="ordering by nothing"),
        pytest.param("starts_after=2026-12-08", ("invalid", "starts_after"), id="a date"),
        pytest.param("specialist=1", ("invalid", "specialist"), id="no id"),
        pytest.param("page_size=many", ("invalid", "page_size"), id="page size"),
        pytest.param("cursor=x", ("invalid_cursor", "cursor"), id="cursor"),
        pytest.param("cursor=cD1ub3doZW4=", ("invalid_cursor", "cursor"), id="forged cursor"),
        pytest.param("cursor=bz0xMDAwMDAwMDAw", ("invalid_cursor", "cursor"), id="far cursor"),
        pytest.param("page=2", ("unknown_parameter", "page"), id="pages of other lists"),
    ],
)
def test_a_filter_that_cannot_be_meant_never_gives_the_whole_list(
    signed_in, specialist, query, expected
):
    BookingFactory(specialist=specialist)

    answer = signed_in(StaffFactory()).get(f"/api/v1/bookings/?{query}")

    assert (answer.status_code, errors(answer)) == (400, [expected])


@pytest.mark.parametrize("count", [1, 10])
def test_the_list_of_bookings_takes_the_same_queries_whatever_its_length(
    signed_in, specialist, django_assert_num_queries, count
):
    for day in range(1, count + 1):
        BookingFactory(specialist=specialist, starts_at=datetime(2026, 12, day, 9, tzinfo=UTC))
    staff = signed_in(StaffFactory())

    with django_assert_num_queries(2 + 2):  # two for the rights of staff
        answer = staff.get("/api/v1/bookings/")

    assert len(answer.json()["results"]) == count


def test_a_client_cancels_until_the_notice_and_not_after(signed_in, specialist):
    booking = BookingFactory(
        specialist=specialist, starts_at=datetime(2026, 12, 2, 7, 59, tzinfo=UTC)
    )
    client = signed_in(booking.client)

    answer = client.post(f"/api/v1/bookings/{booking.pk}/cancel/", {})

    assert (answer.status_code, errors(answer)) == (409, [("too_late_to_change", None)])


def test_staff_cancel_at_any_time_with_a_reason(signed_in, specialist):
    booking = BookingFactory(specialist=specialist, starts_at=datetime(2026, 12, 1, 9, tzinfo=UTC))
    staff = signed_in(StaffFactory())
    address = f"/api/v1/bookings/{booking.pk}/cancel/"

    without, with_reason = staff.post(address, {}), staff.post(address, {"reason": "Flu"})

    assert (without.status_code, errors(without)) == (400, [("required", "reason")])
    assert (with_reason.status_code, with_reason.json()["cancellation_reason"]) == (200, "Flu")


@pytest.mark.parametrize("status", ["cancelled", "completed", "no_show"])
def test_what_is_final_cannot_be_cancelled(signed_in, specialist, status):
    booking = BookingFactory(specialist=specialist, status=status)

    answer = signed_in(booking.client).post(f"/api/v1/bookings/{booking.pk}/cancel/", {})

    assert (answer.status_code, errors(answer)) == (409, [("state_conflict", None)])
    assert status.replace("_", "-") in answer.json()["errors"][0]["detail"]


def test_nobody_is_named_without_a_token_and_a_stale_token_is_no_guest(api, specialist):
    request = {"specialist": str(specialist.pk), "starts_at": NINE}

    no_token = api.get("/api/v1/bookings/")
    stale = api.post("/api/v1/bookings/", request, HTTP_X_SESSION_TOKEN="stale")

    assert (no_token.status_code, errors(no_token)) == (401, [("not_authenticated", None)])
    assert (stale.status_code, errors(stale)) == (401, [("authentication_failed", None)])
    assert no_token.headers["WWW-Authenticate"] == "X-Session-Token"
