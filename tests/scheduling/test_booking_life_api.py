"""What becomes of a booking over REST: verbs, history, versions, the calendar file."""

from datetime import UTC, datetime, time, timedelta

import pytest
import vobject
from icalendar import Calendar

from scheduling.models import Booking, BookingEvent
from scheduling.models.booking import hash_token
from tests.factories import (
    AvailabilityFactory,
    BookingFactory,
    DayOffFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

BOOKINGS = "/api/v1/bookings/"
NINE, TEN, ELEVEN = (datetime(2026, 12, 7, hour, tzinfo=UTC) for hour in (8, 9, 10))


def text(at):
    return at.isoformat().replace("+00:00", "Z")


def address(booking, verb=""):
    return f"{BOOKINGS}{booking.pk}/{verb}"


def errors(answer):
    return [(error["code"], error["attr"]) for error in answer.json()["errors"]]


def guests_booking(specialist, **more):
    """The booking of a guest whose token is `secret`."""
    return BookingFactory(
        specialist=specialist,
        starts_at=NINE,
        client=None,
        manage_token_hash=hash_token("secret"),
        **more,
    )


@pytest.fixture
def staff(signed_in):
    return signed_in(StaffFactory())


@pytest.fixture
def booking(specialist):
    return BookingFactory(specialist=specialist, starts_at=NINE)


@pytest.fixture
def client(signed_in, booking):
    """The client of `booking`."""
    return signed_in(booking.client)


@pytest.fixture
def owner(signed_in, specialist):
    """The specialist of `booking`."""
    specialist.user = UserFactory(user_type="specialist")
    specialist.save()
    return signed_in(specialist.user)


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [
        ("confirm/", "pending", "confirmed"),
        ("complete/", "confirmed", "completed"),
        ("no-show/", "confirmed", "no_show"),
    ],
)
def test_a_specialist_and_staff_move_a_booking_on(staff, owner, specialist, verb, before, after):
    for who, hour in ((staff, 6), (owner, 7)):
        booking = BookingFactory(
            specialist=specialist, status=before, starts_at=datetime(2026, 12, 1, hour, tzinfo=UTC)
        )

        answer = who.post(address(booking, verb), {})

        assert (answer.status_code, answer.json()["status"]) == (200, after)
        assert (answer.json()["version"], answer.headers["ETag"]) == (2, '"2"')


@pytest.mark.parametrize("verb", ["confirm/", "complete/", "no-show/"])
def test_a_client_may_see_the_booking_but_not_close_it(api, client, signed_in, booking, verb):
    stranger = signed_in(UserFactory())

    answers = [who.post(address(booking, verb), {}).status_code for who in (client, stranger, api)]

    assert answers == [403, 404, 401]


@pytest.mark.parametrize("verb", ["confirm/", "complete/", "no-show/"])
def test_a_guest_may_see_the_booking_but_not_close_it(api, specialist, verb):
    booking = guests_booking(specialist)

    answers = [
        api.post(address(booking, verb), {}, HTTP_X_MANAGE_TOKEN=token)
        for token in ("secret", "wrong")
    ]

    assert [(answer.status_code, errors(answer)) for answer in answers] == [
        (403, [("permission_denied", None)]),
        (404, [("not_found", None)]),
    ]


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        ("confirm/", "confirmed"),
        ("confirm/", "cancelled"),
        ("complete/", "pending"),
        ("no-show/", "completed"),
        ("cancel/", "no_show"),
        ("reschedule/", "cancelled"),
    ],
)
def test_a_move_that_the_state_does_not_allow_names_the_state(staff, specialist, verb, status):
    booking = BookingFactory(specialist=specialist, status=status, starts_at=NINE)

    answer = staff.post(
        address(booking, verb),
        {"reason": "x", "starts_at": text(TEN)}
        if verb == "reschedule/"
        else {"reason": "x"}
        if verb == "cancel/"
        else {},
    )

    assert (answer.status_code, errors(answer)) == (409, [("state_conflict", None)])
    assert status.replace("_", "-") in answer.json()["errors"][0]["detail"]


def test_a_client_moves_a_booking_to_another_slot_and_the_old_one_is_free(client, booking):
    answer = client.post(address(booking, "reschedule/"), {"starts_at": text(TEN)})

    slots = client.get(
        f"/api/v1/specialists/{booking.specialist_id}/slots/",
        {"start": "2026-12-07", "end": "2026-12-08"},
    ).json()["slots"]
    document = answer.json()
    assert (answer.status_code, document["id"]) == (200, str(booking.pk))
    assert (document["starts_at"], document["ends_at"]) == (text(TEN), text(ELEVEN))
    assert [slot["starts_at"][11:16] for slot in slots] == ["09:00", "11:00"]


