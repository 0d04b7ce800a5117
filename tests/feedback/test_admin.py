"""Feedback in the back office. It is Tuesday 2026-12-01, 08:00 UTC; roles are in tests/access."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import RequestFactory
from django.urls import reverse

from audit.models import AdminLog
from feedback.figures import Ratings, months_until, standing_of
from feedback.models import Feedback
from tests.factories import (
    BookingFactory,
    FeedbackFactory,
    ReceptionistFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

LIST = reverse("admin:feedback_feedback_changelist")


@pytest.fixture
def rosa(client):
    rosa = StaffFactory(username="rosa", time_zone="Europe/Berlin")
    client.force_login(rosa)
    return rosa


def given(specialist, day, rating, **fields):
    """On that day of November or later, at 09:00 UTC."""
    at = datetime(2026, 11, 1, 9, tzinfo=UTC) + (day - 1) * timedelta(days=1)
    return FeedbackFactory(
        booking__specialist=specialist,
        booking__starts_at=at - timedelta(hours=2),
        created_at=at,
        rating=rating,
        **fields,
    )


def shown(answer):
    return [row.pk for row in answer.context["cl"].result_list]


def rows_of(link, user):
    """How many rows the list at `link` has for `user`."""
    request = RequestFactory().get(link)
    request.user = user
    return admin.site.get_model_admin(Feedback).get_changelist_instance(request).result_count


def statistics(specialist):
    return reverse("admin:feedback_feedback_statistics", args=[specialist.pk])


# --- The list, and hiding -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", ["hidden", "late", "early"], id="newest first"),
        pytest.param("hidden=no", ["late", "early"], id="visible"),
        pytest.param("hidden=yes", ["hidden"], id="hidden"),
        pytest.param("rating__exact=2", ["early"], id="rating"),
        pytest.param("created_at_from=2026-11-03", ["hidden", "late"], id="from a day on"),
        pytest.param("created_at_to=2026-11-02", ["early"], id="to a day"),
        pytest.param("q=k7qx-4m2p", ["early"], id="reference"),
        pytest.param("q=lee@example.com", ["late"], id="email address"),
        pytest.param("q=Nobody", [], id="nobody"),
    ],
)
def test_the_list_is_narrowed_and_searched(client, rosa, query, expected):
    anna = SpecialistFactory()
    rows = {
        "early": given(anna, 2, 2, booking__reference="K7QX4M2P"),
        "late": given(anna, 3, 5, booking__client_email="lee@example.com"),
        "hidden": given(anna, 4, 1, hidden_at=datetime(2026, 11, 5, tzinfo=UTC)),
    }

    assert shown(client.get(f"{LIST}?{query}")) == [rows[name].pk for name in expected]


@pytest.mark.parametrize("number", [1, 20])
def test_the_list_takes_the_same_queries_however_much_there_is(
    client, rosa, django_assert_num_queries, number
):
    for day in range(1, number + 1):
        given(SpecialistFactory(), day, 4, booking__client=UserFactory())

    with django_assert_num_queries(9):
        client.get(LIST)


def test_hiding_asks_for_a_reason_first(client, rosa):
    row = FeedbackFactory(comment="<b>Insults</b>")
    chosen = {"action": "hide", "_selected_action": [str(row.pk)]}

    pages = [
        client.post(LIST, chosen),
        client.post(LIST, {**chosen, "sure": "1", "reason": " "}),
        client.get(reverse("admin:feedback_feedback_hide_this", args=[row.pk])),
    ]

    for page in pages:
        assert page.status_code == 200
        assert "&lt;b&gt;Insults" in page.content.decode()
    assert pages[1].context["form"].errors == {"reason": ["This field is required."]}
    assert not AdminLog.objects.exists()


def test_hiding_and_showing_leave_one_entry_each(client, rosa):
    row = FeedbackFactory()
    chosen = {"_selected_action": [str(row.pk)], "reason": "Insults", "sure": "1"}

    told = []
    for verb in ("hide", "unhide", "unhide"):
        row.refresh_from_db()
        seen = {f"seen-{row.pk}": row.updated_at.isoformat()}
        page = client.post(LIST, {**chosen, **seen, "action": verb})
        told += [refusal for _, refusal in page.context["results"]]

    assert told == ["", "", "This feedback is not hidden."]
    entries = AdminLog.objects.order_by("sequence")
    assert [(each.action, each.actor, each.readable_reason) for each in entries] == [
        ("feedback.hidden", "rosa", "Insults"),
        ("feedback.unhidden", "rosa", "Insults"),
    ]


def test_who_may_only_look_hides_nothing(client):
    client.force_login(ReceptionistFactory())
    row = FeedbackFactory()

    pages = [
        client.get(reverse("admin:feedback_feedback_hide_this", args=[row.pk])),
        client.post(LIST, {"action": "hide", "_selected_action": [str(row.pk)], "reason": "No"}),
    ]

    assert pages[0].status_code == 403
    row.refresh_from_db()
    assert not row.is_hidden


def test_the_page_of_a_row_leads_on(client, rosa):
    row = FeedbackFactory(rating=2)

    page = client.get(reverse("admin:feedback_feedback_change", args=[row.pk])).content.decode()

    for link in (
        reverse("admin:scheduling_specialist_change", args=[row.specialist_id]),
        reverse("admin:scheduling_booking_change", args=[row.booking_id]),
        reverse("admin:feedback_feedback_hide_this", args=[row.pk]),
        reverse("admin:feedback_feedback_history", args=[row.pk]),
        statistics(row.specialist),
    ):
        assert f'href="{link}"' in page
    assert "★★" in page
    assert reverse("admin:feedback_feedback_unhide_this", args=[row.pk]) not in page


def test_the_list_goes_out_as_a_file(client, rosa):
    row = given(SpecialistFactory(name="Anna"), 2, 4, comment="=1+1", reply="Thank you")

    answer = client.get(reverse("admin:feedback_feedback_export_csv"))

    heading, line = b"".join(answer.streaming_content).decode("utf-8-sig").split("\r\n")[:2]
    assert dict(zip(heading.split(","), line.split(","), strict=True)) == {
        "id": str(row.pk),
        "booking_reference": row.booking.reference,
        "specialist_id": str(row.specialist_id),
        "specialist": "Anna",
        "rating": "4",
        "comment": "'=1+1",
        "reply": "Thank you",
        "author": "Kim B.",
        "is_hidden": "no",
        "created_at_utc": "2026-11-02T09:00:00Z",
        "updated_at_utc": "2026-12-01T08:00:00Z",
    }


# --- A specialist in numbers --------------------------------------------------------------------


def test_the_figures_of_a_specialist(rosa):
    anna = SpecialistFactory()
    given(anna, 1, 5)
    given(anna, 2, 4, comment="")
    latest = given(anna, 3, 1, hidden_at=datetime(2026, 11, 5, tzinfo=UTC))
    given(anna, -40, 2)
    given(SpecialistFactory(), 3, 1)
    BookingFactory(specialist=anna, status="completed")
    BookingFactory(specialist=anna, status="cancelled")
    now = datetime(2026, 12, 1, 8, tzinfo=UTC)

    found = standing_of(anna, now=now, zone=rosa.time_zone, months=3)

    assert (dict(found.ratings.numbers), found.hidden, found.completed) == (
        {5: 1, 4: 1, 2: 1},
        1,
        5,
    )
    assert [(f"{days.first} {days.last}", dict(each.numbers)) for days, each in found.months] == [
        ("2026-10-01 2026-10-31", {}),
        ("2026-11-01 2026-11-30", {5: 1, 4: 1}),
        ("2026-12-01 2026-12-31", {}),
    ]
    assert found.latest[0] == latest
    assert len(found.latest) == 3
    assert found.rated_share == 4 / 5


def test_months_are_those_of_the_viewer(rosa):
    just_before_midnight = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    months = months_until(just_before_midnight, rosa.time_zone, number=2)

    assert [str(month.first) for month in months] == ["2026-12-01", "2027-01-01"]


def test_an_average_of_nothing_is_none():
    assert (Ratings({}).average, Ratings({5: 1, 2: 1}).average) == (None, 3.5)


@pytest.mark.parametrize("number", [1, 15])
def test_the_page_shows_them_in_the_same_queries(client, rosa, django_assert_num_queries, number):
    anna = SpecialistFactory(name="Anna <i>Roth</i>")
    for day in range(1, number + 1):
        given(anna, day, 4, comment="<script>alert(1)</script>")

    with django_assert_num_queries(9):
        answer = client.get(statistics(anna))

    page, found = answer.content.decode(), answer.context["standing"]
    assert "<script>alert(1)" not in page
    assert "<i>Roth" not in page
    assert found["average"] == "4.0"
    assert found["figures"][2]["number"] == f"100% ({number} of {number})"
    bars = json.loads(found["distribution_chart"])["datasets"][0]["data"]
    assert bars == [0, 0, 0, number, 0]
    assert len(found["latest"]) == min(number, 10)


def test_every_number_leads_to_as_many_rows(client, rosa):
    anna = SpecialistFactory()
    given(anna, 1, 5)
    given(anna, 2, 5)
    given(anna, 3, 1, hidden_at=datetime(2026, 11, 5, tzinfo=UTC))
    given(SpecialistFactory(), 3, 5)

    found = client.get(statistics(anna)).context["standing"]

    linked = [each for each in (*found["figures"], *found["lines"]) if "link" in each]
    assert [rows_of(each["link"], rosa) for each in linked] == [2, 1, 2, 0, 0, 0, 0]
    assert [each["number"] for each in linked] == [2, 1, 2, 0, 0, 0, 0]


def test_a_specialist_whom_nobody_has_rated_has_a_page_that_says_so(client, rosa):
    booking = BookingFactory(status="completed")

    page = client.get(statistics(booking.specialist)).content.decode()

    assert "No feedback yet" in page
    assert "1 booking took place so far." in page


def test_the_page_is_for_who_may_view_feedback(client):
    client.force_login(StaffFactory(groups=[]))
    foreign = client.get(statistics(SpecialistFactory()))
    client.force_login(ReceptionistFactory())
    missing = client.get(statistics(SpecialistFactory.build()))

    assert (foreign.status_code, missing.status_code) == (403, 404)


def test_the_page_of_a_specialist_leads_there(client, rosa):
    anna = SpecialistFactory()

    page = client.get(reverse("admin:scheduling_specialist_change", args=[anna.pk]))

    assert f'href="{statistics(anna)}"' in page.content.decode()


# --- The start page -----------------------------------------------------------------------------


def panel(client):
    return client.get(reverse("admin:index")).context["panels"]


def test_the_start_page_shows_the_ratings_of_the_last_weeks(client, rosa):
    anna = SpecialistFactory()
    given(anna, 30, 5)
    given(anna, 31, 4)
    given(anna, 23, 2)
    given(anna, 24, 1, hidden_at=datetime(2026, 11, 25, tzinfo=UTC))
    given(anna, -60, 1)

    found = panel(client)[0].content

    assert (found["number"], found["average"], len(found["lines"])) == (3, "3.7", 8)
    assert [(line["name"], line["number"], line["average"]) for line in found["lines"][-3:]] == [
        ("16 Nov – 22 Nov", 0, "–"),
        ("23 Nov – 29 Nov", 1, "2.0"),
        ("30 Nov – 06 Dec", 2, "4.5"),
    ]
    averages = json.loads(found["averages_chart"])["datasets"][0]["data"]
    assert averages == [None] * 6 + [2.0, 4.5]
    assert rows_of(found["link"], rosa) == 3
    assert [rows_of(line["link"], rosa) for line in found["lines"]] == [0] * 6 + [1, 2]
    assert urlsplit(found["link"]).path == LIST


def test_without_ratings_it_says_so(client, rosa):
    page = client.get(reverse("admin:index")).content.decode()

    assert "Nobody has rated a booking in these weeks." in page


def test_who_may_not_view_feedback_finds_no_panel(client):
    staff = StaffFactory(groups=[])
    staff.user_permissions.add(Permission.objects.get(codename="view_booking"))
    client.force_login(staff)

    assert panel(client) == []
