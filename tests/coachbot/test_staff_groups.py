"""The groups of staff, as a new site has them."""

import pytest
from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from accounts.models import User
from tests.factories import StaffFactory, staff_groups

pytestmark = pytest.mark.django_db

EVERYTHING = {"view", "add", "change", "delete"}
HOURS = ("schedule", "dayoff", "availability")
TABLES = (
    *("specialist", "service", *HOURS, "booking", "bookingevent", "waitinglistentry", "hold"),
    *("user", "usersession", "adminlog", "feedback", "chat", "message", "task", "mail"),
    "calendarfeed",
    *("webhookendpoint", "webhookdelivery"),
    "mailtemplate",
)


@pytest.fixture
def fresh():
    """A database that has tables and nothing else, as in the middle of the first `migrate`."""
    Group.objects.all().delete()
    Permission.objects.all().delete()
    ContentType.objects.all().delete()
    ContentType.objects.clear_cache()
    yield
    ContentType.objects.clear_cache()


def rights():
    """What each group may do, by table."""
    found = {}
    for group in Group.objects.prefetch_related("permissions"):
        tables = found.setdefault(group.name, {})
        for permission in group.permissions.all():
            right, _, table = permission.codename.rpartition("_")
            tables.setdefault(table, set()).add(right)
    return found


def test_a_new_site_has_three_groups_of_staff():
    assert rights() == {
        "Managers": {
            "specialist": EVERYTHING,
            "service": EVERYTHING,
            **dict.fromkeys(HOURS, EVERYTHING),
            "booking": EVERYTHING,
            "bookingevent": {"view"},
            "waitinglistentry": EVERYTHING,
            "hold": {"view"},
            "user": {"view", "add", "change", "change_specialist"},
            "usersession": {"view"},
            "adminlog": {"view"},
            "feedback": {"view", "add", "change"},
            "chat": {"view"},
            "message": {"view"},
            "calendarfeed": {"view", "change"},
            "task": {"view", "change"},
            "mail": {"view"},
            "webhookendpoint": {"view", "add", "change"},
            "webhookdelivery": {"view"},
            "mailtemplate": EVERYTHING,
        },
        "Receptionists": {
            "specialist": {"view"},
            "service": {"view"},
            **dict.fromkeys(HOURS, EVERYTHING),
            "booking": {"view", "add", "change"},
            "bookingevent": {"view"},
            "waitinglistentry": EVERYTHING,
            "hold": {"view"},
            "user": {"view", "add", "change"},
            "feedback": {"view", "add"},
            "calendarfeed": {"view"},
        },
        "Auditors": {table: {"view"} for table in TABLES},
    }


def permissions():
    named = ("name", "codename", "content_type__app_label", "content_type__model")
    return set(Permission.objects.values_list(*named))


def test_the_permissions_are_those_that_django_would_have_made(fresh):
    staff_groups.make_groups(apps, "default")
    made = permissions()

    Permission.objects.all().delete()
    for label in ("accounts", "scheduling"):
        create_permissions(apps.get_app_config(label), verbosity=0)

    assert made - permissions() == set()
    assert made != set()


def test_a_group_that_was_there_before_keeps_what_it_has():
    Group.objects.all().delete()
    own = Permission.objects.get(codename="delete_usersession")
    Group.objects.create(name="Auditors").permissions.add(own)

    staff_groups.make_groups(apps, "default")

    assert rights()["Auditors"] == {"usersession": {"delete"}}
    assert set(rights()) == {"Auditors", "Managers", "Receptionists"}


def test_the_way_back_takes_the_groups_and_nothing_else():
    manager, own = StaffFactory(), Group.objects.create(name="Own")
    before = permissions()
    Group.objects.get(name="Auditors").delete()

    staff_groups.backwards(apps, connection.schema_editor())

    assert list(Group.objects.all()) == [own]
    assert User.objects.get() == manager
    assert permissions() == before