def test_a_booking_that_cannot_move_keeps_its_time(client, booking):
    BookingFactory(specialist=booking.specialist, starts_at=TEN)

    taken = client.post(address(booking, "reschedule/"), {"starts_at": text(TEN)})
    closed = client.post(address(booking, "reschedule/"), {"starts_at": "2026-12-08T09:00:00Z"})

    assert (taken.status_code, errors(taken)) == (409, [("slot_taken", None)])
    assert taken.json()["alternatives"][0] == {
        "starts_at": text(ELEVEN),
        "ends_at": "2026-12-07T11:00:00Z",
    }
    assert errors(closed) == [("slot_unavailable", None), ("outside_open_hours", None)]
    assert Booking.objects.get(pk=booking.pk).starts_at == NINE


def test_a_booking_can_be_moved_to_every_slot_that_is_offered_instead(signed_in, specialist):
    """It keeps its own length, whatever the specialist offers today."""
    booking = BookingFactory(
        specialist=specialist, starts_at=NINE, ends_at=NINE + timedelta(minutes=90)
    )
    BookingFactory(specialist=specialist, starts_at=NINE + timedelta(days=7))
    client, place = signed_in(booking.client), address(booking, "reschedule/")

    refused = client.post(place, {"starts_at": text(NINE + timedelta(days=7))})
    offered = [slot["starts_at"] for slot in refused.json()["alternatives"]]
    moved = [client.post(place, {"starts_at": at}).status_code for at in offered]

    assert offered == [
        "2026-12-07T09:30:00Z",
        "2026-12-14T09:30:00Z",
        "2026-12-21T08:00:00Z",
        "2026-12-21T09:30:00Z",
    ]
    assert moved == [200, 200, 200, 200]


def test_a_booking_may_move_into_time_that_only_it_occupies(client, specialist, booking):
    ServiceFactory()
    service = ServiceFactory(specialists=[specialist], duration_minutes=60, slot_step_minutes=15)
    Booking.objects.filter(pk=booking.pk).update(service=service)

    answer = client.post(address(booking, "reschedule/"), {"starts_at": "2026-12-07T08:15:00Z"})

    assert (answer.status_code, answer.json()["starts_at"]) == (200, "2026-12-07T08:15:00Z")


def test_a_client_is_too_late_but_staff_and_specialist_move_with_a_reason(
    signed_in, staff, owner, specialist
):
    ScheduleFactory(specialist=specialist, weekday=1, start_time=time(9), end_time=time(18))
    booking = BookingFactory(specialist=specialist, starts_at=datetime(2026, 12, 1, 12, tzinfo=UTC))
    move = {"starts_at": "2026-12-08T12:00:00Z"}

    late = signed_in(booking.client).post(address(booking, "reschedule/"), move)
    silent = owner.post(address(booking, "reschedule/"), move)
    told = owner.post(address(booking, "reschedule/"), {**move, "reason": "Training"})

    assert (late.status_code, errors(late)) == (409, [("too_late_to_change", None)])
    assert (silent.status_code, errors(silent)) == (400, [("required", "reason")])
    assert (told.status_code, told.json()["starts_at"]) == (200, "2026-12-08T12:00:00Z")


def test_staff_move_outside_open_hours_and_what_they_set_aside_is_on_record(staff, booking):
    reason = "Phone call. " * 40

    answer = staff.post(
        address(booking, "reschedule/"), {"starts_at": "2026-12-07T20:00:00Z", "reason": reason}
    )

    told = BookingEvent.objects.get(booking=booking).reason
    assert answer.status_code == 200
    assert told.startswith("Phone call. Phone call.")
    assert told.endswith(" (set aside: outside_open_hours)")
    assert len(told) == 500


def test_history_tells_states_and_moves_with_who_and_why(client, staff, specialist):
    service = ServiceFactory(
        specialists=[specialist], duration_minutes=60, requires_confirmation=True
    )
    made = client.post(
        BOOKINGS,
        {"specialist": str(specialist.pk), "service": str(service.pk), "starts_at": text(TEN)},
    ).json()
    place = f"{BOOKINGS}{made['id']}/"
    staff.post(f"{place}confirm/", {})
    client.post(f"{place}reschedule/", {"starts_at": text(ELEVEN)})
    staff.post(f"{place}cancel/", {"reason": "Flu"})

    history = client.get(f"{place}history/").json()

    names = ("kind", "from", "to", "by", "reason", "version")
    assert {event["at"] for event in history} == {"2026-12-01T08:00:00Z"}
    assert [tuple(event[name] for name in names) for event in history] == [
        ("state", None, "pending", "client", "", 1),
        ("state", "pending", "confirmed", "staff", "", 2),
        ("move", text(TEN), text(ELEVEN), "client", "", 3),
        ("state", "confirmed", "cancelled", "staff", "Flu", 4),
    ]


