"""The abstract bases of every table, and the tables of no app of their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models.expressions import DatabaseDefault
from django.db.models.functions import Now
from django.utils import timezone

from coachbot.idempotency import IdempotencyKey  # noqa: F401 -- Django looks for it here
from coachbot.ids import uuid7
from coachbot.rates import RateCounter  # noqa: F401 -- as above


class UUIDModel(models.Model):
    """A row with a UUIDv7 key, made in Python, that may be shown to anyone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    secret_fields: ClassVar[frozenset[str]] = frozenset()
    # What the log seals for the person of `person_id`, who may want to be forgotten.
    personal_fields: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.pk}: {self}>"


class CreatedAtField(models.DateTimeField):  # type: ignore[type-arg] # no generic at runtime
    """Dated by the clock that dates changes, else a row could have changed before it was made;
    and in Django's own spelling, by which SQLite compares. The database dates other writers' rows.
    """

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if add and isinstance(getattr(model_instance, self.attname), DatabaseDefault):
            setattr(model_instance, self.attname, timezone.now())
        return super().pre_save(model_instance, add)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateTimeField", args, kwargs  # the same column


class TimestampedModel(models.Model):
    """When a row was made and last changed. The database fills both for any writer."""

    created_at = CreatedAtField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, db_default=Now(), editable=False)

    class Meta:
        abstract = True


M = TypeVar("M", bound="SoftDeleteModel")


class SoftDeleteQuerySet(models.QuerySet[M]):
    """Rows that `delete()` hides and `restore()` brings back."""

    def alive(self) -> Self:
        return self.filter(deleted_at=None)

    def deleted(self) -> Self:
        return self.exclude(deleted_at=None)

    def delete(self) -> tuple[int, dict[str, int]]:
        now = timezone.now()
        count = self.alive().update(deleted_at=now, updated_at=now)
        return count, {self.model._meta.label: count}

    def restore(self) -> int:
        return self.deleted().update(deleted_at=None, updated_at=timezone.now())

    def hard_delete(self) -> tuple[int, dict[str, int]]:
        """Take the rows out of the table for good."""
        return super().delete()


class AliveManager(models.Manager[M]):
    """Rows that are not deleted."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(deleted_at=None)


class SoftDeleteModel(TimestampedModel):
    """A row that staff could remove by mistake: removing hides it, and it can come back.

    Subclasses give `objects` (rows that are there) and `everything` (deleted ones too).
    """

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._mark(timezone.now())
        return 1, {self._meta.label: 1}

    def restore(self) -> None:
        self._mark(None)

    def hard_delete(self) -> tuple[int, dict[str, int]]:
        """Take the row out of the table for good."""
        return super().delete()

    def _mark(self, deleted_at: datetime | None) -> None:
        self.deleted_at = deleted_at
        self.save(update_fields=["deleted_at", "updated_at"])
