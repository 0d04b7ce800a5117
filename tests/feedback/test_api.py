"""Feedback over REST. It is Tuesday 2026-12-01, 08:00 UTC; roles are in tests/access."""

from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
from rest_framework.test import APIClient

from coachbot.environment import Rate
from feedback.models import Feedback
from scheduling.models.booking import hash_token
from tests.conftest import NOW
from tests.factories import (
    BookingFactory,
    FeedbackFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

FEEDBACK, SPECIALISTS = "/api/v1/feedback/", "/api/v1/specialists/"
PUBLIC = {"id", "specialist", "rating", "comment", "reply", "author", "created_at"}
PRIVATE = {"booking", "is_hidden", "editable_until", "updated_at"}
DAY = timedelta(days=1)


@pytest.fixture
def user():
    return UserFactory(username="kim", first_name="Kim", last_name="Berger")


@pytest.fixture
def kim(user, signed_in):
    return signed_in(user)


@pytest.fixture
def booking(user):
    return BookingFactory(client=user, status="completed")


@pytest.fixture
def staff(signed_in):
    return signed_in(StaffFactory())


def told(answer):
    if answer.status_code < 300:
        return answer.status_code
    return answer.status_code, [(each["code"], each["attr"]) for each in answer.json()["errors"]]


def about(booking, **more):
    return {"booking": str(booking.pk), "rating": 4, **more}


def page(row):
    return f"{FEEDBACK}{row.pk}/"


def ids(answer):
    return [row["id"] for row in answer.json()["results"]]


def several(specialist, number, **fields):
    """One a day, the newest last."""
    return [
        FeedbackFactory(
            booking__specialist=specialist,
            booking__starts_at=datetime(2026, 11, 1 + day, 9, tzinfo=UTC),
            created_at=datetime(2026, 11, 2 + day, 9, tzinfo=UTC),
            **fields,
        )
        for day in range(number)
    ]


def walk(api, address, way):
    """The ids of each page, and the address of the last."""
    pages, last = [], address
    while address:
        answer, last = api.get(address), address
        pages.append(ids(answer))
        address = answer.json()[way]
    return pages, last


# --- Rating -------------------------------------------------------------------------------------


def test_a_client_rates_a_booking_that_took_place(kim, booking):
    answer = kim.post(FEEDBACK, about(booking, comment="Patient."))

    row = Feedback.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": str(row.pk),
        "specialist": str(booking.specialist_id),
        "rating": 4,
        "comment": "Patient.",
        "reply": "",
        "author": "Kim B.",
        "created_at": "2026-12-01T08:00:00Z",
        "booking": str(booking.pk),
        "is_hidden": False,
        "editable_until": "2026-12-15T08:00:00Z",
        "updated_at": "2026-12-01T08:00:00Z",
    }


def test_a_guest_rates_the_booking_whose_token_they_hold(api):
    booking = BookingFactory(
        client=None,
        client_name="Lee Anna Roth",
        manage_token_hash=hash_token("secret"),
        status="completed",
    )
    guest = APIClient(HTTP_X_MANAGE_TOKEN="secret")

    answers = [
        api.post(FEEDBACK, about(booking)),
        APIClient(HTTP_X_MANAGE_TOKEN="another").post(FEEDBACK, about(booking)),
        guest.post(FEEDBACK, about(booking)),
        guest.get(FEEDBACK, {"mine": "true"}),
    ]

    assert [answer.status_code for answer in answers] == [401, 404, 201, 200]
    assert answers[2].json()["author"] == "Lee R."
    assert ids(answers[3]) == [answers[2].json()["id"]]
    assert guest.patch(page(Feedback.objects.get()), {"rating": 1}).json()["rating"] == 1


@pytest.mark.parametrize("status", ["pending", "confirmed", "cancelled", "no_show"])
def test_what_has_not_taken_place_is_not_rated(kim, user, status):
    booking = BookingFactory(client=user, status=status)

    assert told(kim.post(FEEDBACK, about(booking))) == (409, [("not_completed", None)])


def test_what_is_rated_is_not_rated_again(kim, booking):
    FeedbackFactory(booking=booking)

    assert told(kim.post(FEEDBACK, about(booking))) == (409, [("already_rated", None)])