def test_a_change_of_what_has_changed_since_is_a_412(client, booking):
    first = client.patch(address(booking), {"notes": "Knee"}, HTTP_IF_MATCH='"1"')
    answers = {
        tag: client.post(address(booking, "cancel/"), {}, HTTP_IF_MATCH=tag)
        for tag in ('"1"', '"x"', "2")
    }
    any_version = client.post(address(booking, "cancel/"), {}, HTTP_IF_MATCH="*")

    assert (first.status_code, first.json()["version"], first.json()["notes"]) == (200, 2, "Knee")
    assert {(a.status_code, errors(a)[0][0]) for a in answers.values()} == {
        (412, "version_mismatch")
    }
    assert (any_version.status_code, any_version.json()["version"]) == (200, 3)


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        ('"1"', 200),
        (' "9" , "1"', 200),
        ("*", 200),
        ('"9", "8"', 412),
        ('"01"', 412),
        ('W/"1"', 412),
        ('"1', 412),
        ("1", 412),
        ("", 412),
    ],
)
def test_if_match_is_a_list_of_versions_of_which_one_is_the_present(client, booking, tag, status):
    answer = client.patch(address(booking), {"notes": "Knee"}, HTTP_IF_MATCH=tag)

    assert answer.status_code == status


def test_a_guests_token_opens_all_that_a_guest_may_do(api, specialist):
    booking = guests_booking(specialist)
    mine = {"HTTP_X_MANAGE_TOKEN": "secret"}

    patched = api.patch(address(booking), {"notes": "Knee"}, **mine)
    moved = api.post(address(booking, "reschedule/"), {"starts_at": text(TEN)}, **mine)
    history = api.get(address(booking, "history/"), **mine)
    file = api.get(address(booking, "calendar.ics"), **mine)

    assert (patched.status_code, patched.json()["notes"]) == (200, "Knee")
    assert (moved.status_code, moved.json()["starts_at"]) == (200, text(TEN))
    assert [(event["to"], event["by"]) for event in history.json()] == [(text(TEN), "guest")]
    assert (file.status_code, booking.reference.encode() in file.content) == (200, True)


@pytest.mark.parametrize(
    ("method", "verb"),
    [("patch", ""), ("post", "reschedule/"), ("get", "history/"), ("get", "calendar.ics")],
)
def test_without_the_right_token_a_guests_booking_stays_closed(api, specialist, method, verb):
    place = address(guests_booking(specialist), verb)

    answers = [
        getattr(api, method)(place, {}, **token)
        for token in ({}, {"HTTP_X_MANAGE_TOKEN": ""}, {"HTTP_X_MANAGE_TOKEN": "wrong"})
    ]

    assert [answer.status_code for answer in answers] == [401, 404, 404]


def test_history_tells_that_the_specialist_did_it(owner, booking):
    owner.post(address(booking, "cancel/"), {"reason": "Flu"})

    history = owner.get(address(booking, "history/")).json()

    assert [(event["to"], event["by"]) for event in history] == [("cancelled", "specialist")]


def test_a_booking_is_read_with_its_version_as_its_tag(client, booking):
    Booking.objects.filter(pk=booking.pk).update(version=7)

    assert client.get(address(booking)).headers["ETag"] == '"7"'


@pytest.mark.parametrize(
    ("verb", "status", "body"),
    [
        ("confirm/", "pending", {}),
        ("complete/", "confirmed", {}),
        ("no-show/", "confirmed", {}),
        ("cancel/", "confirmed", {"reason": "Flu"}),
        ("reschedule/", "confirmed", {"starts_at": text(NINE), "reason": "Flu"}),
    ],
)
def test_each_verb_is_refused_to_who_has_read_an_older_version(
    staff, specialist, verb, status, body
):
    booking = BookingFactory(
        specialist=specialist, status=status, starts_at=datetime(2026, 12, 1, 7, tzinfo=UTC)
    )

    stale = staff.post(address(booking, verb), body, HTTP_IF_MATCH='"2"')
    fresh = staff.post(address(booking, verb), body, HTTP_IF_MATCH='"1"')

    assert (stale.status_code, errors(stale)) == (412, [("version_mismatch", None)])
    assert (fresh.status_code, fresh.json()["version"]) == (200, 2)


