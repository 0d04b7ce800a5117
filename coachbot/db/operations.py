from django.contrib.postgres.operations import BtreeGistExtension


class BtreeGist(BtreeGistExtension):
    """Django asks PostgreSQL's catalogue on the way back whatever the engine: we do not."""

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
