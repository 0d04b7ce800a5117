"""Who makes, sees and replaces the address of a calendar feed, and what is told of it."""

import json
import logging
from io import StringIO

import pytest
from django.urls import reverse

from audit.models import AdminLog
from coachbot import logs
from coachbot.feeds.errors import HasAccount
from coachbot.feeds.models import CalendarFeed
from coachbot.feeds.services import make_feed
from coachbot.me.erasure import erase
from scheduling.errors import SpecialistDeleted
from tests.conftest import NOW
from tests.factories import (
    AuditorFactory,
    ReceptionistFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

MINE = "/api/v1/me/calendar-feed/"
NONE = dict.fromkeys(("address", "webcal", "created_at", "rotated_at", "last_read_at"))
MOMENT = "2026-12-01T08:00:00Z"


def entries():
    return [(each.action, each.resource_type, each.actor) for each in AdminLog.objects.all()]


def test_a_client_makes_an_address_sees_it_again_replaces_it_and_switches_it_off(client, signed_in):
    api = signed_in(UserFactory())

    before, made, again = api.get(MINE), api.post(MINE), api.get(MINE)
    client.get(made.json()["address"])
    read, replaced = api.get(MINE), api.post(MINE)
    off, twice, after = api.delete(MINE), api.delete(MINE), api.get(MINE)

    address, new = made.json()["address"], replaced.json()["address"]
    assert (before.status_code, before.json()) == (200, NONE)
    assert (made.status_code, made.json()) == (
        201,
        {
            "address": address,
            "webcal": address.replace("http://", "webcal://"),
            "created_at": MOMENT,
            "rotated_at": None,
            "last_read_at": None,
        },
    )
    assert again.json() == made.json()
    assert read.json()["last_read_at"] == MOMENT
    assert (replaced.json()["rotated_at"], replaced.json()["last_read_at"]) == (MOMENT, None)
    assert address.startswith("http://testserver/calendar/")
    assert len({address, new}) == 2
    assert [client.get(place).status_code for place in (address, new)] == [404, 404]
    assert [(answer.status_code, answer.content) for answer in (off, twice)] == [(204, b"")] * 2
    assert (after.json(), entries()) == (NONE, [])


def test_what_a_specialist_does_with_their_address_is_in_the_log_without_it(signed_in):
    user = UserFactory(user_type="specialist", username="anna")
    api = signed_in(user)

    addresses = [api.post(MINE).json()["address"] for _ in range(2)]
    api.delete(MINE)
    api.delete(MINE)

    assert entries() == [
        (f"calendar_feed.{done}", "accounts.user", "anna")
        for done in ("switched_off", "rotated", "made")
    ]
    told = json.dumps(list(AdminLog.objects.values()), default=str)
    secrets = [address.rpartition("/")[2].removesuffix(".ics") for address in addresses]
    assert [secret in told for secret in secrets] == [False, False]


def test_unknown_parameters_are_a_400(signed_in):
    answer = signed_in(UserFactory()).get(f"{MINE}?token=1")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_parameter")


def test_a_feed_is_in_the_export_and_goes_with_its_owner(client, signed_in):
    user = UserFactory()
    api = signed_in(user)
    address = api.post(MINE).json()["address"]

    exported = api.get("/api/v1/me/export/").json()
    erase(user=user, now=NOW)

    assert exported["calendar_feed"] == {
        "created_at": MOMENT,
        "rotated_at": None,
        "last_read_at": None,
    }
    assert address.rpartition("/")[2].removesuffix(".ics") not in json.dumps(exported)
    assert (client.get(address).status_code, CalendarFeed.objects.count()) == (404, 0)


def test_staff_make_none_for_who_has_an_account_or_is_removed():
    with_account = SpecialistFactory(user=UserFactory())
    removed = SpecialistFactory()
    removed.delete()

    for owner, refusal in ((with_account, HasAccount), (removed, SpecialistDeleted)):
        with pytest.raises(refusal):
            make_feed(owner=owner, actor=StaffFactory(), now=NOW)

    assert (CalendarFeed.objects.count(), entries()) == (0, [])


# --- The back office


def page_of(specialist):
    return reverse("admin:feeds_calendarfeed_of_specialist", args=[specialist.pk])


def address_on(response):
    return response.context["address"]


def test_a_manager_makes_replaces_and_switches_off_the_address_of_who_has_no_account(client):
    boss = StaffFactory(username="boss")
    client.force_login(boss)
    anna = SpecialistFactory(name="Anna")
    page, seen = page_of(anna), []

    for do in ("make", "make", "switch_off"):
        answer = client.post(page, {"do": do}, follow=True)
        seen.append((address_on(answer), [str(each) for each in answer.context["messages"]]))

    (first, told), (second, _), (none, gone) = seen
    assert [client.get(place).status_code for place in (first, second)] == [404, 404]
    assert (first != second, none) == (True, None)
    assert (told, gone) == (
        ["This is the address. Give it to nobody but the specialist."],
        ["The address leads nowhere now."],
    )
    assert entries() == [
        (f"calendar_feed.{done}", "scheduling.specialist", "boss")
        for done in ("switched_off", "rotated", "made")
    ]


def test_the_address_that_is_shown_is_read_by_calendars(client):
    client.force_login(StaffFactory())
    anna = SpecialistFactory(name="Anna")
    shown = address_on(client.post(page_of(anna), {"do": "make"}, follow=True))
    again = client.get(page_of(anna))
    client.logout()

    assert (address_on(again), shown in again.content.decode()) == (shown, True)
    assert client.get(shown).status_code == 200


@pytest.mark.parametrize("who", [ReceptionistFactory, AuditorFactory])
def test_other_staff_see_that_there_is_one_and_no_more(client, who):
    anna = SpecialistFactory()
    feed = make_feed(owner=anna, actor=StaffFactory(), now=NOW)
    client.force_login(who())

    shown = client.get(page_of(anna))

    assert (shown.status_code, address_on(shown)) == (200, None)
    assert (b"There is an address" in shown.content, feed.secret in shown.content.decode()) == (
        True,
        False,
    )
    assert client.post(page_of(anna), {"do": "make"}).status_code == 403
    assert CalendarFeed.objects.get().secret == feed.secret


def test_staff_see_that_a_specialist_with_an_account_has_one_and_make_none(client):
    user = UserFactory(user_type="specialist")
    anna = SpecialistFactory(user=user)
    feed = make_feed(owner=user, actor=user, now=NOW)
    client.force_login(StaffFactory())

    shown, refused = client.get(page_of(anna)), client.post(page_of(anna), {"do": "make"})
    after = client.get(page_of(anna))

    assert b"They have an address of their own" in shown.content
    assert feed.secret not in shown.content.decode()
    assert refused.status_code == 302
    assert [str(each) for each in after.context["messages"]] == [
        "Nothing was changed. They have an account: the address is theirs to make."
    ]
    assert [each.owner for each in CalendarFeed.objects.all()] == [user]


def test_the_page_of_a_specialist_leads_there_and_what_is_no_verb_is_a_400(client):
    client.force_login(StaffFactory())
    anna = SpecialistFactory()

    page = client.get(reverse("admin:scheduling_specialist_change", args=[anna.pk]))
    answer = client.post(page_of(anna), {"do": "publish"})

    assert (page_of(anna) in page.content.decode(), answer.status_code) == (True, 400)


# --- What the log says


@pytest.mark.parametrize("form", [logs.JSON, logs.Console])
def test_no_line_of_the_log_holds_an_address(client, monkeypatch, form):
    """Nor does that of a request that fails, of which Django itself tells the path."""
    feed = make_feed(owner=UserFactory(), actor=StaffFactory(), now=NOW)
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form())
    logging.getLogger().addHandler(handler)
    client.raise_request_exception = False
    places = [f"/calendar/{feed.secret}{end}" for end in (".ics", ".ics/", "", "/x?y=1")]

    statuses = [client.get(place).status_code for place in places]
    monkeypatch.setattr("coachbot.feeds.views.calendar_for", fail)
    statuses.append(client.get(places[0]).status_code)
    logging.getLogger().removeHandler(handler)

    lines = stream.getvalue()
    assert statuses == [200, 404, 404, 404, 500]
    assert lines.count("/calendar/***") == 7
    assert "Internal Server Error: /calendar/***" in lines
    assert feed.secret not in lines


def fail(feed, today):
    raise OSError("/calendar/" + feed.secret)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("/calendar/abc.ics", "/calendar/***"),
        ("Not Found: /calendar/abc.ics", "Not Found: /calendar/***"),
        ("at 'https://example.com/calendar/abc.ics'", "at 'https://example.com/calendar/***'"),
        ("/admin/scheduling/booking/calendar/x/", "/admin/scheduling/booking/calendar/x/"),
        ("/api/v1/bookings/x/calendar.ics", "/api/v1/bookings/x/calendar.ics"),
    ],
)
def test_a_secret_address_is_masked_and_no_other(text, masked):
    assert logs.masked(text) == masked