def test_only_notes_name_and_phone_are_corrected(client, booking):
    right = client.patch(
        address(booking), {"notes": "Hip", "client_name": "Kim B.", "client_phone": "+49 30 1234"}
    )
    wrong = client.patch(address(booking), {"starts_at": text(TEN)})

    assert right.json()["client_phone"] == "+49 30 1234"
    assert (wrong.status_code, errors(wrong)) == (400, [("unknown_field", "starts_at")])


def test_one_client_has_so_many_active_bookings_and_no_more(signed_in, specialist, settings):
    settings.BOOKING_MAX_ACTIVE_PER_CLIENT = 2
    client = signed_in(UserFactory())
    order = {"specialist": str(specialist.pk)}

    answers = [
        client.post(BOOKINGS, {**order, "starts_at": text(at)}) for at in (NINE, TEN, ELEVEN)
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert errors(answers[-1]) == [("limit_reached", None)]


def test_guests_are_limited_by_their_address_and_staff_are_not(api, staff, specialist, settings):
    settings.BOOKING_MAX_ACTIVE_PER_CLIENT = 1
    guest = {"client_name": "Lee", "client_email": "lee@example.com"}
    order = {"specialist": str(specialist.pk)}

    answers = [
        api.post(BOOKINGS, {**order, **guest, "starts_at": text(NINE)}),
        api.post(
            BOOKINGS,
            {**order, **guest, "client_email": "LEE@example.com", "starts_at": text(TEN)},
        ),
        staff.post(BOOKINGS, {**order, **guest, "starts_at": text(TEN)}),
    ]

    assert [answer.status_code for answer in answers] == [201, 409, 201]


def test_staff_book_outside_open_hours_with_a_reason_but_never_over_a_booking(
    staff, client, specialist, booking
):
    kim = UserFactory()
    order = {
        "specialist": str(specialist.pk),
        "client": str(kim.pk),
        "outside_hours_reason": "Emergency",
    }
    DayOffFactory(specialist=specialist, date=datetime(2026, 12, 8, tzinfo=UTC).date())

    closed = staff.post(BOOKINGS, {**order, "starts_at": "2026-12-08T05:00:00Z"})
    taken = staff.post(BOOKINGS, {**order, "starts_at": text(NINE + timedelta(minutes=30))})
    forbidden = client.post(BOOKINGS, {**order, "starts_at": "2026-12-09T05:00:00Z"})

    assert (closed.status_code, closed.json()["client"]) == (201, str(kim.pk))
    assert BookingEvent.objects.get(booking=closed.json()["id"]).reason == (
        "Emergency (set aside: outside_open_hours, day_off)"
    )
    assert (taken.status_code, errors(taken)) == (409, [("slot_taken", None)])
    assert forbidden.status_code == 403


def test_a_specialist_is_named_or_any_will_do_and_not_both(client, specialist):
    service = ServiceFactory(specialists=[specialist], duration_minutes=60)
    order = {"specialist": str(specialist.pk), "service": str(service.pk), "starts_at": text(TEN)}

    answer = client.post(BOOKINGS, {**order, "any_specialist": True})

    assert (answer.status_code, errors(answer)) == (400, [("invalid", "any_specialist")])


def test_any_specialist_of_a_service_that_nobody_offers_is_nobody(client):
    order = {"any_specialist": True, "service": str(ServiceFactory().pk), "starts_at": text(TEN)}

    answer = client.post(BOOKINGS, order)

    assert (answer.status_code, errors(answer)) == (
        409,
        [("slot_unavailable", None), ("service_not_offered", None)],
    )


def test_no_booking_ends_after_the_last_year(staff, specialist, booking):
    late = {"starts_at": "2100-12-31T23:30:00Z"}
    order = {"specialist": str(specialist.pk), "client": str(UserFactory().pk), **late}

    answers = [
        staff.post(BOOKINGS, {**order, "outside_hours_reason": "Phone"}),
        staff.post(address(booking, "reschedule/"), {**late, "reason": "Phone"}),
    ]

    assert [(answer.status_code, errors(answer)) for answer in answers] == [
        (400, [("out_of_range", "starts_at")])
    ] * 2


def test_any_specialist_is_the_least_busy_who_is_free(client, specialist):
    ben, cleo = SpecialistFactory(name="Ben"), SpecialistFactory(name="Cleo")
    for person in (ben, cleo):
        ScheduleFactory(specialist=person, start_time=time(9), end_time=time(12))
    service = ServiceFactory(specialists=[specialist, ben, cleo], duration_minutes=60)
    BookingFactory(specialist=ben, starts_at=ELEVEN)
    order = {"any_specialist": True, "service": str(service.pk), "starts_at": text(TEN)}

    answers = [client.post(BOOKINGS, order) for _ in range(4)]

    assert [answer.json().get("specialist", {}).get("name") for answer in answers] == [
        "Cleo",
        "Anna Roth",
        "Ben",
        None,
    ]
    assert errors(answers[-1]) == [("slot_taken", None)]
    assert len(answers[-1].json()["alternatives"]) == 5


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"any_specialist": True}, ("required", "service")),
        ({}, ("required", "specialist")),
    ],
)
def test_somebody_must_be_named_or_any_of_a_service(client, order, expected):
    answer = client.post(BOOKINGS, {"starts_at": text(TEN), **order})

    assert (answer.status_code, errors(answer)) == (400, [expected])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"duration_minutes": 45}, ("duration_not_allowed", "duration_minutes")),
        ({"outside_hours_reason": "Phone"}, ("invalid", "outside_hours_reason")),
    ],
)
def test_any_specialist_takes_nothing_that_only_one_could_mean(staff, specialist, more, expected):
    service = ServiceFactory(specialists=[specialist], duration_minutes=60)
    answer = staff.post(
        BOOKINGS,
        {"any_specialist": True, "service": str(service.pk), "starts_at": text(TEN), **more},
    )

    assert (answer.status_code, errors(answer)) == (400, [expected])
    assert not Booking.objects.exists()


