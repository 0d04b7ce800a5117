"""Who gets which answer from the API: matrix.txt, and that it leaves nothing out."""

import re
from uuid import UUID, uuid4

import pytest
from django.contrib.admindocs.views import simplify_regex
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

from accounts.admin import POWERS
from tests.access import tables
from tests.access.world import API, AT_NINE, TEN, World, api_of
from tests.factories import (
    BookingFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    SuperuserFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

MATRIX = tables.read("matrix.txt")
NEED = "staff_need"
ROLES = [column for column in MATRIX.columns if column != NEED]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OURS = (API, "/health/", "/metrics")
NO_ID = UUID(int=0)
# Rows that everyone may read: only a hidden one is not there for others.
PUBLIC = ("specialists", "services")
HIDDEN = ("feedback",)
OURS_TO_GRANT = ("scheduling", "audit", "feedback")

on_each = pytest.mark.parametrize("operation", MATRIX.rows)


@pytest.fixture(autouse=True)
def telegram(settings):
    """There is a bot; its webhook is for who knows the secret."""
    settings.TELEGRAM = {"TOKEN": "1:x", "SECRET": "of the webhook", "NAME": "", "API": ""}


def needed_in(operation):
    return MATRIX.rows[operation][NEED]


def status_for(operation, role):
    world = World(operation)
    return world.send(world.client_of(role)).status_code


@on_each
def test_everyone_gets_the_answer_that_is_theirs(operation):
    answers = {role: str(status_for(operation, role)) for role in ROLES}

    assert answers == {role: MATRIX.rows[operation][role] for role in ROLES}


@pytest.mark.parametrize(
    "operation", [operation for operation in MATRIX.rows if needed_in(operation) != "-"]
)
def test_staff_need_one_permission_and_no_other(operation):
    here = Permission.objects.filter(content_type__app_label__in=OURS_TO_GRANT)
    needed = here.get(codename=needed_in(operation))
    alone, without = StaffFactory(groups=[]), StaffFactory(groups=[])
    alone.user_permissions.add(needed)
    without.user_permissions.set(here.exclude(pk=needed.pk))

    answers = [World(operation).send(api_of(who)).status_code for who in (alone, without)]

    assert answers == [int(MATRIX.rows[operation]["manager"]), 403]


def test_staff_without_permissions_read_what_is_public():
    SpecialistFactory(name="Anna")
    SpecialistFactory(name="Away", is_active=False)
    client = api_of(StaffFactory(groups=[]))

    seen = client.get(f"{API}specialists/").json()["results"]

    assert [(row["name"], "email" in row) for row in seen] == [("Anna", False)]


def test_staff_who_may_change_services_find_those_that_nobody_can_book():
    staff = StaffFactory(groups=[])
    staff.user_permissions.add(Permission.objects.get(codename="change_service"))
    hidden = f"{API}services/{ServiceFactory(is_active=False).pk}/"
    client = api_of(staff)

    answers = client.get(hidden), client.patch(hidden, {"is_active": True}), client.get(hidden)

    assert [answer.status_code for answer in answers] == [404, 200, 200]


def test_permissions_of_somebody_who_is_not_staff_count_for_nothing():
    former = UserFactory()
    former.user_permissions.set(Permission.objects.all())
    former.groups.set(StaffFactory().groups.all())
    client, booking = api_of(former), BookingFactory()

    answers = [
        client.get(f"{API}bookings/{booking.pk}/").status_code,
        client.post(f"{API}specialists/", {"name": "Ben"}).status_code,
        client.get(f"{API}schedules/").status_code,
        "email" in client.get(f"{API}specialists/{booking.specialist_id}/").json(),
    ]

    assert answers == [404, 403, 403, False]


def test_staff_without_the_permission_do_not_touch_their_own_booking_or_profile():
    staff = StaffFactory(groups=["Auditors"])
    specialist = SpecialistFactory(user=staff)
    booking = BookingFactory(client=staff, specialist=specialist)
    client = api_of(staff)

    answers = [
        client.patch(f"{API}bookings/{booking.pk}/", {"notes": "Mine"}),
        client.post(f"{API}bookings/{booking.pk}/cancel/", {"reason": "Mine"}),
        client.post(f"{API}bookings/{booking.pk}/complete/"),
        client.patch(f"{API}specialists/{specialist.pk}/", {"bio": "Mine"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403]


# --- Nothing is left out ------------------------------------------------------------------------


def addresses(resolver, before="/"):
    """Every address below `resolver`, `{id}` for what varies."""
    for pattern in resolver.url_patterns:
        path = before + simplify_regex(str(pattern.pattern)).removeprefix("/")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, path)
        else:
            yield re.sub("<(?:[a-z]+:)?pk>", "{id}", path).replace(r"\.", ".")


def test_the_matrix_names_every_operation_there_is_and_no_other():
    """Views are asked: whatever is no 405 for a superuser is an operation."""
    client = api_of(SuperuserFactory())
    paths = {path for path in addresses(get_resolver()) if path.startswith(OURS)}

    offered = {
        f"{method} {path}"
        for path in paths
        for method in METHODS
        if client.generic(method, path.replace("{id}", str(NO_ID))).status_code != 405
    }

    assert offered == set(MATRIX.rows)


def test_no_body_that_the_api_takes_gives_powers():
    """A body takes no members that the document does not name: see tests/coachbot."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    bodies = [
        document["components"]["schemas"][reference.rpartition("/")[2]]["properties"]
        for path, operations in document["paths"].items()
        if path.startswith(API)
        for operation in operations.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if (reference := content["schema"].get("$ref"))
    ]

    assert bodies
    assert [body for body in bodies if {*POWERS, "is_staff", "user"} & body.keys()] == []


# --- What is somebody else's is not there -------------------------------------------------------


def asked(client, world, pk):
    """The answer, and how many queries it took."""
    with CaptureQueriesContext(connection) as queries:
        answer = world.send(client, pk)
    return answer.status_code, answer.content, len(queries)


@pytest.mark.parametrize("role", ["other_guest", "other_client", "other_specialist"])
@pytest.mark.parametrize("operation", [row for row in MATRIX.rows if "{id}" in row])
def test_what_is_not_theirs_is_as_if_it_did_not_exist(operation, role):
    world = World(operation)
    if operation.partition(API)[2].startswith(PUBLIC):
        world.row.delete()
    if operation.partition(API)[2].startswith(HIDDEN):
        world.row.hidden_at = AT_NINE
        world.row.save()
    client = world.client_of(role)

    foreign, missing = asked(client, world, world.row.pk), asked(client, world, uuid4())

    assert foreign == missing
    assert foreign[0] in (401, 403, 404)


def test_whose_account_there_is_cannot_be_learnt_by_booking_for_them():
    world = World("POST /api/v1/bookings/")
    client = api_of(UserFactory())
    order = {"specialist": str(world.specialist.pk), "starts_at": TEN}

    answers = [
        client.post(f"{API}bookings/", {**order, "client": str(pk)})
        for pk in (UserFactory().pk, uuid4())
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].content == answers[1].content
