from argparse import ArgumentTypeError

import pyrage
from django.core.management import BaseCommand
from django.db import connection
from django.utils import timezone

from coachbot.backups import census, work
from coachbot.backups.retention import Keep
from coachbot.management.backups import failures_in_words, size

KEEP = {
    "newest": "the newest N",
    "daily": "the newest of each of the last N days that have one (UTC)",
    "weekly": "the newest of each of the last N weeks that have one",
    "monthly": "the newest of each of the last N months that have one",
}


def positive(text):
    if not (text.isascii() and text.isdigit() and int(text)):
        raise ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


class Command(BaseCommand):
    help = (
        "Store a backup of the whole database, as it is at one moment, at BACKUP_URL (backups/ "
        "beside manage.py unless set; s3://bucket/prefix for a bucket), encrypted if BACKUP_KEY is "
        "set. Others may go on reading and writing meanwhile. With --keep options, older backups "
        "that none of them asks for are then deleted; without any, all stay. "
        "Example, every night: backup --keep-daily 7 --keep-weekly 4 --keep-monthly 12"
    )

    def add_arguments(self, parser):
        for name, meaning in KEEP.items():
            option = "--keep" if name == "newest" else f"--keep-{name}"
            parser.add_argument(
                option, type=positive, default=0, metavar="N", dest=name, help=f"Keep {meaning}."
            )
        parser.add_argument(
            "--new-key", action="store_true", help="Only print a new key for BACKUP_KEY."
        )

    def handle(self, **options):
        if options["new_key"]:
            self._print_new_key()
            return
        with failures_in_words():
            self._back_up(Keep(**{name: options[name] for name in KEEP}))

    def _back_up(self, keep):
        began = timezone.now()
        stored, manifest = work.make(connection, now=began)
        rows = sum(table.rows for table in manifest.tables.values())
        seconds = (timezone.now() - began).total_seconds()
        sealed = "encrypted" if stored.is_encrypted else "not encrypted: BACKUP_KEY is not set"
        self.stdout.write(
            f"Stored {stored.name} at {work.place().url}: {size(stored.size)}, {rows} rows of "
            f"{len(manifest.tables)} tables, {seconds:.1f} s, {sealed}."
        )
        if any(keep):
            self._forget(keep, stored, manifest)

    def _forget(self, keep, stored, manifest):
        if not census.filled(manifest.tables):
            self.stderr.write("This backup holds no data: nothing was deleted in favour of it.")
            return
        for each in work.forget(keep, made=stored):
            self.stdout.write(f"Deleted {each.name}.")

    def _print_new_key(self):
        identity = pyrage.x25519.Identity.generate()
        self.stdout.write(f"BACKUP_KEY={identity}")
        self.stderr.write(
            "This secret key opens what it closes: keep a copy of it away from this machine and "
            "from the backups. A machine that only makes backups needs no more than its public "
            f"part: BACKUP_KEY={identity.to_public()}"
        )