def test_the_earliest_slots_of_all_come_by_start_and_then_by_name(
    api, specialist, django_assert_max_num_queries
):
    ben = SpecialistFactory(name="Ben", languages=["fr"])
    ScheduleFactory(specialist=ben, start_time=time(10), end_time=time(12))
    query = {"start": "2026-12-07", "end": "2026-12-08", "limit": 4, "tz": "Europe/Berlin"}

    with django_assert_max_num_queries(3):
        answer = api.get("/api/v1/slots/", query)
    french = api.get("/api/v1/slots/", {**query, "language": "fr", "limit": 1}).json()

    assert [(slot["starts_at"], slot["specialist"]["name"]) for slot in answer.json()["slots"]] == [
        ("2026-12-07T09:00:00+01:00", "Anna Roth"),
        ("2026-12-07T10:00:00+01:00", "Anna Roth"),
        ("2026-12-07T10:00:00+01:00", "Ben"),
        ("2026-12-07T11:00:00+01:00", "Anna Roth"),
    ]
    assert french["slots"] == [
        {
            "starts_at": "2026-12-07T10:00:00+01:00",
            "ends_at": "2026-12-07T11:00:00+01:00",
            "specialist": {"id": str(ben.pk), "name": "Ben"},
        }
    ]


def test_the_earliest_slots_of_a_service_that_nobody_can_book_are_a_400(api, specialist):
    resting = ServiceFactory(specialists=[specialist], is_active=False)
    gone = ServiceFactory(specialists=[specialist])
    gone.delete()
    query = {"start": "2026-12-07", "end": "2026-12-08"}

    answers = [api.get("/api/v1/slots/", {**query, "service": row.pk}) for row in (resting, gone)]

    assert [(answer.status_code, errors(answer)) for answer in answers] == [
        (400, [("does_not_exist", "service")])
    ] * 2


@pytest.mark.parametrize(
    ("more", "count"), [({}, 20), ({"limit": 200}, 30), ({"limit": 21}, 21), ({"limit": 1}, 1)]
)
def test_the_earliest_slots_are_twenty_unless_asked_otherwise(api, specialist, more, count):
    service = ServiceFactory(specialists=[specialist], duration_minutes=30)
    query = {"start": "2026-12-07", "end": "2027-01-11", "service": service.pk}

    answer = api.get("/api/v1/slots/", {**query, **more})

    assert (answer.status_code, len(answer.json()["slots"])) == (200, count)


