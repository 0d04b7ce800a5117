"""What requests are about, and who asks."""

from datetime import UTC, datetime, time, timedelta

from django.test import Client
from rest_framework.test import APIClient

from audit.services import record
from coachbot.chat.models import Chat
from coachbot.feeds.models import CalendarFeed
from scheduling.models.booking import hash_token
from tests.factories import (
    AuditorFactory,
    AvailabilityFactory,
    BookingFactory,
    ChatFactory,
    DayOffFactory,
    FeedbackFactory,
    HoldFactory,
    ReceptionistFactory,
    ScheduleFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    SuperuserFactory,
    UserFactory,
    WaitingListEntryFactory,
)

API = "/api/v1/"
# Slots of every specialist here, and an hour that has begun before the tests' NOW.
NINE, TEN = "2026-12-07T08:00:00Z", "2026-12-07T09:00:00Z"
HOUR = timedelta(hours=1)
AT_NINE = datetime(2026, 12, 7, 8, tzinfo=UTC)
THIS_MORNING = datetime(2026, 12, 1, 6, tzinfo=UTC)

TO_RATE, TO_WAIT = "POST /api/v1/feedback/", "POST /api/v1/waiting-list/"


def booking_of(specialist, starts_at=AT_NINE, **fields):
    token = hash_token(str(specialist.pk))
    return BookingFactory(
        specialist=specialist, starts_at=starts_at, manage_token_hash=token, **fields
    )


def waits_for(specialist, **fields):
    """Somebody to whom nine o'clock is offered."""
    entry = WaitingListEntryFactory(
        specialist=specialist,
        status="offered",
        manage_token_hash=hash_token(str(specialist.pk)),
        **fields,
    )
    HoldFactory(entry=entry, starts_at=AT_NINE)
    return entry


ROWS = {
    "specialists": lambda specialist, **fields: specialist,
    "services": lambda specialist, **fields: ServiceFactory(specialists=[specialist]),
    "bookings": booking_of,
    "feedback": lambda specialist, **fields: FeedbackFactory(
        booking=booking_of(specialist, status="completed"), **fields
    ),
    TO_RATE: lambda specialist: booking_of(specialist, status="completed"),
    "waiting-list": waits_for,
    TO_WAIT: lambda specialist: booking_of(specialist, ends_at=AT_NINE + 3 * HOUR),
    "schedules": lambda specialist, **fields: ScheduleFactory(specialist=specialist, weekday=1),
    "days-off": lambda specialist, **fields: DayOffFactory(specialist=specialist),
    "chats": lambda specialist, **fields: ChatFactory(),
    "admin-logs": lambda specialist, **fields: record("x", specialist),
    "availability": lambda specialist, **fields: AvailabilityFactory(specialist=specialist),
}
SWITCHING_OFF = "DELETE /api/v1/me/calendar-feed/"
ERASURE, PASSWORD = "DELETE /api/v1/me/", "correct horse battery"
# What the row must be before this can be done with it.
BEFORE = {
    "POST /api/v1/bookings/{id}/confirm/": {"status": "pending"},
    "POST /api/v1/bookings/{id}/complete/": {"starts_at": THIS_MORNING},
    "POST /api/v1/bookings/{id}/no-show/": {"starts_at": THIS_MORNING},
    "POST /api/v1/feedback/{id}/unhide/": {"hidden_at": THIS_MORNING},
}
PARAMETERS = {
    "GET /api/v1/specialists/{id}/slots/": "?start=2026-12-07&end=2026-12-08",
    "GET /api/v1/specialists/{id}/why-not/": f"?starts_at={NINE}",
    "GET /api/v1/slots/": "?start=2026-12-07&end=2026-12-08",
}
BODIES = {
    "POST /api/v1/specialists/": {"name": "Ben"},
    "PATCH /api/v1/specialists/{id}/": {"bio": "Knees"},
    "POST /api/v1/services/": {"name": "Massage"},
    "PATCH /api/v1/services/{id}/": {"description": "Hot stones"},
    "POST /api/v1/bookings/": {
        "specialist": "whom it is about",
        "starts_at": TEN,
        "client_name": "Kim Berger",
        "client_email": "kim@example.com",
    },
    "PATCH /api/v1/bookings/{id}/": {"notes": "Ring twice"},
    "POST /api/v1/bookings/{id}/cancel/": {"reason": "Flu"},
    "POST /api/v1/bookings/{id}/reschedule/": {"reason": "Flu", "starts_at": TEN},
    TO_WAIT: {
        "specialist": "whom it is about",
        "earliest": NINE,
        "latest": TEN,
        "client_name": "Kim Berger",
        "client_email": "kim@example.com",
    },
    "POST /api/v1/schedules/": {
        "specialist": "whom it is about",
        "weekday": 2,
        "start_time": "09:00",
        "end_time": "12:00",
    },
    "PATCH /api/v1/schedules/{id}/": {"end_time": "18:00"},
    "POST /api/v1/days-off/": {"specialist": "whom it is about", "date": "2026-12-24"},
    "PATCH /api/v1/days-off/{id}/": {"reason": "Holiday"},
    "POST /api/v1/availability/": {
        "specialist": "whom it is about",
        "starts_at": NINE,
        "ends_at": TEN,
    },
    "PATCH /api/v1/availability/{id}/": {"reason": "Market day"},
    TO_RATE: {"booking": "the row", "rating": 5},
    # Its specialist's part; its author's is in tests/feedback.
    "PATCH /api/v1/feedback/{id}/": {"reply": "Thank you"},
    "POST /api/v1/feedback/{id}/hide/": {"reason": "Insults"},
    "POST /api/v1/feedback/{id}/unhide/": {"reason": "Rewritten"},
    "PATCH /api/v1/chats/{id}/": {"title": "Knee"},
    "POST /api/v1/chats/{id}/messages/": {"content": "Hello"},
    "PATCH /api/v1/me/": {"first_name": "Kimberly"},
    ERASURE: {"password": PASSWORD},
}

