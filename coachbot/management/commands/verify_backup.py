from django.core.management import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from audit.models import AdminLog
from audit.verification import Broken, verify, verify_head
from coachbot.backups import work
from coachbot.management.backups import failures_in_words


class Command(BaseCommand):
    help = (
        "Prove a backup: restore it into a scratch database, compare every table with what was "
        "counted when it was made, look for the guards against double booking, follow the log's "
        "chain, and drop the scratch database. Exits with 1 and names what differs. The database "
        "of the site is not touched. On PostgreSQL the user needs the right to create databases, "
        "or BACKUP_VERIFY_URL names another server."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument(
            "backup",
            nargs="?",
            default="latest",
            help="A name that `backups` lists, or the path of a file; the latest unless given.",
        )

    def handle(self, **options):
        began = timezone.now()
        with (
            failures_in_words(),
            work.opened(options["backup"], connection) as backup,
            work.scratch(connection) as scratch,
        ):
            found = work.load(backup, scratch)
            older = work.not_applied(backup.manifest)
            found += [] if older else _breaks_in_the_log(scratch.alias)
        if found:
            raise CommandError(f"{backup.name} is not what it should be:\n" + "\n".join(found))
        tables = backup.manifest.tables
        seconds = (timezone.now() - began).total_seconds()
        rest = (
            f"older than this program by {len(older)} migrations, so guards and log were not tried"
            if older
            else "all guards stand, the log is whole"
        )
        self.stdout.write(
            f"{backup.name} is good: {sum(each.rows for each in tables.values())} rows of "
            f"{len(tables)} tables as they were at {backup.manifest.made_at}, {rest} "
            f"({seconds:.1f} s)."
        )


def _breaks_in_the_log(alias):
    entries = AdminLog.objects.using(alias).order_by("sequence").iterator(chunk_size=2000)
    try:
        verify_head(verify(entries), using=alias)
    except Broken as finding:
        return [f"The log: {finding}"]
    return []
