"""`manage.py rollback`: undo migrations, after saying what would be lost."""

import sys
from argparse import RawDescriptionHelpFormatter

from django.core.management import BaseCommand, CommandError
from django.db import connection

from coachbot.db import migrating
from coachbot.db.undoing import Undoing, everything, history, last
from coachbot.management.asking import answer

EPILOG = """
Examples:
  manage.py rollback --dry-run                  what undoing the last migration would do
  manage.py rollback                            undo it; asks before data is dropped
  manage.py rollback --steps 3
  manage.py rollback --to scheduling 0004       go back to 0004 of scheduling, which stays
  manage.py rollback --to audit zero            undo all migrations of an app
  manage.py rollback --all --noinput --drop-data

Back up first. Stop the processes of a newer version before, or they will fail.
"""


class Command(BaseCommand):
    help = "Undo migrations: the last one, unless told otherwise."
    requires_system_checks = ()

    def create_parser(self, *args, **kwargs):
        return super().create_parser(
            *args, formatter_class=RawDescriptionHelpFormatter, epilog=EPILOG, **kwargs
        )

    def add_arguments(self, parser):
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--steps", type=int, default=1, help="How many of the last (default 1).")
        which.add_argument("--to", nargs=2, metavar=("APP", "NAME"), help="Where to go back to.")
        which.add_argument("--all", action="store_true", help="All migrations of CoachBot.")
        parser.add_argument("--dry-run", action="store_true", help="Say what, and do nothing.")
        parser.add_argument(
            "--noinput", "--no-input", action="store_true", help="Ask nothing: drop no data."
        )
        parser.add_argument(
            "--drop-data", action="store_true", help="With --noinput: drop data, too."
        )

    def handle(self, **options):
        with migrating.ALONE[connection.vendor](connection):
            undoing = Undoing(connection, _targets(options))
            losses = undoing.losses()
            if not self._show(undoing, losses) or options["dry_run"]:
                return
            if losses:
                self._ask(options)
            for app, name in undoing.targets:
                migrating.migrate(connection, app, name or "zero", say=self.stdout.write)
        self.stdout.write(f"Undone: {_many(len(undoing.migrations), 'migration')}.")

    def _show(self, undoing, losses):
        """Whether there is something to do."""
        if not undoing.migrations:
            self.stdout.write("Nothing to undo.")
            return False
        if one_way := undoing.one_way():
            raise CommandError(f"No way back from {', '.join(one_way)}: restore a backup.")
        self.stdout.write("Undoes, in this order:")
        for migration in undoing.migrations:
            self.stdout.write(f"  {migration.app_label} {migration.name}")
            for operation in reversed(migration.operations):
                self.stdout.write(f"    undo: {operation.describe()}")
        if undoing.runs_code():
            self.stdout.write(f"Code, whose rows are not counted: {', '.join(undoing.runs_code())}")
        self.stdout.write("Drops:" if losses else "Drops no data.")
        for loss in losses:
            self.stdout.write(f"  {loss.what}: {_many(loss.rows, 'row')}")
        return True

    def _ask(self, options):
        """Raises CommandError unless the data may go."""
        if options["noinput"]:
            if not options["drop_data"]:
                raise CommandError("This drops data. Say --drop-data if that is meant.")
            return
        if not sys.stdin.isatty():
            raise CommandError("This drops data. Nobody can be asked: --noinput --drop-data.")
        if answer("Drop it? Type `yes` to go on: ") != "yes":
            raise CommandError("Nothing was changed.")


def _targets(options):
    if options["all"]:
        return everything(connection)
    if options["to"]:
        return [_named(*options["to"])]
    if options["steps"] < 1:
        raise CommandError("--steps must be 1 or more.")
    return last(connection, options["steps"])


def _named(app, name):
    if name == "zero":
        found = [(key, None) for key, _ in _applied() if key == app]
    else:
        found = [(key, each) for key, each in _applied() if key == app and each.startswith(name)]
    if len(set(found)) != 1:
        raise CommandError(
            f"{app} {name} is {'several' if found else 'none'} of the migrations that are applied: "
            "`manage.py db_history` lists them."
        )
    return found[0]


def _applied():
    return [(row.app, row.name) for row in history(connection)]


def _many(number, what):
    return f"{number:,} {what}{'' if number == 1 else 's'}"
