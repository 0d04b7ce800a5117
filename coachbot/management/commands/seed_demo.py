"""`manage.py seed_demo`: an appointment system that looks as if it had been used for weeks."""

import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from random import Random

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError, connection, transaction
from django.utils import timezone
from tqdm import tqdm

from accounts.models import User
from audit import services as audit
from coachbot.jobs.topics import muted
from coachbot.management.demo import people
from coachbot.management.demo.bookings import Diary
from coachbot.management.demo.feedback import give_feedback
from coachbot.management.demo.hours import make_hours
from coachbot.management.demo.people import LOGINS, PASSWORD
from coachbot.management.demo.waiting import put_in_line
from coachbot.notifications.reminders import leave_out
from scheduling.models import Service

# Where whoever has just started the server goes first.
ADDRESSES = (("Admin", "/admin/"), ("API docs", "/api/v1/docs/"), ("API", "/api/v1/"))
# Two that seed at once take turns, so that the second finds what the first has made.
TURN = 0x64656D6F


def whole_number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return parse


def base_url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ArgumentTypeError(f"{text!r} does not begin with http:// or https://")
    return text.rstrip("/")


class Command(BaseCommand):
    help = (
        "Fill the database with a demonstration: a gym in Berlin, a clinic in New York and a "
        "language school in Kathmandu and Lisbon, with past and coming bookings and feedback. "
        "Repeating it changes nothing: what people have entered, edited or deleted stays as it is."
    )
    requires_system_checks = ()
    SIZES = (
        ("--specialists", 1, 300, 12, "How many specialists there are."),
        ("--clients", 1, 5_000, 40, "How many clients have an account."),
        ("--bookings", 0, 20_000, 300, "How many bookings to make, if there is time for them."),
        ("--weeks", 1, 26, 3, "How far back, and how far ahead, bookings go."),
        ("--seed", 0, 2**63, 1, "Another number draws other names, days and bookings."),
    )

    def add_arguments(self, parser):
        for name, least, most, default, text in self.SIZES:
            parser.add_argument(
                name,
                type=whole_number(least, most),
                default=default,
                metavar="N",
                help=f"{text} Default {default}.",
            )
        parser.add_argument(
            "--base-url",
            type=base_url,
            default="http://127.0.0.1:8000",
            metavar="URL",
            help="Where the server will be; for the addresses printed. Default %(default)s.",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="Seed although DEBUG is off. Anyone who reads this can then sign in as admin.",
        )

    def handle(self, **options):
        if not settings.DEBUG and not options["force"]:
            raise CommandError(
                "DEBUG is off, so this may be a site that others can reach, and the passwords of "
                "the demonstration are public. Set DEBUG=true, or use --force."
            )
        began = time.monotonic()
        summary = None if _is_there() else self._seed(options)
        if summary:
            self.stdout.write(f"Demo data ready: {summary} ({time.monotonic() - began:.1f} s).")
        else:
            self.stdout.write(
                "Demo data is here already: nothing was changed, nor brought back. Passwords are "
                "as below unless somebody has changed them."
            )
        self._write_addresses(options["base_url"])
        self._write_logins()

    def _seed(self, options):
        """What was made, in words; all of it or, if stopped, nothing."""
        try:
            with transaction.atomic(), audit.together(), muted():
                _wait_for_turn()
                return None if people.is_there() else self._make(options)
        except KeyboardInterrupt:
            raise CommandError("Interrupted: nothing was written.") from None

    def _make(self, options):
        now, rng, password = timezone.now(), Random(options["seed"]), make_password(PASSWORD)  # noqa: S311 -- for a demonstration
        services_before = Service.everything.count()
        reception = people.make_staff(password)
        team = people.make_team(options["specialists"], password, rng)
        clients = people.make_clients(options["clients"], password, rng)
        make_hours(team, now, rng)
        diary = Diary(
            team=team,
            clients=clients,
            reception=reception,
            now=now,
            weeks=options["weeks"],
            rng=rng,
        )
        made = self._make_bookings(diary.fill(options["bookings"]), options)
        waiting = put_in_line(team, clients, now)
        leave_out(booking for booking in made if booking.starts_at > now)
        said = give_feedback(made, manager=people.admin(), now=now, rng=rng)
        return (
            f"{len(team)} specialists, {Service.everything.count() - services_before} services, "
            f"{sum(map(len, clients.values()))} clients, {len(made)} bookings, "
            f"{len(said)} feedback, {len(waiting)} in the waiting list"
        )

    def _make_bookings(self, bookings, options):
        bar = tqdm(
            bookings,
            desc="Booking",
            total=options["bookings"],
            leave=False,
            disable=True if options["verbosity"] == 0 else None,  # None: unless at a terminal
        )
        return list(bar)

    def _write_addresses(self, base):
        self._write_table([(name, base + path) for name, path in ADDRESSES])

    def _write_logins(self):
        rows = User.objects.active().filter(email__in=LOGINS)
        users = sorted(rows, key=lambda user: LOGINS.index(user.email))
        self._write_table(
            [
                ("Sign in as", "Password", "Role"),
                *((user.email, PASSWORD, _role(user)) for user in users),
            ]
        )

    def _write_table(self, rows):
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        self.stdout.write("")
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())


def _role(user):
    return "superuser" if user.is_superuser else user.get_user_type_display().lower()


def _is_there():
    try:
        return people.is_there()
    except (OperationalError, ProgrammingError) as failure:
        said = " ".join(str(failure).split())
        raise CommandError(
            f"The database is not ready ({said}): run `manage.py init_db` first."
        ) from failure


def _wait_for_turn():
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
