"""`manage.py import_csv`: a file into a table, all of it or nothing."""

from functools import partial
from pathlib import Path

from django.core.management import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from audit import services as audit
from coachbot.errors import DomainError
from coachbot.management.sheets import IMPORTED, Formatter
from coachbot.sheets import importing, reading
from coachbot.sheets.drafts import Outcome

EXAMPLES = f"""\
examples:
  import_csv days_off days.csv --dry-run     what would happen, row by row; nothing is written
  import_csv days_off days.csv               all rows, or none if one is refused
  import_csv clients people.xlsx             XLSX is read as well

The first row names the columns; `export_csv` shows which there are. A row with an id changes what
has that id. An empty cell empties what may be empty. A file has at most {reading.MOST_ROWS:,} rows
and {reading.MOST_BYTES // 1024 // 1024} MB; CSV is UTF-8. Whoever runs this may do everything.
"""


class Command(BaseCommand):
    help = (
        "Import specialists, schedules, days off or clients, by the same rules as in the back\n"
        "office: an overlap, a day off that is there already, or a booking that would be left\n"
        "outside open hours refuses the whole file."
    )

    def create_parser(self, prog_name, subcommand, **kwargs):
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLES, formatter_class=Formatter, **kwargs
        )

    def add_arguments(self, parser):
        parser.add_argument("name", choices=sorted(IMPORTED), help="Which table.")
        parser.add_argument("file", type=Path, help="The CSV or XLSX file.")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would happen.")

    def handle(self, **options):
        sheet, file = IMPORTED[options["name"]], options["file"]
        carry_out = importing.preview if options["dry_run"] else partial(_all_or_nothing, file=file)
        try:
            table = reading.read(file.name, file.read_bytes())
            with self._bar(table, options) as bar:
                plan = carry_out(
                    sheet,
                    table._replace(lines=bar),
                    rights=importing.BOTH,
                    now=timezone.now(),
                )
        except (DomainError, OSError) as refusal:
            raise CommandError(f"Nothing was imported: {refusal}") from None
        self._tell(plan)
        if plan.is_refused:
            raise CommandError(f"Nothing was imported: {plan.counts[Outcome.ERROR]} rows refused.")
        verb = "Would import" if options["dry_run"] else "Imported"
        counts = ", ".join(
            f"{count} {outcome}"
            for outcome, count in plan.counts.items()
            if outcome is not Outcome.ERROR
        )
        self.stdout.write(f"{verb}: {counts}.")

    def _bar(self, table, options):
        return tqdm(
            table.lines,
            desc="Reading",
            leave=False,
            disable=True if options["verbosity"] == 0 else None,  # None: unless at a terminal
        )

    def _tell(self, plan):
        for draft in plan.drafts:
            if draft.outcome is not Outcome.UNCHANGED:
                told = [_problem(each) for each in draft.problems] or [
                    f"{each.column}: {each.old or '(empty)'} → {each.new or '(empty)'}"
                    for each in draft.changes
                ]
                self.stdout.write(f"row {draft.number} {draft.outcome}: {'; '.join(told)}")


def _all_or_nothing(sheet, table, *, file, **kwargs):
    with transaction.atomic():
        plan, is_done = importing.bring_in(sheet, table, **kwargs)
        if is_done and plan.has_work:
            audit.record_import(sheet.model, file=file.name, counts=plan.counts)
    return plan


def _problem(problem):
    return f"{problem.column}: {problem.detail}" if problem.column else problem.detail
