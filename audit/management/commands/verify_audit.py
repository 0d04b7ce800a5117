import re
from argparse import ArgumentTypeError

from django.core.management import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from audit.models import AdminLog
from audit.verification import Anchor, Broken, verify, verify_head

ANCHOR = re.compile("(0|[1-9][0-9]{0,18}):([0-9a-f]{64}|)")
PRINT = object()


def anchor(text):
    found = ANCHOR.fullmatch(text.strip())
    if not found:
        raise ArgumentTypeError(f"{text!r} is not what `verify_audit --anchor` printed")
    return Anchor(int(found.group(1)), found.group(2))


class Command(BaseCommand):
    help = (
        "Check that no entry of the log was altered, removed or inserted; exits with 1 and names "
        "the first that was. Who can write the whole database could also write a new log, so "
        "keep what `--anchor` prints somewhere else, every day, and check against it."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--anchor",
            type=anchor,
            nargs="?",
            const=PRINT,
            metavar="NUMBER:SEAL",
            help="Alone: print the newest entry's number and seal. With them: check them too.",
        )

    @transaction.atomic
    def handle(self, **options):
        given = options["anchor"]
        entries = AdminLog.objects.order_by("sequence")
        progress = tqdm(
            entries.iterator(chunk_size=2000),
            total=entries.count(),
            disable=None,
            unit=" entries",
        )
        try:
            head = verify(progress, anchor=given if isinstance(given, Anchor) else None)
            verify_head(head)
        except Broken as finding:
            raise CommandError(str(finding), returncode=1) from None
        if given is PRINT:
            self.stdout.write(str(head))
        else:
            self.stdout.write(f"The log is whole: {head.sequence} entries.")
