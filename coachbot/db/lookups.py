"""Comparisons that Django has no name for."""

from typing import Any

from django.db.models.lookups import BuiltinLookup


class Like(BuiltinLookup):
    """SQL's own LIKE: `%` stands for anything. The pattern is the caller's, not a person's."""

    lookup_name = "like"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} LIKE {right}", [*left_params, *right_params]