STRANGERS = {
    "other_client": UserFactory,
    "other_specialist": lambda: make_specialist().user,
    "receptionist": ReceptionistFactory,
    "manager": StaffFactory,
    "auditor": AuditorFactory,
    "superuser": SuperuserFactory,
}


class World:
    """A specialist who works on Mondays, and the row of theirs that `operation` is about.

    An operation is a method and an address, in which `{id}` stands for the row's.
    """

    def __init__(self, operation):
        self.operation = operation
        self.specialist = make_specialist()
        ScheduleFactory(specialist=self.specialist, start_time=time(9), end_time=time(12))
        collection = operation.partition(API)[2].partition("/")[0]
        make = ROWS.get(operation) or ROWS.get(collection, ROWS["specialists"])
        self.row = make(self.specialist, **BEFORE.get(operation, {}))
        if operation.endswith("/restore/"):
            self.row.delete()

    def client_of(self, role):
        """An API client of whoever stands in that column of matrix.txt."""
        if role == "nobody":
            return APIClient()
        if role == "guest":
            return APIClient(HTTP_X_MANAGE_TOKEN=str(self.specialist.pk))
        if role == "other_guest":
            return APIClient(HTTP_X_MANAGE_TOKEN="of another booking")
        user = self.person(role)
        if self.operation == ERASURE:
            user.set_password(PASSWORD)
            user.save()
            SuperuserFactory()  # the last one could not go
        if self.operation == SWITCHING_OFF:
            CalendarFeed.objects.create(user=user)
        return api_of(user)

    def person(self, role):
        if role == "client":
            if isinstance(self.row, Chat):
                return self.row.user
            booking = getattr(self.row, "booking", None) or self.row
            return getattr(booking, "client", None) or UserFactory()
        if role == "specialist":
            return self.specialist.user
        return STRANGERS[role]()

    def send(self, client, pk=None):
        """What `client` gets for the operation on the row, or on that with the id `pk`."""
        method, path = self.operation.split()
        address = path.replace("{id}", str(pk or self.row.pk))
        body = dict(BODIES.get(self.operation, {}))
        if "specialist" in body:
            body["specialist"] = str(self.specialist.pk)
        if "booking" in body:
            body["booking"] = str(self.row.pk)
        given = () if method == "GET" else (body,)
        parameters = PARAMETERS.get(self.operation, "")
        return getattr(client, method.lower())(f"{address}{parameters}", *given)


def make_specialist():
    return SpecialistFactory(user=UserFactory(user_type="specialist"))


def api_of(user):
    """An API client that `user` has signed in."""
    browser = Client()
    browser.force_login(user)
    return APIClient(HTTP_X_SESSION_TOKEN=browser.session.session_key)