def test_the_earliest_slots_are_those_of_the_service_or_the_specialization(api, specialist):
    ben = SpecialistFactory(name="Ben", specialization="Yoga")
    ScheduleFactory(specialist=ben, start_time=time(9), end_time=time(10))
    service = ServiceFactory(specialists=[ben], duration_minutes=45)
    query = {"start": "2026-12-07", "end": "2026-12-08"}

    serviced = api.get("/api/v1/slots/", {**query, "service": service.pk}).json()
    skilled = api.get("/api/v1/slots/", {**query, "specialization": "yoga"}).json()

    person = {"id": str(ben.pk), "name": "Ben"}
    assert serviced == {
        "service": str(service.pk),
        "time_zone": "UTC",
        "slots": [
            {
                "starts_at": "2026-12-07T08:00:00+00:00",
                "ends_at": "2026-12-07T08:45:00+00:00",
                "specialist": person,
            }
        ],
    }
    assert skilled == {
        "service": None,
        "time_zone": "UTC",
        "slots": [
            {
                "starts_at": "2026-12-07T08:00:00+00:00",
                "ends_at": "2026-12-07T09:00:00+00:00",
                "specialist": person,
            }
        ],
    }


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"end": "2026-12-06"}, ("invalid", "end")),
        ({"end": "2027-02-08"}, ("invalid", "end")),
        ({"start": "2026-W50-1"}, ("invalid", "start")),
        ({"start": "1999-12-31"}, ("out_of_range", "start")),
        ({"start": None}, ("required", "start")),
        ({"end": None}, ("required", "end")),
        ({"duration_minutes": 30}, ("unknown_parameter", "duration_minutes")),
    ],
)
def test_a_range_of_the_earliest_slots_that_can_never_be_right_is_a_400(api, changed, expected):
    asked = {"start": "2026-12-07", "end": "2026-12-08", **changed}

    answer = api.get("/api/v1/slots/", {name: at for name, at in asked.items() if at is not None})

    assert (answer.status_code, errors(answer)) == (400, [expected])


@pytest.mark.parametrize("limit", ["0", "201", "x"])
def test_a_limit_outside_1_to_200_is_a_400(api, limit):
    query = {"start": "2026-12-07", "end": "2026-12-08", "limit": limit}

    assert api.get("/api/v1/slots/", query).status_code == 400


@pytest.mark.parametrize(
    ("starts_at", "reasons"),
    [
        (text(TEN), []),
        (text(NINE), ["taken"]),
        ("2026-12-07T09:30:00Z", ["off_grid"]),
        ("2026-12-07T08:30:00Z", ["off_grid", "taken"]),
        ("2026-12-07T08:00:00.5Z", ["off_grid", "taken"]),
        ("2026-12-07T07:00:00.5Z", ["outside_open_hours", "off_grid", "taken"]),
        ("2026-12-07T09:00:00.5Z", ["off_grid"]),
        ("2026-12-07T10:00:00.5Z", ["outside_open_hours", "off_grid"]),
        ("2026-12-14T08:00:00Z", ["day_off"]),
        ("2026-11-30T08:00:00Z", ["too_soon"]),
        ("2028-01-04T08:00:00Z", ["outside_open_hours", "too_far"]),
    ],
)
def test_why_not_names_every_rule_and_never_whose_booking_it_is(
    api, specialist, booking, starts_at, reasons
):
    DayOffFactory(specialist=specialist, date=datetime(2026, 12, 14, tzinfo=UTC).date())

    answer = api.get(
        f"/api/v1/specialists/{specialist.pk}/why-not/", {"starts_at": starts_at}
    ).json()

    assert answer["bookable"] is (reasons == [])
    assert [reason["code"] for reason in answer["reasons"]] == reasons
    assert booking.client_name not in str(answer)


@pytest.mark.parametrize(
    ("rule", "starts_at", "reasons"),
    [
        ({"min_notice_minutes": 6 * 24 * 60}, NINE, []),
        ({"min_notice_minutes": 6 * 24 * 60 + 1}, NINE, ["too_soon"]),
        ({"max_advance_days": 6}, NINE, []),
        ({"max_advance_days": 5}, NINE, ["too_far"]),
        ({"slot_step_minutes": 30}, NINE + timedelta(minutes=30), []),
        ({"duration_minutes": 180}, NINE, []),
        ({"duration_minutes": 181}, NINE, ["outside_open_hours"]),
    ],
)
def test_the_rules_of_a_service_are_its_own(client, specialist, rule, starts_at, reasons):
    """It is six days to the start, to the minute. The site's own rules would let all through."""
    Booking.objects.all().delete()
    service = ServiceFactory(specialists=[specialist], **{"duration_minutes": 60, **rule})
    asked = {"starts_at": text(starts_at), "service": str(service.pk)}

    shown = client.get(f"/api/v1/specialists/{specialist.pk}/why-not/", asked).json()
    answer = client.post(BOOKINGS, {"specialist": str(specialist.pk), **asked})

    assert [reason["code"] for reason in shown["reasons"]] == reasons
    used = [code for code, _ in errors(answer)] if reasons else []
    assert (answer.status_code, used) == (
        (409, ["slot_unavailable", *reasons]) if reasons else (201, [])
    )


