"""Who waits is told of an offer once, and takes it or lets it pass by its link."""

from datetime import timedelta

import pytest
import time_machine

from coachbot.jobs.topics import announce
from scheduling.models import Booking, Hold, WaitingListEntry
from tests.factories import HoldFactory, WaitingListEntryFactory
from tests.notifications.conftest import NINE, SITE, TEN

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(clinic, now):
    entry = WaitingListEntryFactory(
        client=clinic.kim,
        specialist=clinic.anna,
        service=clinic.massage,
        status="offered",
        earliest=NINE,
        latest=TEN,
    )
    hold = HoldFactory(
        entry=entry,
        specialist=clinic.anna,
        starts_at=NINE,
        ends_at=TEN,
        expires_at=now + timedelta(hours=2),
    )
    announce("waiting_list.offered", entry=str(entry.pk))
    announce("waiting_list.offered", entry=str(entry.pk))
    return hold


@pytest.fixture
def link(offer, delivered):
    [message] = delivered().values()
    assert message.subject == "Für Sie frei: Massage, Montag, 7. Dezember 2026, 17:00"
    assert "Dienstag, 1. Dezember 2026, 19:00, Asia/Tokyo (UTC+09:00)" in message.body
    [found] = [line for line in message.body.splitlines() if line.startswith(SITE)]
    return found.removeprefix(SITE)


def test_an_offer_is_taken_by_its_link_and_looking_takes_nothing(client, offer, link, delivered):
    looked = client.get(link)
    before = WaitingListEntry.objects.get().status
    answer = client.post(link, {"deed": "accept"})
    again = client.post(link, {"deed": "accept"})

    assert "Annehmen" in looked.content.decode()
    assert (looked.status_code, before) == (200, "offered")
    assert (answer.status_code, again.status_code) == (303, 409)
    assert "Er gehört Ihnen" in client.get(answer.url).content.decode()
    assert [(row.starts_at, row.client) for row in Booking.objects.all()] == [
        (NINE, offer.entry.client)
    ]
    assert delivered()["kim@home.eu"].subject.startswith("Gebucht: Massage")


def test_an_offer_is_let_pass_and_one_that_is_over_is_not_taken(client, offer, link):
    with time_machine.travel(offer.expires_at, tick=False):
        late = client.post(link, {"deed": "accept"})
    answer = client.post(link, {"deed": "decline"})

    assert (late.status_code, answer.status_code) == (409, 303)
    assert "Dieses Angebot gilt nicht mehr." in late.content.decode()
    assert Hold.objects.get().outcome == "declined"
    assert not Booking.objects.exists()


def test_an_offer_that_is_over_when_the_worker_comes_is_not_told_of(offer, delivered):
    with time_machine.travel(offer.expires_at, tick=False):
        assert delivered() == {}
