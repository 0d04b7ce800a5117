"""A clinic with two specialists, a client from Tokyo who reads German, and who got which mail."""

from datetime import UTC, datetime, time

import pytest
from django.core import mail

from scheduling import services
from scheduling.queries import Wish
from tests.factories import (
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
)
from tests.jobs import failures, work

NINE, TEN, ELEVEN = (datetime(2026, 12, 7, hour, tzinfo=UTC) for hour in (8, 9, 10))
SITE = "https://clinic.example"
GUEST = services.Contact("Gus Guest", "gus@example.com", "+49 30 1", "de")


class Clinic:
    def __init__(self):
        self.anna, self.ben = (
            SpecialistFactory(
                name=name,
                location="Room 1",
                user=UserFactory(
                    username=name.lower(), user_type="specialist", email=f"{name.lower()}@work.eu"
                ),
            )
            for name in ("Anna", "Ben")
        )
        for each in (self.anna, self.ben):
            ScheduleFactory(specialist=each, start_time=time(9), end_time=time(12))
        people = [self.anna, self.ben]
        self.massage = ServiceFactory(name="Massage", duration_minutes=60, specialists=people)
        self.surgery = ServiceFactory(
            name="Surgery", duration_minutes=60, requires_confirmation=True, specialists=people
        )
        self.kim = UserFactory(
            username="kim", email="kim@home.eu", language="de", time_zone="Asia/Tokyo"
        )
        self.staff = StaffFactory()

    def book(self, now, service=None, *, client=None, actor=None, at=NINE, guest=GUEST):
        wish = Wish(self.anna, service or self.massage)
        contact = services.Contact() if client else guest
        booked = services.book(
            wish=wish, starts_at=at, client=client, contact=contact, actor=actor, now=now
        )
        return booked.booking


@pytest.fixture
def clinic(db, settings):
    settings.SITE_URL = SITE
    return Clinic()


@pytest.fixture
def delivered(frozen):
    """`delivered()` has the worker run, and gives what was sent since by who got it."""

    def deliver():
        mail.outbox.clear()
        work()
        assert failures() == {}
        return {message.to[0]: message for message in mail.outbox}

    return deliver


def calendar_in(message):
    """The invitation that a mail carries, which is the same as a file; None without."""
    parts = [
        part for part in message.message().walk() if part.get_content_type() == "text/calendar"
    ]
    files = [content for name, content, _ in message.attachments if name == "invite.ics"]
    assert [part.get_payload(decode=True) for part in parts] == files
    return (parts[0].get_param("method"), files[0]) if parts else None
