"""Constraints that only PostgreSQL can hold; SQLite holds the same rule by a trigger."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint


class PostgresExclusion(ExclusionConstraint):
    """An exclusion constraint that is nothing on other engines, so one migration serves all."""

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return None
        return super().constraint_sql(model, schema_editor)

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return None
        return super().create_sql(model, schema_editor)

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return None
        return super().remove_sql(model, schema_editor)

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Services ask before they write; a form has nothing to add."""
