"""What no database should hold, whichever tables there are."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import CheckConstraint, Exists, ForeignKey, Model, OuterRef

from coachbot.db import guards
from coachbot.db.findings import CHUNK, Finding, rows
from coachbot.idempotency import IdempotencyKey

# A worker purges them every day.
STALE = timedelta(days=7)
UNPROVEN = "SELECT conname, conrelid::regclass::text FROM pg_constraint WHERE NOT convalidated"


def guards_that_are_missing(now: datetime) -> Iterator[Finding]:
    for name in guards.missing(connection):
        yield Finding(f"guard {name}", "is missing: run `manage.py init_db`")


def rows_that_guards_forbid(now: datetime) -> Iterator[Finding]:
    for name, table, search in guards.searches():
        for (key,) in rows(search):
            yield Finding(f"{table} {key}", f"breaks {name}")


def references_to_nothing(now: datetime) -> Iterator[Finding]:
    for model in _tables():
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey) and not isinstance(field.related_model, str):
                yield from _dangling(model, field)


def _dangling(model: type[Model], field: Any) -> Iterator[Finding]:
    parents = field.related_model._base_manager.filter(
        **{field.target_field.attname: OuterRef(field.attname)}
    )
    lost = model._base_manager.filter(
        ~Exists(parents), **{f"{field.attname}__isnull": False}
    ).values_list("pk", field.attname)
    for key, wanted in lost.iterator(chunk_size=CHUNK):
        gone = f"{field.name} {wanted}, which does not exist"
        yield Finding(f"{model._meta.db_table} {key}", f"refers to {gone}")


def rows_that_constraints_forbid(now: datetime) -> Iterator[Finding]:
    """Where checks were off, or were added without looking at what was there."""
    editor = connection.schema_editor(collect_sql=True)
    checks = [_condition(model, each, editor) for model in _tables() for each in _checks(model)]
    for table, name, condition in checks:
        # The table's own words, as in its definition; nothing that anybody gave.
        for (key,) in rows(f"SELECT id FROM {table} WHERE NOT ({condition})"):  # noqa: S608
            yield Finding(f"{table} {key}", f"breaks {name}")


def _checks(model: type[Model]) -> list[Any]:
    return [each for each in model._meta.constraints if isinstance(each, CheckConstraint)]


def _condition(model: type[Model], check: Any, editor: Any) -> tuple[str, str, str]:
    """The table, the constraint's name, and its condition as Django wrote it into the table."""
    return model._meta.db_table, check.name, check._get_check_sql(model, editor)


def what_the_engine_says(now: datetime) -> Iterator[Finding]:
    """SQLite reads its whole file; PostgreSQL knows which constraints it has not proven."""
    if connection.vendor == "sqlite":
        for (said,) in rows("PRAGMA integrity_check"):
            if said != "ok":
                yield Finding("file", said)
        return
    for name, table in rows(UNPROVEN):
        yield Finding(f"constraint {name} of {table}", "is NOT VALID: ALTER TABLE … VALIDATE it")


def stale_idempotency_keys(now: datetime) -> Iterator[Finding]:
    if count := IdempotencyKey.objects.expired(now - STALE).count():
        yield Finding(
            f"{count} idempotency keys",
            f"expired over {STALE.days} days ago: does a `worker` run?",
        )


def _tables() -> list[type[Model]]:
    models = apps.get_models(include_auto_created=True)
    return [each for each in models if each._meta.managed and not each._meta.proxy]


SEARCHES = {
    "guards": guards_that_are_missing,
    "overlaps": rows_that_guards_forbid,
    "references": references_to_nothing,
    "constraints": rows_that_constraints_forbid,
    "engine": what_the_engine_says,
    "idempotency": stale_idempotency_keys,
}
