"""Schedules, days off and availability over REST, as api.md promises them."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest

from scheduling.models import Availability, Booking, DayOff, Schedule
from tests.factories import (
    AvailabilityFactory,
    BookingFactory,
    DayOffFactory,
    ScheduleFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

SCHEDULES, DAYS_OFF, AVAILABILITY = (
    f"/api/v1/{name}/" for name in ("schedules", "days-off", "availability")
)
MODELS = {SCHEDULES: Schedule, DAYS_OFF: DayOff, AVAILABILITY: Availability}
FACTORIES = {
    SCHEDULES: ScheduleFactory,
    DAYS_OFF: DayOffFactory,
    AVAILABILITY: AvailabilityFactory,
}
# What one may ask for beside the specialist.
WINDOW = {"weekday": 1, "start_time": "09:00", "end_time": "17:30"}
FESTIVE = {"date": "2026-12-24"}
SATURDAY = {"starts_at": "2026-12-05T10:00:00+01:00", "ends_at": "2026-12-05T14:00:00+01:00"}
REQUESTS = {SCHEDULES: WINDOW, DAYS_OFF: FESTIVE, AVAILABILITY: SATURDAY}
NOW_TEXT = "2026-12-01T08:00:00Z"
# Nine o'clock in Berlin on a Monday that the `specialist` fixture works until noon.
NINE = datetime(2026, 12, 7, 8, tzinfo=UTC)

on_each = pytest.mark.parametrize("address", [SCHEDULES, DAYS_OFF, AVAILABILITY])


@pytest.fixture
def anna(specialist, signed_in):
    """A client of the API that the `specialist` has signed in."""
    specialist.user = UserFactory(user_type="specialist")
    specialist.save()
    return signed_in(specialist.user)


@pytest.fixture
def staff(signed_in):
    return signed_in(StaffFactory())


def errors(answer):
    return [(error["code"], error["attr"]) for error in answer.json()["errors"]]


def outcome(answer):
    return answer.status_code, errors(answer)


def keys(answer):
    return [row["id"] for row in answer.json()["results"]]


@pytest.mark.parametrize(
    ("address", "more", "expected"),
    [
        pytest.param(
            SCHEDULES,
            {"valid_from": "2027-01-01"},
            {
                "weekday": 1,
                "start_time": "09:00:00",
                "end_time": "17:30:00",
                "valid_from": "2027-01-01",
                "valid_until": None,
                "is_active": True,
            },
            id="schedule",
        ),
        pytest.param(
            DAYS_OFF,
            {"reason": "Christmas"},
            {"date": "2026-12-24", "reason": "Christmas", "is_active": True},
            id="day off",
        ),
        pytest.param(
            AVAILABILITY,
            {"is_available": False},
            {
                "starts_at": "2026-12-05T09:00:00Z",
                "ends_at": "2026-12-05T13:00:00Z",
                "is_available": False,
                "reason": "",
            },
            id="availability",
        ),
    ],
)
def test_a_specialist_makes_reads_and_removes_hours(anna, specialist, address, more, expected):
    request = {"specialist": str(specialist.pk), **REQUESTS[address], **more}

    made = anna.post(address, request)

    document = made.json()
    own = f"{address}{document['id']}/"
    seen, listed = anna.get(own), anna.get(f"{address}?ordering=-created_at")
    created_at = document.pop("created_at")
    assert made.status_code == 201
    assert document == {
        "id": str(MODELS[address].objects.get(pk=document["id"]).pk),
        "specialist": str(specialist.pk),
        **expected,
        "updated_at": NOW_TEXT,
    }
    assert seen.json() == {**document, "created_at": created_at}
    assert document["id"] in keys(listed)
    assert set(listed.json()) == {"count", "next", "previous", "results"}
    removed, again = anna.delete(own), anna.get(own)
    assert (removed.status_code, removed.content, again.status_code) == (204, b"", 404)


@pytest.mark.parametrize(
    ("address", "change"),
    [
        pytest.param(SCHEDULES, {"end_time": "00:00:00", "valid_until": None}, id="schedule"),
        pytest.param(DAYS_OFF, {"date": "2026-12-25", "reason": "Xmas"}, id="day off"),
        pytest.param(AVAILABILITY, {"ends_at": "2026-12-05T11:30:00Z"}, id="availability"),
    ],
)
def test_a_specialist_changes_a_part_of_their_hours(anna, specialist, address, change):
    row = FACTORIES[address](
        specialist=specialist, **({"weekday": 2} if "end_time" in change else {})
    )
    before = anna.get(f"{address}{row.pk}/").json()

    answer = anna.patch(f"{address}{row.pk}/", change)

    assert (answer.status_code, answer.json()) == (
        200,
        {**before, **change, "updated_at": NOW_TEXT},
    )
    assert anna.get(f"{address}{row.pk}/").json() == answer.json()


@on_each
def test_hours_of_others_are_like_hours_that_are_not_there(anna, address):
    foreign = FACTORIES[address]()

    answers = [
        call(f"{address}{key}/")
        for key in (foreign.pk, uuid4(), "not-an-id")
        for call in (anna.get, anna.patch, anna.delete)
    ]

    assert {(answer.status_code, *errors(answer)) for answer in answers} == {
        (404, ("not_found", None))
    }
    assert foreign in MODELS[address].objects.all()


@on_each
def test_a_specialist_makes_no_hours_for_others(anna, address):
    request = {**REQUESTS[address], "specialist": str(SpecialistFactory().pk)}

    answer = anna.post(address, request)

    assert outcome(answer) == (400, [("does_not_exist", "specialist")])


@on_each
def test_staff_write_everybodys_hours(staff, address):
    someone = SpecialistFactory()

    made = staff.post(address, {**REQUESTS[address], "specialist": str(someone.pk)})
    own = f"{address}{made.json()['id']}/"
    changed, removed = staff.patch(own, {}), staff.delete(own)

    assert [made.status_code, changed.status_code, removed.status_code] == [201, 200, 204]


@on_each
def test_each_sees_their_own_hours_and_staff_see_all(anna, staff, specialist, address):
    Schedule.objects.all().delete()
    own, foreign, deleted = (
        FACTORIES[address](specialist=person)
        for person in (specialist, SpecialistFactory(), SpecialistFactory())
    )
    deleted.specialist.delete()

    assert keys(anna.get(address)) == [str(own.pk)]
    assert set(keys(staff.get(address))) == {str(own.pk), str(foreign.pk)}
    assert keys(anna.get(f"{address}?specialist={foreign.specialist.pk}")) == []
    assert keys(staff.get(f"{address}?specialist={foreign.specialist.pk}")) == [str(foreign.pk)]
    assert staff.get(f"{address}{deleted.pk}/").status_code == 404


@on_each
def test_hours_are_nothing_for_clients_and_strangers(api, signed_in, specialist, address):
    row = FACTORIES[address](specialist=SpecialistFactory())
    request = {**REQUESTS[address], "specialist": str(specialist.pk)}

    def tried(client):
        own = f"{address}{row.pk}/"
        return [
            outcome(answer)
            for answer in (
                client.get(address),
                client.get(own),
                client.post(address, request),
                client.patch(own, {}),
                client.delete(f"{own}?force=true"),
            )
        ]

    assert tried(api) == [(401, [("not_authenticated", None)])] * 5
    assert tried(signed_in(UserFactory())) == [(403, [("permission_denied", None)])] * 5
    assert MODELS[address].objects.filter(pk=row.pk).exists()


@on_each
def test_hours_are_changed_in_part_and_never_put(staff, address):
    row = FACTORIES[address]()

    answer = staff.put(f"{address}{row.pk}/", REQUESTS[address])

    assert outcome(answer) == (405, [("method_not_allowed", None)])


@on_each
def test_hours_stay_with_their_specialist(staff, specialist, address):
    row = FACTORIES[address](specialist=SpecialistFactory())

    moved = staff.patch(f"{address}{row.pk}/", {"specialist": str(specialist.pk)})
    same = staff.patch(f"{address}{row.pk}/", {"specialist": str(row.specialist.pk)})

    assert outcome(moved) == (400, [("fixed", "specialist")])
    assert same.status_code == 200


@pytest.mark.parametrize(
    ("address", "changed", "expected"),
    [
        (SCHEDULES, {"weekday": 7}, ("invalid_choice", "weekday")),
        (SCHEDULES, {"weekday": -1}, ("invalid_choice", "weekday")),
        (SCHEDULES, {"weekday": None}, ("null", "weekday")),
        (SCHEDULES, {"weekday": [1]}, ("invalid_choice", "weekday")),
        (SCHEDULES, {"start_time": "9:00"}, ("invalid", "start_time")),
        (SCHEDULES, {"start_time": "0900"}, ("invalid", "start_time")),
        (SCHEDULES, {"start_time": "09"}, ("invalid", "start_time")),
        (SCHEDULES, {"start_time": "09:00Z"}, ("invalid", "start_time")),
        (SCHEDULES, {"start_time": "T09:00"}, ("invalid", "start_time")),
        (SCHEDULES, {"start_time": "09:00:00.5"}, ("invalid", "start_time")),
        (SCHEDULES, {"start_time": "09:00\n"}, ("invalid", "start_time")),
        (SCHEDULES, {"start_time": "\u0660\u0669:00"}, ("invalid", "start_time")),
        (SCHEDULES, {"start_time": 9}, ("invalid", "start_time")),
        (SCHEDULES, {"start_time": ""}, ("invalid", "start_time")),
        (SCHEDULES, {"end_time": "24:00"}, ("invalid", "end_time")),
        (SCHEDULES, {"end_time": "17:60"}, ("invalid", "end_time")),
        (SCHEDULES, {"end_time": "23:59:60"}, ("invalid", "end_time")),
        (SCHEDULES, {"end_time": "09:00"}, ("invalid", "end_time")),
        (SCHEDULES, {"end_time": "08:59:59"}, ("invalid", "end_time")),
        (SCHEDULES, {"end_time": None}, ("null", "end_time")),
        (SCHEDULES, {"valid_from": "2027-W01-1"}, ("invalid", "valid_from")),
        (SCHEDULES, {"valid_from": "20270101"}, ("invalid", "valid_from")),
        (SCHEDULES, {"valid_until": "1999-12-31"}, ("out_of_range", "valid_until")),
        (
            SCHEDULES,
            {"valid_from": "2027-01-02", "valid_until": "2027-01-01"},
            ("invalid", "valid_until"),
        ),
        (SCHEDULES, {"is_active": "perhaps"}, ("invalid", "is_active")),
        (SCHEDULES, {"is_active": None}, ("null", "is_active")),
        (SCHEDULES, {"date": "2026-12-24"}, ("unknown_field", "date")),
        (SCHEDULES, {"id": str(uuid4())}, ("unknown_field", "id")),
        (DAYS_OFF, {"date": "2026-02-29"}, ("invalid", "date")),
        (DAYS_OFF, {"date": "24.12.2026"}, ("invalid", "date")),
        (DAYS_OFF, {"date": "2026-12-24T00:00:00Z"}, ("invalid", "date")),
        (DAYS_OFF, {"date": "2101-01-01"}, ("out_of_range", "date")),
        (DAYS_OFF, {"date": "0001-01-01"}, ("out_of_range", "date")),
        (DAYS_OFF, {"date": None}, ("null", "date")),
        (DAYS_OFF, {"reason": "x" * 201}, ("max_length", "reason")),
        (DAYS_OFF, {"reason": "\x00"}, ("null_characters_not_allowed", "reason")),
        (DAYS_OFF, {"specialist": str(uuid4())}, ("does_not_exist", "specialist")),
        (DAYS_OFF, {"specialist": "x"}, ("invalid", "specialist")),
        (AVAILABILITY, {"starts_at": "2026-12-05T10:00:00"}, ("invalid", "starts_at")),
        (AVAILABILITY, {"starts_at": "2026-12-05"}, ("invalid", "starts_at")),
        (AVAILABILITY, {"ends_at": "2026-12-05T10:00:00+01:00"}, ("invalid", "ends_at")),
        (AVAILABILITY, {"ends_at": "2026-12-05T09:59:59+01:00"}, ("invalid", "ends_at")),
        (AVAILABILITY, {"ends_at": "2101-01-01T00:00:00Z"}, ("out_of_range", "ends_at")),
        (AVAILABILITY, {"is_active": True}, ("unknown_field", "is_active")),
    ],
)
def test_hours_that_can_never_be_right_are_a_400_that_names_why(
    staff, specialist, address, changed, expected
):
    request = {"specialist": str(specialist.pk), **REQUESTS[address], **changed}
    before = MODELS[address].objects.count()

    answer = staff.post(address, request)

    assert outcome(answer) == (400, [expected])
    assert MODELS[address].objects.count() == before


@on_each
def test_what_is_left_out_is_named(staff, address):
    answer = staff.post(address, {})

    required = ["specialist", *REQUESTS[address]]
    assert outcome(answer) == (400, [("required", name) for name in required])


@pytest.mark.parametrize(
    ("address", "change", "field"),
    [
        (SCHEDULES, {"start_time": "17:00"}, "end_time"),
        (SCHEDULES, {"end_time": "09:00"}, "end_time"),
        (SCHEDULES, {"valid_until": "2026-12-31"}, "valid_until"),
        (AVAILABILITY, {"starts_at": "2026-12-05T12:00:00Z"}, "ends_at"),
        (AVAILABILITY, {"ends_at": "2026-12-05T09:00:00Z"}, "ends_at"),
    ],
)
def test_a_part_is_judged_with_what_stays(staff, address, change, field):
    more = {"valid_from": date(2027, 1, 1)} if address == SCHEDULES else {}
    row = FACTORIES[address](**more)

    answer = staff.patch(f"{address}{row.pk}/", change)

    assert outcome(answer) == (400, [("invalid", field)])


def test_a_window_from_midnight_to_midnight_is_a_whole_day(staff, specialist):
    request = {
        "specialist": str(specialist.pk), "weekday": 6, "start_time": "00:00", "end_time": "00:00"
    }  # fmt: skip

    answer = staff.post(SCHEDULES, request)

    assert answer.status_code == 201
    assert (answer.json()["start_time"], answer.json()["end_time"]) == ("00:00:00", "00:00:00")


@pytest.mark.parametrize("force", ["", "?force=true"])
def test_a_window_that_overlaps_another_is_a_409_forced_or_not(anna, specialist, force):
    request = {"specialist": str(specialist.pk), "weekday": 0}
    tuesday = ScheduleFactory(specialist=specialist, weekday=1)

    answers = [
        anna.post(f"{SCHEDULES}{force}", request | {"start_time": "11:59", "end_time": "00:00"}),
        anna.patch(f"{SCHEDULES}{tuesday.pk}/{force}", {"weekday": 0}),
    ]
    touching = anna.post(
        f"{SCHEDULES}{force}", request | {"start_time": "12:00", "end_time": "00:00"}
    )

    assert [outcome(answer) for answer in answers] == [(409, [("overlapping_schedule", None)])] * 2
    assert touching.status_code == 201


@pytest.mark.parametrize("force", ["", "?force=true"])
def test_a_second_day_off_on_a_date_is_a_409_forced_or_not(anna, specialist, force):
    request = {"specialist": str(specialist.pk), "date": "2026-12-24"}
    other = DayOffFactory(specialist=specialist, date=date(2026, 12, 25))
    anna.post(DAYS_OFF, request)

    answers = [
        anna.post(f"{DAYS_OFF}{force}", request),
        anna.patch(f"{DAYS_OFF}{other.pk}/{force}", {"date": "2026-12-24"}),
    ]
    resting = anna.post(f"{DAYS_OFF}{force}", {**request, "is_active": False})

    assert [outcome(answer) for answer in answers] == [(409, [("duplicate_day_off", None)])] * 2
    assert resting.status_code == 201


def test_seasons_part_windows_that_would_overlap(anna, api, specialist):
    Schedule.objects.update(valid_until=date(2026, 12, 13))
    request = {**WINDOW, "specialist": str(specialist.pk), "weekday": 0, "start_time": "10:00"}

    overlapping = anna.post(SCHEDULES, {**request, "valid_from": "2026-12-13"})
    following = anna.post(SCHEDULES, {**request, "end_time": "11:00", "valid_from": "2026-12-14"})

    slots = api.get(
        f"/api/v1/specialists/{specialist.pk}/slots/", {"start": "2026-12-07", "end": "2026-12-22"}
    ).json()["slots"]
    assert outcome(overlapping) == (409, [("overlapping_schedule", None)])
    assert following.status_code == 201
    assert [slot["starts_at"][:13] for slot in slots] == [
        "2026-12-07T09",
        "2026-12-07T10",
        "2026-12-07T11",
        "2026-12-14T10",
        "2026-12-21T10",
    ]


def test_blocked_time_and_the_end_of_opened_time_affect_bookings_too(anna, specialist):
    opened = AvailabilityFactory(specialist=specialist)
    on_saturday = BookingFactory(specialist=specialist, starts_at=opened.starts_at)
    on_monday = BookingFactory(specialist=specialist, starts_at=NINE)
    block = {
        "specialist": str(specialist.pk),
        "starts_at": "2026-12-07T08:30:00Z",
        "ends_at": "2026-12-07T08:45:00Z",
        "is_available": False,
    }
    place = f"{AVAILABILITY}{opened.pk}/"

    answers = [
        anna.post(AVAILABILITY, block),
        anna.delete(place),
        anna.patch(place, {"starts_at": "2026-12-05T09:30:00Z"}),
        anna.patch(place, {"is_available": False}),
    ]

    named = [[each["reference"] for each in answer.json()["bookings"]] for answer in answers]
    assert [outcome(answer) for answer in answers] == [(409, [("affects_bookings", None)])] * 4
    assert named == [[on_monday.reference], *[[on_saturday.reference]] * 3]
    assert Availability.objects.get().is_available


def close_monday(client, specialist, verb, query=""):
    """Take Monday morning away, by one of the ways that there are."""
    if verb == "post":
        request = {"specialist": str(specialist.pk), "date": "2026-12-07"}
        return client.post(f"{DAYS_OFF}{query}", request)
    address = f"{SCHEDULES}{Schedule.objects.get().pk}/{query}"
    if verb == "patch":
        return client.patch(address, {"is_active": False})
    return client.delete(address)


def is_closed():
    return DayOff.objects.exists() or not Schedule.objects.active().exists()


verbs = pytest.mark.parametrize("verb", ["post", "patch", "delete"])


@verbs
def test_a_change_that_affects_bookings_is_a_409_that_lists_them(anna, specialist, verb):
    starts = [NINE, NINE + timedelta(hours=2)]
    made = [BookingFactory(specialist=specialist, starts_at=starts_at) for starts_at in starts]

    answer = close_monday(anna, specialist, verb)

    names = ", ".join(booking.reference for booking in made)
    assert answer.status_code == 409
    assert answer.json() == {
        "type": "client_error",
        "errors": [
            {
                "code": "affects_bookings",
                "detail": f"Bookings would be left outside open hours: {names}.",
                "attr": None,
            }
        ],
        "bookings": [
            {"id": str(booking.pk), "reference": booking.reference, "starts_at": starts_at}
            for booking, starts_at in zip(
                made, ["2026-12-07T08:00:00Z", "2026-12-07T10:00:00Z"], strict=True
            )
        ],
    }
    assert not is_closed()


@verbs
def test_forced_it_is_done_and_the_bookings_stay_as_they_are(anna, specialist, verb):
    BookingFactory(specialist=specialist, starts_at=NINE)
    before = list(Booking.objects.values())

    answer = close_monday(anna, specialist, verb, "?force=true")

    assert answer.status_code in (200, 201, 204)
    assert is_closed()
    assert list(Booking.objects.values()) == before


@verbs
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("force=1", ("invalid", "force"), id="a number"),
        pytest.param("force=True", ("invalid", "force"), id="a capital"),
        pytest.param("force=", ("blank", "force"), id="nothing"),
        pytest.param("force=false&force=true", ("repeated_parameter", "force"), id="both"),
        pytest.param("forced=true", ("unknown_parameter", "forced"), id="misspelt"),
    ],
)
def test_force_is_true_or_false_and_nothing_else(anna, specialist, verb, query, expected):
    answer = close_monday(anna, specialist, verb, f"?{query}")

    assert outcome(answer) == (400, [expected])
    assert not is_closed()


@verbs
def test_force_false_is_not_forced(anna, specialist, verb):
    BookingFactory(specialist=specialist, starts_at=NINE)

    answer = close_monday(anna, specialist, verb, "?force=false")

    assert outcome(answer) == (409, [("affects_bookings", None)])


@on_each
def test_who_only_reads_forces_nothing(staff, address):
    row = FACTORIES[address]()

    answers = [staff.get(f"{place}?force=true") for place in (address, f"{address}{row.pk}/")]

    assert [outcome(answer) for answer in answers] == [(400, [("unknown_parameter", "force")])] * 2


def test_a_deleted_specialist_changes_no_hours(anna, specialist):
    window = Schedule.objects.get()
    specialist.delete()

    answer = anna.patch(f"{SCHEDULES}{window.pk}/", {"is_active": False})

    assert outcome(answer) == (403, [("permission_denied", None)])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", "ABC", id="in order"),
        pytest.param("weekday=0", "AB", id="weekday"),
        pytest.param("is_active=true", "AC", id="active"),
        pytest.param("is_active=false", "B", id="at rest"),
        pytest.param("ordering=-start_time", "CBA", id="latest first"),
        pytest.param("ordering=-weekday,start_time", "CAB", id="two columns"),
        pytest.param("page_size=1&page=2", "B", id="a page"),
    ],
)
def test_schedules_are_narrowed_by_filters(staff, query, expected):
    rows = {
        "A": ScheduleFactory(weekday=0, start_time=time(8)),
        "B": ScheduleFactory(weekday=0, start_time=time(9), is_active=False),
        "C": ScheduleFactory(weekday=3, start_time=time(10)),
    }

    answer = staff.get(f"{SCHEDULES}?{query}")

    assert keys(answer) == [str(rows[letter].pk) for letter in expected]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", "ABC", id="in order"),
        pytest.param("date_after=2026-12-25", "BC", id="from a day on"),
        pytest.param("date_before=2026-12-25", "A", id="before a day"),
        pytest.param("date_after=2026-12-25&date_before=2026-12-26", "B", id="a day"),
        pytest.param("is_active=false", "C", id="at rest"),
        pytest.param("ordering=-date", "CBA", id="latest first"),
    ],
)
def test_days_off_are_narrowed_by_filters(staff, specialist, query, expected):
    rows = {
        letter: DayOffFactory(
            specialist=specialist, date=date(2026, 12, day), is_active=letter != "C"
        )
        for letter, day in [("A", 24), ("B", 25), ("C", 26)]
    }

    answer = staff.get(f"{DAYS_OFF}?{query}")

    assert keys(answer) == [str(rows[letter].pk) for letter in expected]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", "ABC", id="in order"),
        pytest.param("ends_after=2026-12-05T12:00:00Z", "BC", id="what is not over"),
        pytest.param("starts_before=2026-12-06T10:00:00%2B01:00", "A", id="what has begun"),
        pytest.param(
            "ends_after=2026-12-05T11:59:59Z&starts_before=2026-12-06T09:00:01Z",
            "AB",
            id="what reaches into a range",
        ),
        pytest.param("is_available=false", "B", id="blocks"),
        pytest.param("ordering=-starts_at", "CBA", id="latest first"),
    ],
)
def test_availability_is_narrowed_by_filters(staff, specialist, query, expected):
    rows = {
        letter: AvailabilityFactory(
            specialist=specialist,
            starts_at=datetime(2026, 12, day, 9, tzinfo=UTC),
            ends_at=datetime(2026, 12, day, 12, tzinfo=UTC),
            is_available=letter != "B",
        )
        for letter, day in [("A", 5), ("B", 6), ("C", 7)]
    }

    answer = staff.get(f"{AVAILABILITY}?{query}")

    assert keys(answer) == [str(rows[letter].pk) for letter in expected]


@pytest.mark.parametrize(
    ("address", "query", "expected"),
    [
        (SCHEDULES, "weekdays=1", ("unknown_parameter", "weekdays")),
        (SCHEDULES, "weekday=7", ("invalid_choice", "weekday")),
        (SCHEDULES, "weekday=Monday", ("invalid_choice", "weekday")),
        (SCHEDULES, "is_active=maybe", ("invalid_choice", "is_active")),
        (SCHEDULES, "is_active=True", ("invalid_choice", "is_active")),
        (SCHEDULES, "specialist=1", ("invalid", "specialist")),
        (SCHEDULES, "ordering=end", ("invalid_choice", "ordering")),
        (SCHEDULES, "page_size=0", ("invalid", "page_size")),
        (SCHEDULES, "cursor=x", ("unknown_parameter", "cursor")),
        (DAYS_OFF, "date_after=2026-12", ("invalid", "date_after")),
        (DAYS_OFF, "date_after=2026-W50-1", ("invalid", "date_after")),
        (DAYS_OFF, "date_before=2026-12-01T00:00:00Z", ("invalid", "date_before")),
        (DAYS_OFF, "date_before=9999-12-31", ("invalid", "date_before")),
        (DAYS_OFF, "date=2026-12-24", ("unknown_parameter", "date")),
        (AVAILABILITY, "ends_after=2026-12-24", ("invalid", "ends_after")),
        (AVAILABILITY, "starts_before=2026-12-24T00:00:00", ("invalid", "starts_before")),
        (AVAILABILITY, "is_available=0", ("invalid_choice", "is_available")),
    ],
)
def test_a_filter_that_cannot_be_meant_is_a_400(staff, address, query, expected):
    answer = staff.get(f"{address}?{query}")

    assert outcome(answer) == (400, [expected])


@on_each
@pytest.mark.parametrize("count", [1, 10])
def test_a_list_of_hours_takes_the_same_queries_whatever_its_length(
    staff, address, django_assert_num_queries, count
):
    for _ in range(count):
        FACTORIES[address]()

    with django_assert_num_queries(3 + 2):  # two for the rights of staff
        answer = staff.get(address)

    assert len(answer.json()["results"]) == count


def test_new_hours_can_be_booked_at_once_and_removed_ones_no_more(anna, api, specialist):
    days = {"start": "2026-12-05", "end": "2026-12-06"}
    request = {"specialist": str(specialist.pk), **SATURDAY}
    slots = f"/api/v1/specialists/{specialist.pk}/slots/"

    made = anna.post(AVAILABILITY, request).json()
    open_ = len(api.get(slots, days).json()["slots"])
    anna.delete(f"{AVAILABILITY}{made['id']}/")

    assert (open_, api.get(slots, days).json()["slots"]) == (4, [])
