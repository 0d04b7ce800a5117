"""Going back over migrations: which ones, and what would be lost."""

from typing import Any, NamedTuple

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import RunPython
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

PACKAGES = frozenset({"accounts", "audit", "coachbot", "feedback", "scheduling"})

Target = tuple[str, str | None]


class Loss(NamedTuple):
    """A table, or `table.column`, that goes, and how many rows have something in it."""

    what: str
    rows: int


class Undoing:
    """The way back to `targets`: (app, name), or (app, None) to before its first migration."""

    def __init__(self, connection: BaseDatabaseWrapper, targets: list[Target]) -> None:
        self.connection = connection
        self.executor = MigrationExecutor(connection)
        self.targets = targets
        plan = self.executor.migration_plan(targets)
        self.migrations: list[Any] = [migration for migration, backwards in plan if backwards]

    def one_way(self) -> list[str]:
        """The migrations that have no way back."""
        return [
            str(migration)
            for migration in self.migrations
            if not all(operation.reversible for operation in migration.operations)
        ]

    def runs_code(self) -> list[str]:
        """The migrations whose own code takes back what it did: to which rows, nobody counts."""
        return [
            str(migration)
            for migration in self.migrations
            if any(isinstance(operation, RunPython) for operation in migration.operations)
        ]

    def losses(self) -> list[Loss]:
        """What goes and has something in it. Tables that code of a migration drops are not seen."""
        applied = set(self.executor.loader.applied_migrations)
        gone = {(migration.app_label, migration.name) for migration in self.migrations}
        before, after = self._columns(applied), self._columns(applied - gone)
        tables = [Loss(table, self._count(table)) for table in before if table not in after]
        columns = [
            Loss(f"{table}.{column}", self._count(table, column))
            for table in before
            if table in after
            for column in sorted(before[table] - after[table])
        ]
        return [loss for loss in (*tables, *columns) if loss.rows]

    def _columns(self, applied: set[tuple[str, str]]) -> dict[str, set[str]]:
        graph = self.executor.loader.graph
        state = graph.make_state(nodes=[key for key in applied if key in graph.nodes])
        return {
            model._meta.db_table: {field.column for field in model._meta.local_concrete_fields}
            for model in state.apps.get_models(include_auto_created=True)
        }

    def _count(self, table: str, column: str = "") -> int:
        quote = self.connection.ops.quote_name
        counted = quote(column) if column else "*"
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT count({counted}) FROM {quote(table)}")  # noqa: S608 -- our names
            rows: int = cursor.fetchone()[0]
        return rows


def is_ours(label: str) -> bool:
    """Whether the app of this label is CoachBot's own, not Django's or of a library."""
    app = apps.app_configs.get(label)
    return app is not None and app.name.partition(".")[0] in PACKAGES


def history(connection: BaseDatabaseWrapper) -> list[Any]:
    """The migrations that were applied, as rows with app, name and applied, in order."""
    recorder = MigrationRecorder(connection)
    return list(recorder.migration_qs.order_by("id")) if recorder.has_table() else []


def last(connection: BaseDatabaseWrapper, steps: int) -> list[Target]:
    """Where to go to undo the last `steps` migrations of ours."""
    graph = MigrationExecutor(connection).loader.graph
    ours = [(row.app, row.name) for row in history(connection) if is_ours(row.app)]
    targets = {}
    for app, name in reversed(ours[-steps:]):
        parents = [key for key in graph.node_map[app, name].parents if key[0] == app]
        targets[app] = parents[0].key[1] if parents else None
    return list(targets.items())


def everything(connection: BaseDatabaseWrapper) -> list[Target]:
    """Where to go to undo all migrations of ours."""
    return [(app, None) for app in {row.app: 0 for row in history(connection) if is_ours(row.app)}]