def test_a_booking_of_somebody_else_is_as_if_it_did_not_exist(kim, user, booking):
    foreign = BookingFactory(specialist=SpecialistFactory(user=user), status="completed")
    missing = str(Feedback(booking=booking).pk)

    answers = [
        kim.post(FEEDBACK, about(foreign)), kim.post(FEEDBACK, {"booking": missing, "rating": 4})
    ]  # fmt: skip

    assert [told(answer) for answer in answers] == [(404, [("not_found", None)])] * 2
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("required", "booking"), ("required", "rating")]),
        ({"rating": 0}, [("min_value", "rating")]),
        ({"rating": 6}, [("max_value", "rating")]),
        ({"rating": 4.5}, [("invalid", "rating")]),
        ({"rating": None}, [("null", "rating")]),
        ({"booking": "K7QX4M2P"}, [("invalid", "booking")]),
        ({"comment": "x" * 2001}, [("max_length", "comment")]),
        ({"comment": "a\x00b"}, [("null_characters_not_allowed", "comment")]),
        ({"reply": "Mine"}, [("unknown_field", "reply")]),
    ],
)
def test_what_cannot_be_meant_is_a_400_that_names_it(kim, booking, body, expected):
    given = {**about(booking), **body} if body else body

    assert told(kim.post(FEEDBACK, given)) == (400, expected)
    assert not Feedback.objects.exists()


def test_a_rating_that_is_repeated_with_its_key_is_given_once(kim, booking):
    key = {"Idempotency-Key": "k1"}

    first, again = (kim.post(FEEDBACK, about(booking), headers=key) for _ in range(2))
    other = kim.post(FEEDBACK, about(booking, rating=1), headers=key)

    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again["Idempotent-Replayed"] == "true"
    assert told(other) == (422, [("idempotency_key_reused", None)])
    assert [row.rating for row in Feedback.objects.all()] == [4]


def test_it_is_throttled_as_everything_else(kim, booking, settings):
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "default": Rate(1, 60)}

    answers = [kim.post(FEEDBACK, about(booking)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 429]
    assert "Retry-After" in answers[1]


# --- Reading ------------------------------------------------------------------------------------


def test_the_public_reads_these_members_and_no_other(api, specialist):
    row = several(specialist, 1, rating=3, reply="Thank you")[0]

    answers = [api.get(FEEDBACK).json(), api.get(page(row)).json()]

    document = {
        "id": str(row.pk),
        "specialist": str(specialist.pk),
        "rating": 3,
        "comment": "Patient and clear.",
        "reply": "Thank you",
        "author": "Kim B.",
        "created_at": "2026-11-02T09:00:00Z",
    }
    assert answers == [{"next": None, "previous": None, "results": [document]}, document]


def test_what_is_hidden_is_there_for_staff_and_its_author(api, kim, staff, booking, signed_in):
    row = FeedbackFactory(booking=booking, hidden_at=NOW)
    specialist = UserFactory(user_type="specialist")
    type(booking.specialist).objects.update(user=specialist)
    readers = [api, signed_in(specialist), signed_in(UserFactory()), kim, staff]

    seen = [(len(ids(each.get(FEEDBACK))), each.get(page(row)).status_code) for each in readers]

    assert seen == [(0, 404), (0, 404), (0, 404), (0, 200), (1, 200)]
    assert [len(ids(each.get(f"{FEEDBACK}?mine=true"))) for each in (kim, api)] == [1, 0]
    assert kim.get(page(row)).json()["is_hidden"] is True


def test_what_is_private_is_told_to_its_author_and_to_staff(api, kim, staff, booking, signed_in):
    row = FeedbackFactory(booking=booking)

    members = [
        each.get(page(row)).json().keys() for each in (api, signed_in(UserFactory()), kim, staff)
    ]

    assert members == [PUBLIC, PUBLIC, PUBLIC | PRIVATE, PUBLIC | PRIVATE]


def test_feedback_on_a_specialist_who_was_removed_is_not_public(api, kim, staff, booking):
    FeedbackFactory(booking=booking)
    booking.specialist.delete()

    assert [len(ids(each.get(FEEDBACK))) for each in (api, kim, staff)] == [0, 1, 1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", [2, 1, 0], id="newest first"),
        pytest.param("ordering=created_at", [0, 1, 2], id="oldest first"),
        pytest.param("ordering=-rating", [2, 1, 0], id="best first"),
        pytest.param("rating=2", [1], id="rating"),
        pytest.param("created_after=2026-11-03T09:00:00Z", [2, 1], id="from an instant on"),
        pytest.param("created_before=2026-11-03T09:00:00Z", [0], id="before an instant"),
        pytest.param("is_hidden=true", [], id="hidden, for the public"),
        pytest.param("mine=true", [], id="nobody's own"),
        pytest.param("mine=false", [2, 1, 0], id="all others"),
        pytest.param("page_size=2", [2, 1], id="a page"),
    ],
)
def test_the_list_is_narrowed_and_ordered(api, specialist, query, expected):
    rows = several(specialist, 3)
    for stars, row in enumerate(rows, 1):
        Feedback.objects.filter(pk=row.pk).update(rating=stars)
    FeedbackFactory(booking__starts_at=datetime(2026, 11, 9, 9, tzinfo=UTC))

    answer = api.get(f"{FEEDBACK}?specialist={specialist.pk}&{query}".rstrip("&"))

    assert ids(answer) == [str(rows[place].pk) for place in expected]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("specialist=anna", ("invalid", "specialist")),
        ("rating=6", ("invalid_choice", "rating")),
        ("min_rating=4", ("unknown_parameter", "min_rating")),
        ("mine=yes", ("invalid_choice", "mine")),
        ("created_after=2026-11-03", ("invalid", "created_after")),
        ("ordering=comment", ("invalid_choice", "ordering")),
        ("cursor=x", ("invalid_cursor", "cursor")),
    ],
)
def test_what_the_list_does_not_know_is_refused(api, query, expected):
    assert told(api.get(f"{FEEDBACK}?{query}")) == (400, [expected])


