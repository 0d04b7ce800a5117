"""Migrations go forwards and backwards, on data, down to nothing."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from coachbot.db import guards
from scheduling.models import Booking
from tests.factories import BookingFactory, DayOffFactory, ScheduleFactory, ServiceFactory

OURS = ("accounts", "scheduling")


def migrate(targets):
    executor = MigrationExecutor(connection)
    executor.migrate(targets)


def tables_of_ours():
    names = connection.introspection.table_names()
    return {name for name in names if name.startswith(OURS)}


@pytest.fixture
def whole(transactional_db):
    """However far a test went down, the next finds everything up again."""
    yield
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())
    if connection.vendor == "sqlite":
        guards.install(connection)


@pytest.mark.usefixtures("whole")
def test_every_migration_goes_down_to_zero_and_up_again_on_data():
    specialist = BookingFactory().specialist
    ServiceFactory(specialists=[specialist])
    ScheduleFactory(specialist=specialist)
    DayOffFactory(specialist=specialist)
    before = tables_of_ours()
    if connection.vendor == "sqlite":
        guards.drop(connection)
    graph = MigrationExecutor(connection).loader.graph
    plan = [
        node for node in graph._generate_plan(graph.leaf_nodes(), at_end=True) if node[0] in OURS
    ]

    for app, name in reversed(plan):
        parents = [p.key for p in graph.node_map[app, name].parents if p.key[0] == app]
        migrate(parents or [(app, None)])
    at_zero = tables_of_ours()
    for node in plan:
        migrate([node])

    assert at_zero == set()
    assert tables_of_ours() == before
    assert Booking.objects.count() == 0
