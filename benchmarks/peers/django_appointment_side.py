"""One side: django-appointment's slots of thirty days. Runs in that peer's own environment.

The same days as ours: Monday to Friday from nine to five, an hour's visits every half hour, sixty
appointments, two days off. It counts days one by one, so that is how it is asked.
"""

import logging
import os
from datetime import date, datetime, time, timedelta
from importlib.metadata import version

import django
from contestant import compete
from django.conf import settings
from django.core.management import call_command

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["PEER_DATABASE"],
            "HOST": os.environ["PEER_HOST"],
            "PORT": os.environ["PEER_PORT"],
            "USER": os.environ["PEER_USER"],
            "PASSWORD": os.environ["PEER_PASSWORD"],
            "CONN_MAX_AGE": None,
        }
    },
    INSTALLED_APPS=[
        *("django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes"),
        *("django.contrib.sessions", "django.contrib.messages", "phonenumber_field", "appointment"),
    ],
    SECRET_KEY="for-this-benchmark-alone-0123456789-abcdefghij",  # noqa: S106 -- guards nothing
    TIME_ZONE="Europe/Berlin",
    USE_TZ=True,
    LOGGING_CONFIG=None,
)
logging.disable(logging.WARNING)
django.setup()
call_command("migrate", "auth", verbosity=0)  # which its tables point at
call_command("migrate", run_syncdb=True, verbosity=0)  # of its own it ships no migrations

from appointment.models import (  # noqa: E402 -- needs the settings
    Appointment,
    AppointmentRequest,
    Config,
    DayOff,
    Service,
    StaffMember,
    WorkingHours,
)
from appointment.services import get_available_slots_for_staff  # noqa: E402 -- needs the settings
from django.contrib.auth import get_user_model  # noqa: E402 -- needs the settings

MONDAY = datetime.fromisoformat(os.environ["PEER_MONDAY"]).date()
HOUR, WORKDAYS = timedelta(hours=1), range(5)


def fill():
    users = get_user_model().objects
    Config.objects.create(
        slot_duration=30, lead_time=time(9), finish_time=time(17), appointment_buffer_time=0
    )
    service = Service.objects.create(name="An hour", duration=HOUR, price=60)
    person = StaffMember.objects.create(
        user=users.create_user("ada", "ada@example.com"), slot_duration=30, lead_time=time(9),
        finish_time=time(17), appointment_buffer_time=0,
    )  # fmt: skip
    person.services_offered.add(service)
    for day in WORKDAYS:  # It counts from Sunday.
        WorkingHours.objects.create(
            staff_member=person, day_of_week=day + 1, start_time=time(9), end_time=time(17)
        )
    client = users.create_user("kim", "kim@example.com")
    for week in range(4):
        for day in WORKDAYS:
            for start in (time(9), time(11, 30), time(15)):
                book(person, service, client, MONDAY + timedelta(days=7 * week + day), start)
    DayOff.objects.create(
        staff_member=person,
        start_date=MONDAY + timedelta(days=28),
        end_date=MONDAY + timedelta(days=29),
    )
    return person, service


def book(person, service, client, day, start):
    wish = AppointmentRequest.objects.create(
        date=day, start_time=start, end_time=(datetime.combine(day, start) + HOUR).time(),
        service=service, staff_member=person,
    )  # fmt: skip
    Appointment.objects.create(client=client, appointment_request=wish, phone="+493012345678")


def slots_of(person, service, day: date):
    """As its own view asks; it does not let out the days of the week that nobody works."""
    return get_available_slots_for_staff(day, person, day.isoweekday() % 7, service)


person, service = fill()
DAYS = [MONDAY + timedelta(days=n) for n in range(30)]


def run():
    return [slot for day in DAYS for slot in slots_of(person, service, day)]


compete(run, facts={"slots": len(run()), "version": version("django-appointment")})