def test_pages_lead_through_all_there_is(api, specialist):
    rows = several(specialist, 5)

    found, address = [], f"{FEEDBACK}?page_size=2"
    while address:
        answer = api.get(address)
        found += ids(answer)
        address = answer.json()["next"]

    assert found == [str(row.pk) for row in reversed(rows)]


@pytest.mark.parametrize("ordering", ["rating", "-rating"])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_pages_of_equal_ratings_lead_there_and_back(api, specialist, ordering, size):
    several(specialist, 2, rating=5)
    several(SpecialistFactory(), 7, rating=4)
    whole = ids(api.get(f"{FEEDBACK}?ordering={ordering}"))

    there, last = walk(api, f"{FEEDBACK}?ordering={ordering}&page_size={size}", "next")
    back, _ = walk(api, last, "previous")

    assert [*chain(*there)] == [*chain(*reversed(back))] == whole


def test_what_is_rated_meanwhile_shifts_no_page(api, specialist):
    several(specialist, 4, rating=4)
    answer = api.get(f"{FEEDBACK}?ordering=-rating&page_size=2")
    seen = ids(answer)
    FeedbackFactory(rating=4)

    following = ids(api.get(answer.json()["next"]))

    assert len({*seen, *following}) == 4


@pytest.mark.parametrize("number", [1, 20])
def test_reading_takes_the_same_queries_however_much_there_is(
    api, kim, staff, specialist, django_assert_num_queries, number
):
    several(specialist, number)

    with django_assert_num_queries(1):
        api.get(FEEDBACK)
    with django_assert_num_queries(2):  # and the session
        kim.get(FEEDBACK)
    with django_assert_num_queries(4):  # and the rights
        staff.get(FEEDBACK)


# --- The rating of a specialist -----------------------------------------------------------------


def test_a_specialist_shows_the_average_and_the_number_of_what_is_visible(api, staff, specialist):
    rows = several(specialist, 3, rating=4)
    Feedback.objects.filter(pk=rows[0].pk).update(rating=1)

    seen = [shown(api, specialist)]
    staff.post(f"{page(rows[0])}hide/", {"reason": "Insults"})
    seen.append(shown(api, specialist))
    staff.post(f"{page(rows[0])}unhide/", {"reason": "Rewritten"})
    seen.append(shown(api, specialist))

    assert seen == [(3.0, 3), (4.0, 2), (3.0, 3)]


def shown(api, specialist):
    document = api.get(f"{SPECIALISTS}{specialist.pk}/").json()
    return document["rating_average"], document["rating_count"]


