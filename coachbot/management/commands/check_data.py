import json
import time

from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from coachbot.db.findings import one_moment, searches
from coachbot.logs import in_one_line


class Command(BaseCommand):
    help = (
        "Search the database for what must not be there: overlapping bookings, references to "
        "nothing, rows that constraints forbid, histories that do not add up to their booking, "
        "bookings outside open time, a broken log, guards that are missing. Names each finding "
        "and exits with 1 if there is one; notes, which may have their good reason, do not count. "
        "Nothing is changed, and nobody who writes meanwhile has to wait."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument(
            "--json", action="store_true", help="One line of JSON for each finding, and no more."
        )
        parser.add_argument(
            "--only", action="append", metavar="SEARCH", help="Only this search; may be repeated."
        )

    def handle(self, **options):
        known, now, total = searches(), timezone.now(), 0
        wanted = options["only"] or list(known)
        if unknown := sorted(set(wanted) - set(known)):
            raise CommandError(f"There is no search {unknown[0]!r}. There are: {', '.join(known)}.")
        try:
            with one_moment():
                for name in wanted:
                    total += self._search(name, known[name](now), options["json"])
        except DatabaseError as failure:
            raise CommandError(
                f"The search broke off, the database refuses: {in_one_line(failure)}"
            ) from failure
        if total:
            raise CommandError(f"{total} finding{'' if total == 1 else 's'}.", returncode=1)
        if not options["json"]:
            self.stdout.write("Nothing was found that must not be there.")

    def _search(self, name, findings, as_json):
        """How many there are, but for notes."""
        began, wrong, notes = time.monotonic(), 0, 0
        for each in findings:
            wrong, notes = wrong + (not each.is_note), notes + each.is_note
            if as_json:
                self.stdout.write(json.dumps({"search": name, **each._asdict()}))
            else:
                self.stdout.write(f"{'note' if each.is_note else name}: {each.what} {each.why}")
        if not as_json:
            noted = f", {notes} notes" * bool(notes)
            seconds = time.monotonic() - began
            self.stdout.write(f"{name}: {wrong or 'nothing'} found{noted} ({seconds:.1f} s)")
        return wrong