@pytest.mark.parametrize(
    ("notice", "status"),
    [(6 * 24 * 60, 200), (6 * 24 * 60 + 1, 409), (0, 200)],
)
@pytest.mark.parametrize("verb", ["cancel/", "reschedule/"])
def test_until_when_a_client_changes_a_booking_is_for_its_service_to_say(
    signed_in, specialist, notice, status, verb
):
    service = ServiceFactory(
        specialists=[specialist], duration_minutes=60, cancellation_notice_minutes=notice
    )
    booking = BookingFactory(specialist=specialist, service=service, starts_at=NINE)
    body = {"starts_at": text(TEN)} if verb == "reschedule/" else {}

    answer = signed_in(booking.client).post(address(booking, verb), body)

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("starts_at", "more", "reasons"),
    [
        (TEN, {}, []),
        (TEN, {"service": "offered"}, []),
        (TEN, {"service": "buffered"}, ["taken"]),
        (TEN, {"service": "foreign"}, ["service_not_offered"]),
        (TEN, {"service": "resting"}, ["inactive"]),
        (NINE, {"duration_minutes": 180}, ["taken"]),
        (NINE + timedelta(minutes=90), {"duration_minutes": 90}, []),
        (TEN, {"duration_minutes": 90}, ["off_grid"]),
    ],
)
def test_why_not_asks_for_the_service_or_the_length_that_is_wanted(
    api, specialist, booking, starts_at, more, reasons
):
    hour = {"duration_minutes": 60}
    services = {
        "offered": ServiceFactory(specialists=[specialist], **hour),
        "buffered": ServiceFactory(specialists=[specialist], buffer_before_minutes=1, **hour),
        "foreign": ServiceFactory(**hour),
        "resting": ServiceFactory(specialists=[specialist], is_active=False, **hour),
    }
    if "service" in more:
        more = {"service": str(services[more["service"]].pk)}

    answer = api.get(
        f"/api/v1/specialists/{specialist.pk}/why-not/", {"starts_at": text(starts_at), **more}
    )

    assert [reason["code"] for reason in answer.json()["reasons"]] == reasons


def test_why_not_says_in_words_that_time_is_blocked_and_who_takes_no_bookings(api, specialist):
    AvailabilityFactory(
        specialist=specialist, starts_at=NINE, ends_at=TEN, is_available=False, reason="Dentist"
    )
    specialist.is_active = False
    specialist.save()

    answer = api.get(
        f"/api/v1/specialists/{specialist.pk}/why-not/", {"starts_at": text(NINE)}
    ).json()

    assert answer == {
        "bookable": False,
        "reasons": [
            {
                "code": "inactive",
                "detail": "The specialist or the service takes no bookings at present.",
            },
            {"code": "blocked", "detail": "The specialist is not available at this time."},
        ],
    }


def test_why_not_needs_a_start(api, specialist):
    answer = api.get(f"/api/v1/specialists/{specialist.pk}/why-not/")

    assert (answer.status_code, errors(answer)) == (400, [("required", "starts_at")])


def test_the_reason_shown_is_the_reason_used(client, specialist, booking):
    """Every quarter of an hour of the day: what why-not says is what booking says."""
    for quarter in range(24 * 4):
        at = text(datetime(2026, 12, 7, tzinfo=UTC) + quarter * timedelta(minutes=15))
        shown = client.get(
            f"/api/v1/specialists/{specialist.pk}/why-not/", {"starts_at": at}
        ).json()
        answer = client.post(BOOKINGS, {"specialist": str(specialist.pk), "starts_at": at})

        used = [code for code, _ in errors(answer)] if answer.status_code == 409 else []
        codes = [reason["code"] for reason in shown["reasons"]]
        head = ["slot_taken" if "taken" in codes else "slot_unavailable"] if codes else []
        expected = [*head, *(code for code in codes if code != "taken")]
        assert used == expected, at
        if answer.status_code == 201:
            client.post(f"{BOOKINGS}{answer.json()['id']}/cancel/", {})


def test_both_occurrences_of_an_hour_can_be_booked_and_the_missing_one_cannot(client):
    """Berlin: on 2027-03-28 the clock jumps from 2 to 3, on 2027-10-31 from 3 back to 2."""
    anna = SpecialistFactory(time_zone="Europe/Berlin")
    ScheduleFactory(specialist=anna, weekday=6, start_time=time(0), end_time=time(4))

    offered = {
        day: client.get(
            f"/api/v1/specialists/{anna.pk}/slots/",
            {"start": day, "end": f"{day[:-2]}{int(day[-2:]) + 1:02}"},
        ).json()["slots"]
        for day in ("2027-03-28", "2027-10-30")
    }
    spring = [slot["starts_at"] for slot in offered["2027-03-28"]]
    autumn = [
        slot["starts_at"]
        for slot in client.get(
            f"/api/v1/specialists/{anna.pk}/slots/", {"start": "2027-10-31", "end": "2027-11-01"}
        ).json()["slots"]
    ]
    booked = [
        client.post(BOOKINGS, {"specialist": str(anna.pk), "starts_at": at}).status_code
        for at in (*spring, *autumn)
    ]

    assert spring == [
        f"2027-03-28T{at}" for at in ("00:00:00+01:00", "01:00:00+01:00", "03:00:00+02:00")
    ]
    assert autumn == [
        f"2027-10-31T{at}"
        for at in (
            "00:00:00+02:00",
            "01:00:00+02:00",
            "02:00:00+02:00",
            "02:00:00+01:00",
            "03:00:00+01:00",
        )
    ]
    assert booked == [201] * 8


