"""`manage.py export_csv`: a whole table as a CSV file."""

import os
import sys
from pathlib import Path

from django.core.management import BaseCommand, CommandError
from tqdm import tqdm

from audit import services as audit
from coachbot.management.sheets import EXPORTED, Formatter
from coachbot.sheets.writing import csv_parts

EXAMPLES = """\
examples:
  export_csv bookings --out bookings.csv     every booking; a file that is there stays
  export_csv clients | gzip > clients.csv.gz
  export_csv days_off --out days.csv         edit it, then: import_csv days_off days.csv --dry-run

Texts that a spreadsheet would compute have an apostrophe in front, which import_csv takes off.
"""


class Command(BaseCommand):
    help = "Write a table as CSV: the same columns as from the back office, without secrets."

    def create_parser(self, prog_name, subcommand, **kwargs):
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLES, formatter_class=Formatter, **kwargs
        )

    def add_arguments(self, parser):
        parser.add_argument("name", choices=sorted(EXPORTED), help="Which table.")
        parser.add_argument("--out", metavar="FILE", type=Path, help="Default: standard output.")

    def handle(self, **options):
        sheet = EXPORTED[options["name"]]
        rows = sheet.prepared(sheet.everything())
        count = rows.count()
        lines = tqdm(
            sheet.lines(rows),
            desc=sheet.title,
            total=count,
            leave=False,
            disable=True if options["verbosity"] == 0 else None,  # None: unless at a terminal
        )
        parts = self._noted(sheet, count, csv_parts(list(sheet.columns), lines))
        if options["out"] is None:
            self._print(parts)
            return
        try:
            with options["out"].open("xb") as file:
                self._write(parts, file)
        except OSError as failure:
            raise CommandError(f"Nothing was written: {failure}.") from None
        self.stdout.write(f"{options['out']}: {count} {sheet.title}.")

    def _print(self, parts):
        try:
            self._write(parts, sys.stdout.buffer)
        except BrokenPipeError:
            # Whoever reads has seen enough (`| head`); Python would complain once more at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    @staticmethod
    def _noted(sheet, count, parts):
        """Once there is a file, and before it holds anything."""
        audit.record_export(sheet.model, rows=count, format="csv")
        yield from parts

    @staticmethod
    def _write(parts, file):
        for part in parts:
            file.write(part.encode())
        file.flush()
