"""Statements that Django makes once: one row by its key, one new row. For what most requests do.

To make such a statement again costs several times what it takes to run it. See docs/performance.md.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Generic, NamedTuple, Self, TypeVar
from uuid import UUID

from django.db import connections, models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import TransactionManagementError

M = TypeVar("M", bound=models.Model)
# Stands in the statement where the key will.
ANY_KEY = UUID(int=0x6B65790000007000800000000000006B)


class Statement(NamedTuple):
    """What an engine is asked, and what becomes of a row. `converters` are by column, and the same
    for every connection to it."""

    sql: str
    parameters: Sequence[Any]
    columns: Sequence[str]
    converters: Mapping[int, tuple[Sequence[Callable[..., Any]], Any]]


class ByKey(Generic[M]):
    """`ByKey(queryset).get(pk=…)` is `queryset.get(pk=…)`, of a model whose key is a UUID.

    Without `select_related` and annotations. Serializers' fields take it for a queryset.
    """

    def __init__(self, rows: "models.QuerySet[M]") -> None:
        self._rows = rows
        self._statements: dict[str, Statement] = {}

    def __deepcopy__(self, memo: object) -> Self:
        return self  # a serializer copies its fields for each request

    def get(self, *, pk: UUID) -> M:
        """Raises DoesNotExist of the model; where the queryset locks, TransactionManagementError
        outside of a transaction."""
        alias = self._rows.db
        connection = connections[alias]
        if self._rows.query.select_for_update and not connection.in_atomic_block:
            raise TransactionManagementError("A row can only be locked inside of a transaction.")
        statement = self._statement(connection)
        key = _in_words_of(connection, self._rows.model, pk)
        with connection.cursor() as cursor:
            parameters = [key if each is ANY_KEY else each for each in statement.parameters]
            cursor.execute(statement.sql, parameters)
            row = cursor.fetchone()
        if row is None:
            raise self._rows.model.DoesNotExist  # type: ignore[attr-defined]  # every model has it
        return self._rows.model.from_db(alias, statement.columns, _read(row, statement, connection))

    def _statement(self, connection: BaseDatabaseWrapper) -> Statement:
        if connection.vendor not in self._statements:
            self._statements[connection.vendor] = self._made_for(connection)
        return self._statements[connection.vendor]

    def _made_for(self, connection: BaseDatabaseWrapper) -> Statement:
        query = self._rows.filter(pk=ANY_KEY).order_by().query
        compiler = query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        here = _in_words_of(connection, self._rows.model, ANY_KEY)
        expressions = [each for each, _, _ in compiler.select]
        return Statement(
            sql,
            [ANY_KEY if each == here else each for each in parameters],
            [each.target.attname for each in expressions],
            compiler.get_converters(expressions),
        )


def _in_words_of(connection: BaseDatabaseWrapper, model: type[models.Model], key: UUID) -> Any:
    return model._meta.pk.get_db_prep_value(key, connection)


def _read(row: Sequence[Any], statement: Statement, connection: BaseDatabaseWrapper) -> list[Any]:
    values = list(row)
    for place, (converters, expression) in statement.converters.items():
        for convert in converters:
            values[place] = convert(values[place], expression, connection)
    return values


def insert_row(row: M) -> M:
    """Store a new `row` as `save(force_insert=True)` does, of a model without parents whose saving
    nobody listens to and whose columns the database neither makes nor fills."""
    alias = router.db_for_write(type(row), instance=row)
    connection = connections[alias]
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for field in row._meta.concrete_fields
    ]
    with transaction.mark_for_rollback_on_error(using=alias), connection.cursor() as cursor:
        cursor.execute(_insertion(alias, type(row)), values)
    row._state.adding, row._state.db = False, alias
    return row


@cache
def _insertion(alias: str, model: type[models.Model]) -> str:
    quote = connections[alias].ops.quote_name
    columns = [quote(str(field.column)) for field in model._meta.concrete_fields]
    table, places = quote(model._meta.db_table), ["%s"] * len(columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(places)})"  # noqa: S608 -- names of our own
