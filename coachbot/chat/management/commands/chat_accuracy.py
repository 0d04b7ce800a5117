"""`manage.py chat_accuracy`: how well the bot understands, and what it gets wrong."""

import textwrap
from argparse import RawDescriptionHelpFormatter
from pathlib import Path

from django.core.management import BaseCommand, CommandError
from django.core.management.base import DjangoHelpFormatter

from coachbot.chat import accuracy
from coachbot.chat.accuracy import Outcome
from coachbot.chat.vocabulary import LANGUAGES, Vocabulary

EXAMPLES = """\
examples:
  chat_accuracy                       the tables that come with CoachBot
  chat_accuracy my_messages.tsv       a table of your own

A table has a heading and seven columns, parted by tabs:
  clock    the client's wall clock, 2026-11-25T10:00
  zone     and where it is, Europe/Berlin
  given    what went before: nothing, or one of
           {given}
  message  what the client writes
  intent   what should be made of it: Search, Ask, FindBookings, ...
  about    and of what: look specialist=anna earliest
  when     2026-12-01 17:30, 2026-12-01 12:00-18:00, 2026-11-30..2026-12-06;
           "guessed" where the hour was said without am or pm
Lines that begin with # are headings. Copy a line of coachbot/chat/utterances.tsv to begin with.
"""


class Formatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Django's, with the examples left as they are written."""


class Command(BaseCommand):
    help = (
        "Read messages as the booking bot does and compare with what a person expects: each\n"
        f"miss, and the score. Exits with 1 below {accuracy.THRESHOLD:.0%}. It changes nothing."
    )
    requires_system_checks = ()

    def create_parser(self, prog_name, subcommand, **kwargs):
        names = ", ".join(name for name in accuracy.GIVEN if name)
        given = textwrap.fill(names, 70, subsequent_indent=" " * 11)
        parser = super().create_parser(
            prog_name, subcommand, epilog=EXAMPLES.format(given=given), **kwargs
        )
        parser.formatter_class = Formatter
        return parser

    def add_arguments(self, parser):
        parser.add_argument(
            "tables",
            nargs="*",
            type=Path,
            default=accuracy.TABLES,
            metavar="TABLE",
            help="a file of messages; all that come with CoachBot if none is named",
        )

        parser.add_argument(
            "--language",
            choices=sorted(LANGUAGES),
            default="en",
            help="in which the messages are (default: en)",
        )

    def handle(self, *, tables, language, **options):
        everything = [self._table(path, LANGUAGES[language]) for path in tables]
        outcomes = [outcome for table in everything for outcome in table]
        if len(tables) > 1:
            self.stdout.write(f"All: {accuracy.score(outcomes)}")
        if accuracy.share(outcomes) < accuracy.THRESHOLD:
            raise CommandError(f"Fewer than {accuracy.THRESHOLD:.0%} are right.")

    def _table(self, path: Path, vocabulary: Vocabulary) -> list[Outcome]:
        try:
            outcomes = [accuracy.outcome(case, vocabulary) for case in accuracy.cases(path)]
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error.strerror}.") from error
        except (TypeError, ValueError, KeyError) as error:
            raise CommandError(f"{path} has a line that cannot be read: {error}") from error
        for outcome in outcomes:
            if not outcome.is_right:
                self._miss(outcome)
        self.stdout.write(f"{path.name}: {accuracy.score(outcomes)}")
        return outcomes

    def _miss(self, outcome: Outcome) -> None:
        case = outcome.case
        given = f" (given {case.given})" if case.given else ""
        self.stdout.write(f'"{case.message}"{given}, {case.clock} {case.zone}')
        self.stdout.write(f"  expected  {' | '.join(case.expected)}")
        self.stdout.write(f"  got       {' | '.join(outcome.got)}")
