"""What a table is called, which columns it has, and where its rows are."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from django.db.models import Model, QuerySet

# Rows that are in memory at a time.
CHUNK = 2_000


class Sheet:
    """Rows that go out. Subclasses say which, and how each cell is read off a row.

    Secrets are not even loaded: `secret_fields` of the model.
    """

    name: ClassVar[str]
    model: ClassVar[type[Model]]
    columns: ClassVar[Mapping[str, Callable[[Any], object]]]

    @property
    def title(self) -> str:
        return self.name.replace("_", " ")

    def everything(self) -> QuerySet[Any]:
        """All rows there are, for who has not chosen any in a list."""
        return self.model._default_manager.all()

    def prepared(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """`rows` with what the columns need of other tables."""
        return rows

    def lines(self, rows: QuerySet[Any]) -> Iterator[list[object]]:
        """The cells of every row, loaded chunk by chunk."""
        loaded = self.prepared(rows).defer(*getattr(self.model, "secret_fields", ()))
        for row in loaded.iterator(chunk_size=CHUNK):
            yield [read(row) for read in self.columns.values()]
