"""When migrations fail on an empty database: its tables as the models say, with nothing between.

For a first start that must not wait for a mended migration. Never for a database with a table.
"""

from typing import Any

from django.apps import apps
from django.contrib.postgres.operations import CreateExtension
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import RunPython, RunSQL
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import override_settings

from coachbot.db.undoing import is_ours

# Those that came with an extension stay, as it does.
FUNCTIONS = """
    SELECT oid::regprocedure::text FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""


def is_empty(connection: BaseDatabaseWrapper) -> bool:
    return not connection.introspection.table_names() and not _functions(connection)


def _functions(connection: BaseDatabaseWrapper) -> list[str]:
    if connection.vendor == "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
        return [row[0] for row in cursor.fetchall()]


def create(connection: BaseDatabaseWrapper) -> int:
    """Create everything; how many migrations are now held for applied.

    The database has to be as it was before the migrations failed: empty.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    _run(connection, executor, plan, CreateExtension)
    unmigrated = {app.label: None for app in apps.get_app_configs()}
    with override_settings(MIGRATION_MODULES=unmigrated):
        call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    executor.recorder.ensure_schema()
    for migration, _ in plan:
        executor.recorder.record_applied(migration.app_label, migration.name)
    # What is no table: groups, triggers, the cache.
    _run(connection, executor, plan, RunPython, RunSQL)
    return len(plan)


def clear(connection: BaseDatabaseWrapper) -> None:
    """Remove what the migrations made of an empty database before one of them failed."""
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cascade = " CASCADE" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}{cascade}")
        for function in _functions(connection):
            cursor.execute(f"DROP FUNCTION {function} CASCADE")


def _run(
    connection: BaseDatabaseWrapper, executor: MigrationExecutor, plan: Any, *kinds: Any
) -> None:
    """Those operations of our migrations, on the tables as they are in the end."""
    state = executor.loader.project_state()
    for migration, _ in plan:
        for operation in migration.operations:
            if is_ours(migration.app_label) and isinstance(operation, kinds):
                with connection.schema_editor() as editor:
                    operation.database_forwards(migration.app_label, editor, state, state)
