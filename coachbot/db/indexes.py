"""Indexes for one engine alone: what makes a search fast on one is of no use to the other."""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.expressions import OrderBy
from django.db.models.functions import Collate
from django.db.models.indexes import IndexExpression

# As django.contrib.postgres does when it is installed; what else it does costs queries at every
# new connection, for types that nobody here has.
IndexExpression.register_wrappers(OrderBy, OpClass, Collate)

# Django executes whatever an index makes of itself.
NOTHING = "SELECT 1"


class _OnOneEngine(models.Index):
    """Nothing on other engines, so one migration serves all."""

    vendor: ClassVar[str]

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        if schema_editor.connection.vendor != self.vendor:
            return NOTHING
        return super().create_sql(model, schema_editor, using=using, **kwargs)

    def remove_sql(self, model: Any, schema_editor: Any, **kwargs: Any) -> Any:
        if schema_editor.connection.vendor != self.vendor:
            return NOTHING
        return super().remove_sql(model, schema_editor, **kwargs)


class PostgresIndex(_OnOneEngine):
    vendor = "postgresql"


class PostgresGinIndex(_OnOneEngine, GinIndex):
    vendor = "postgresql"


class SQLiteIndex(_OnOneEngine):
    vendor = "sqlite"