def test_a_day_whose_midnight_does_not_exist_begins_when_the_gap_ends(api):
    """Cairo, 2027-04-30: after 23:59 comes 01:00."""
    specialist = SpecialistFactory(time_zone="Africa/Cairo")
    ScheduleFactory(specialist=specialist, weekday=4, start_time=time(0), end_time=time(3))

    slots = api.get(
        f"/api/v1/specialists/{specialist.pk}/slots/", {"start": "2027-04-30", "end": "2027-05-01"}
    ).json()["slots"]

    assert [slot["starts_at"] for slot in slots] == [
        "2027-04-30T01:00:00+03:00",
        "2027-04-30T02:00:00+03:00",
    ]


def calendar(client, booking):
    answer = client.get(f"{BOOKINGS}{booking.pk}/calendar.ics")
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        200,
        "text/calendar; charset=utf-8",
    )
    return answer.content


def test_the_calendar_file_follows_the_booking(client, specialist, booking):
    specialist.location = "Hall; 1, Berlin\x07"
    specialist.save()
    made = calendar(client, booking)
    client.post(address(booking, "reschedule/"), {"starts_at": text(TEN)})
    moved = calendar(client, booking)
    client.post(address(booking, "cancel/"), {})
    cancelled = calendar(client, booking)

    def gist(content):
        parsed = Calendar.from_ical(content)
        (event,) = parsed.walk("VEVENT")
        return (
            str(parsed["METHOD"]),
            str(event["UID"]),
            event["SEQUENCE"],
            str(event["STATUS"]),
            event.decoded("DTSTART"),
            event.decoded("DTEND"),
            str(event["SUMMARY"]),
            str(event["LOCATION"]),
        )

    uid, rest = f"{booking.pk}@coachbot", ("Appointment with Anna Roth", "Hall; 1, Berlin")
    assert [gist(content) for content in (made, moved, cancelled)] == [
        ("PUBLISH", uid, 0, "CONFIRMED", NINE, TEN, *rest),
        ("PUBLISH", uid, 1, "CONFIRMED", TEN, ELEVEN, *rest),
        ("CANCEL", uid, 2, "CANCELLED", TEN, ELEVEN, *rest),
    ]
    assert max(len(line) for line in made.split(b"\r\n")) <= 75


def test_another_reader_of_calendars_finds_the_same_in_the_file(client, booking):
    event = vobject.readOne(calendar(client, booking).decode()).vevent

    assert (event.uid.value, event.sequence.value) == (f"{booking.pk}@coachbot", "0")
    assert (event.dtstart.value, event.dtend.value) == (NINE, TEN)
    assert event.summary.value == "Appointment with Anna Roth"


def test_a_booking_and_its_calendar_file_are_found_by_the_id_in_capitals(client, booking):
    place = f"{BOOKINGS}{str(booking.pk).upper()}/"

    assert [client.get(at).status_code for at in (place, f"{place}calendar.ics")] == [200, 200]


def test_the_calendar_file_names_the_service_and_the_reference_of_what_is_not_settled(
    signed_in, specialist
):
    service = ServiceFactory(name="Check-up", specialists=[specialist])
    booking = BookingFactory(
        specialist=specialist, service=service, status="pending", starts_at=NINE
    )

    [event] = Calendar.from_ical(calendar(signed_in(booking.client), booking)).walk("VEVENT")

    assert {name: str(event[name]) for name in ("STATUS", "SUMMARY", "DESCRIPTION")} == {
        "STATUS": "TENTATIVE",
        "SUMMARY": "Check-up with Anna Roth",
        "DESCRIPTION": f"Reference {booking.reference}",
    }


def test_the_calendar_file_of_a_foreign_booking_is_not_there(signed_in, booking):
    answer = signed_in(UserFactory()).get(f"{BOOKINGS}{booking.pk}/calendar.ics")

    assert (answer.status_code, errors(answer)) == (404, [("not_found", None)])
