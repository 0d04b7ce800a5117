"""`manage.py db_current`: how far the migrations of each app have come."""

from django.core.management import BaseCommand
from django.db import connection

from coachbot.db import migrating
from coachbot.db.undoing import history


class Command(BaseCommand):
    help = "The last migration of each app that was applied, and how many wait."
    requires_system_checks = ()

    def handle(self, **options):
        current = {row.app: row.name for row in history(connection)}
        pending = [migration.app_label for migration in migrating.pending(connection)]
        for app in sorted({*current, *pending}):
            waits = f", {pending.count(app)} pending" if app in pending else " (head)"
            self.stdout.write(f"{app} {current.get(app, 'nothing')}{waits}")
