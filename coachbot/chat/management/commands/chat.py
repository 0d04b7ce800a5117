"""`manage.py chat`: the bot in a terminal, as somebody."""

import readline  # noqa: F401 -- with it, input() has a history and can be edited
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterator

from django.core.management import BaseCommand, CommandError
from django.core.management.base import DjangoHelpFormatter
from django.db.models import Q
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from accounts.models import User
from coachbot.api.serializers import ZoneField
from coachbot.chat.bot import answer
from coachbot.chat.models import Chat
from coachbot.chat.serializers import SayingSerializer
from coachbot.chat.services import start_chat

PROMPT = "> "
EXAMPLES = """\
It is the bot of the API's /api/v1/chats/: it acts with that user's rights, asks before it books,
moves or cancels, and what is said is kept as a chat of theirs. Empty lines are skipped; "bye",
Ctrl-D or the end of the input ends it.

examples:
  chat --as kim@example.com                            talk; "help" lists what can be said
  chat --as kim --time-zone America/New_York           times on New York's clocks
  printf 'is anna free tomorrow?\\n1\\nyes\\n' | manage.py chat --as kim@example.com
                                                       a script: one message a line
"""


class Formatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Django's, with the examples left as they are written."""


class Command(BaseCommand):
    help = "Talk to the booking bot in the terminal, as one of the users."
    requires_system_checks = ()

    def create_parser(self, prog_name, subcommand, **kwargs):
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLES, formatter_class=Formatter, **kwargs
        )

    def add_arguments(self, parser):
        parser.add_argument(
            "--as",
            dest="user",
            required=True,
            metavar="EMAIL",
            help="Whose bookings these are: a user's email address or username.",
        )
        parser.add_argument(
            "--time-zone",
            metavar="ZONE",
            help="An IANA time zone, such as Europe/Berlin. Default: the user's own.",
        )

    def handle(self, **options):
        chat = start_chat(user=_user(options["user"]), time_zone=_zone(options["time_zone"]))
        self.stdout.write(
            f"You are {chat.user.email}; times are of {chat.time_zone}. "
            'Say "help" to see what can be said, "bye" to go.'
        )
        sys.stdin.reconfigure(errors="replace")
        try:
            for text in self._lines():
                if self._reply(chat, text):
                    return
        except KeyboardInterrupt:
            self.stdout.write("")

    def _reply(self, chat: Chat, text: str) -> bool:
        """Say what the bot replies. Whether that was goodbye."""
        saying = SayingSerializer(data={"content": text})
        if not saying.is_valid():
            self.stdout.write(" ".join(saying.errors["content"]))
            return False
        reply = answer(chat, saying.validated_data["content"], timezone.now()).reply
        self.stdout.write(f"{reply.content}\n")
        return bool(reply.payload.get("goodbye"))

    def _lines(self) -> Iterator[str]:
        """What is typed, until there is no more. Of a script, the lines are shown as if typed."""
        while True:
            try:
                text = input(PROMPT if self._is_typed() else "").strip()
            except EOFError:
                return
            if text and not self._is_typed():
                self.stdout.write(f"{PROMPT}{text}")
            if text:
                yield text

    @staticmethod
    def _is_typed() -> bool:
        return sys.stdin.isatty()


def _user(name: str) -> User:
    found = User.objects.active().filter(Q(email__iexact=name) | Q(username__iexact=name)).first()
    if found is None:
        raise CommandError(
            f'No active user "{name}". Give an email address or a username; '
            "`manage.py seed_demo` makes some to try."
        )
    return found


def _zone(name: str | None):
    try:
        return ZoneField().run_validation(name) if name is not None else None
    except ValidationError:
        raise CommandError(
            f'--time-zone: "{name}" is no IANA time zone, such as Europe/Berlin.'
        ) from None
