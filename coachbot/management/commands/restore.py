from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone

from coachbot.backups import census, work
from coachbot.logs import in_one_line
from coachbot.management.asking import answer
from coachbot.management.backups import failures_in_words, table
from coachbot.management.commands.init_db import place


class Command(BaseCommand):
    help = (
        "Put a backup in the place of all that the database of DATABASE_URL holds. The backup is "
        "read, decrypted and checked as a whole before anything is touched; then it goes in in one "
        "transaction. Where there is data already, it is shown, you are asked, and it is backed up "
        "first. Stop the server meanwhile."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument(
            "backup", help="A name that `backups` lists, `latest`, or the path of a file."
        )
        parser.add_argument(
            "--overwrite", action="store_true", help="Replace what is there without being asked."
        )
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="Ask nothing: where there is data, refuse unless --overwrite is given.",
        )

    def handle(self, **options):
        with failures_in_words(), work.opened(options["backup"], connection) as backup:
            self._restore(backup, options)

    def _restore(self, backup, options):
        there = census.filled(_counted())
        if there:
            self._require_consent(backup, there, options)
            stored, _ = work.make(connection, now=timezone.now())
            self.stdout.write(f"What was there is kept in {stored.name}, now the `latest`.")
        if found := work.load(backup, connection):
            raise CommandError(
                f"{place(connection)} is not what {backup.name} should make of it:\n"
                + "\n".join(found),
                returncode=1,
            )
        rows = sum(each.rows for each in backup.manifest.tables.values())
        self.stdout.write(f"Restored {backup.name} to {place(connection)}: {rows} rows.")
        if left := work.not_applied(backup.manifest):
            self.stdout.write(
                f"It is older than this program by {len(left)} migrations: run `manage.py init_db`."
            )

    def _require_consent(self, backup, there, options):
        coming = census.filled(backup.manifest.tables)
        names = sorted(there.keys() | coming.keys())
        lines = [(name, there.get(name, 0), coming.get(name, 0)) for name in names]
        self.stdout.write(f"{place(connection)} is not empty:")
        self.stdout.write(table([("Rows of", "there now", "after"), *lines]))
        if options["overwrite"]:
            return
        if not options["interactive"]:
            raise CommandError("Nothing was changed: --overwrite replaces what is there.")
        self.stdout.write(f"All of it will be replaced by {backup.name}, after a backup of it.")
        if answer("Type `replace` to go on: ") != "replace":
            raise CommandError("Nothing was changed.")


def _counted():
    try:
        return census.count_in(connection)
    except OperationalError:
        raise
    except DatabaseError as failure:
        raise CommandError(
            f"What is in {place(connection)} cannot be read, so not be kept: "
            f"{in_one_line(failure)}. Move it away, or name another database, and restore into an "
            "empty one."
        ) from failure