def test_specialists_are_sorted_and_narrowed_by_rating_in_one_query_more_or_less(
    api, django_assert_num_queries
):
    anna, ben, _ = (SpecialistFactory(name=name) for name in ("Anna", "Ben", "Cleo"))
    several(anna, 2, rating=3)
    several(ben, 2, rating=5)

    with django_assert_num_queries(3):  # the number, the page, its services
        found = api.get(f"{SPECIALISTS}?ordering=-rating&min_rating=3").json()["results"]

    assert [(row["name"], row["rating_average"], row["rating_count"]) for row in found] == [
        ("Ben", 5.0, 2),
        ("Anna", 3.0, 2),
    ]


# --- Changing -----------------------------------------------------------------------------------


def test_its_author_changes_rating_and_comment_for_two_weeks(kim, booking):
    row = FeedbackFactory(booking=booking, created_at=NOW - 14 * DAY)

    changed = kim.patch(page(row), {"rating": 2, "comment": "On second thought"})
    Feedback.objects.update(created_at=NOW - 14 * DAY - timedelta(seconds=1))
    late = kim.patch(page(row), {"rating": 1})

    assert told(changed) == 200
    assert (changed.json()["rating"], changed.json()["comment"]) == (2, "On second thought")
    assert told(late) == (409, [("too_late_to_edit", None)])
    assert Feedback.objects.get().rating == 2


def test_nothing_to_change_changes_nothing(kim, booking):
    row = FeedbackFactory(booking=booking, created_at=NOW - 20 * DAY)

    assert told(kim.patch(page(row), {})) == 200


def test_the_specialist_replies_and_takes_it_back(signed_in, specialist):
    specialist.user = UserFactory(user_type="specialist")
    specialist.save()
    row = several(specialist, 1)[0]
    anna = signed_in(specialist.user)

    replied, taken_back = (anna.patch(page(row), {"reply": text}) for text in ("Thank you", ""))

    assert [answer.json()["reply"] for answer in (replied, taken_back)] == ["Thank you", ""]
    assert told(anna.patch(page(row), {"rating": 5})) == (403, [("permission_denied", None)])


def test_the_author_does_not_reply_and_staff_do_not_rate(kim, staff, booking):
    row = FeedbackFactory(booking=booking, rating=3)

    answers = [
        kim.patch(page(row), {"reply": "Mine"}),
        kim.patch(page(row), {"rating": 1, "reply": "Mine"}),
        staff.patch(page(row), {"rating": 5}),
        staff.patch(page(row), {"reply": "For Anna: thank you"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 200]
    row.refresh_from_db()
    assert (row.rating, row.reply) == (3, "For Anna: thank you")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"rating": 6}, ("max_value", "rating")),
        ({"comment": "x" * 2001}, ("max_length", "comment")),
        ({"author": "Kim Berger"}, ("unknown_field", "author")),
        ({"hidden_at": None}, ("unknown_field", "hidden_at")),
        ({"specialist": "anna"}, ("unknown_field", "specialist")),
    ],
)
def test_a_change_that_cannot_be_meant_is_a_400_that_names_it(kim, booking, body, expected):
    row = FeedbackFactory(booking=booking)

    assert told(kim.patch(page(row), body)) == (400, [expected])


# --- Hiding -------------------------------------------------------------------------------------


def test_staff_hide_and_show_with_a_reason(staff, booking):
    row = FeedbackFactory(booking=booking)

    answers = [
        staff.post(f"{page(row)}{verb}/", body)
        for verb, body in (
            ("unhide", {"reason": "Why not"}),
            ("hide", {}),
            ("hide", {"reason": " "}),
            ("hide", {"reason": "Insults"}),
            ("hide", {"reason": "Insults"}),
            ("unhide", {"reason": "Rewritten"}),
        )
    ]

    assert [told(answer) for answer in answers] == [
        (409, [("not_hidden", None)]),
        (400, [("required", "reason")]),
        (400, [("blank", "reason")]),
        200,
        (409, [("already_hidden", None)]),
        200,
    ]
    assert [answers[3].json()["is_hidden"], answers[5].json()["is_hidden"]] == [True, False]


def test_hiding_that_is_repeated_with_its_key_is_done_once(staff, booking):
    row = FeedbackFactory(booking=booking)

    answers = [
        staff.post(f"{page(row)}hide/", {"reason": "Insults"}, headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    ]

    assert [told(answer) for answer in answers] == [200, 200]
    assert answers[1]["Idempotent-Replayed"] == "true"
