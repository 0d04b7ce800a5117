"""`init_db` as if the last migration of the chat had a mistake in it."""

import sys

import django
from django.core.management import CommandError, call_command
from django.db import DatabaseError, migrations
from django.db.migrations.loader import MigrationLoader

django.setup()


def fail(apps, schema_editor):
    raise DatabaseError("a mistake")


graph = MigrationLoader(None).graph
broken = type(graph.nodes[graph.leaf_nodes("chat")[0]])
# Only as a migration: the fallback runs what is no table again.
broken.operations = [
    *broken.operations,
    migrations.SeparateDatabaseAndState([migrations.RunPython(fail)]),
]
try:
    call_command("init_db", *sys.argv[1:])
except (CommandError, DatabaseError) as refusal:
    sys.exit(f"refused: {refusal}")
