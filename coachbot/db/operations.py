"""Extensions of PostgreSQL. On the way back Django asks its catalogue whatever the engine: we do
not."""

from typing import Any

from django.contrib.postgres.operations import (
    BtreeGistExtension,
    CreateExtension,
    TrigramExtension,
)


class _OnPostgres(CreateExtension):
    def database_backwards(
        self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class BtreeGist(_OnPostgres, BtreeGistExtension):
    pass


class Trigrams(_OnPostgres, TrigramExtension):
    pass
