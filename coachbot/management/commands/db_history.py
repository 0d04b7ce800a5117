"""`manage.py db_history`: which migrations were applied, and when."""

from django.core.management import BaseCommand
from django.db import connection

from coachbot.db import migrating
from coachbot.db.undoing import history


class Command(BaseCommand):
    help = "List the migrations in the order in which they were applied, then those that wait."
    requires_system_checks = ()

    def handle(self, **options):
        for row in history(connection):
            self.stdout.write(f"{row.applied:%Y-%m-%d %H:%M:%S}  {row.app} {row.name}")
        for migration in migrating.pending(connection):
            self.stdout.write(f"{'pending':19}  {migration.app_label} {migration.name}")
