"""`manage.py slots`: what a client would be offered, or why nothing."""

import json
import textwrap
from argparse import RawDescriptionHelpFormatter
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from difflib import SequenceMatcher
from itertools import groupby, islice
from typing import Any, NamedTuple
from uuid import UUID

from django.core.management import BaseCommand, CommandError
from django.core.management.base import DjangoHelpFormatter
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.fields import Field

from coachbot.api.serializers import DayOrInstantField, InstantField, ZoneField
from coachbot.errors import DomainError
from scheduling import queries, slots
from scheduling.models import Service, Specialist
from scheduling.queries import Slot, Wish
from scheduling.serializers import LONGEST_RANGE, SlotsQuerySerializer, slots_document

DEFAULT_DAYS = timedelta(days=7)
# Enough starts to know why there is nothing, few enough to answer at once.
LOOKED_AT = 100
SUGGESTIONS = 5
ALIKE = 0.6

EXAMPLES = """\
examples:
  slots "Anna Roth"                                    the next seven days
  slots "anna roth" --service massage                  names in any case
  slots anna@example.com --start 2026-12-01 --end 2026-12-15
                                                       1 to 14 December, days of Anna's zone
  slots "Anna Roth" --tz America/New_York              the same slots on New York's clocks
  slots "Anna Roth" --duration-minutes 90              no service, an hour and a half
  slots "Anna Roth" --start 2026-12-01T09:00:00+01:00 --end 2026-12-01T12:00:00+01:00
                                                       slots that begin in these three hours
  slots "Anna Roth" --at 2026-11-30T18:00:00Z          as it looks, or will look, at that moment
  slots "Anna Roth" --json | jq '.slots[0]'            the API's document, for programs
"""


class Formatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Django's, with the examples left as they are written."""


class Answer(NamedTuple):
    """What was asked for, and the slots there are. `start` and `end` are of `zone`."""

    wish: Wish
    zone: tzinfo
    start: datetime
    end: datetime
    now: datetime
    found: list[Slot]


class Row(NamedTuple):
    """Something that can be called by its id or by any of its names."""

    pk: UUID
    title: str
    names: tuple[str, ...]

    def answers_to(self, text: str) -> bool:
        return text.casefold() in {str(self.pk), *(name.casefold() for name in self.names)}


class Command(BaseCommand):
    help = (
        "Print the slots that a client would be offered: the times that can be booked with a\n"
        "specialist; and where there are none, why. It changes nothing."
    )
    requires_system_checks = ()

    def create_parser(self, prog_name, subcommand, **kwargs):
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLES, formatter_class=Formatter, **kwargs
        )

    def add_arguments(self, parser):
        parser.add_argument("specialist", help="The specialist's name, email address or id.")
        parser.add_argument(
            "--start",
            metavar="D",
            help="The first day (2026-12-01), or an instant (2026-12-01T09:00:00+01:00). "
            "Default: today.",
        )
        parser.add_argument(
            "--end",
            metavar="D",
            help="The day after the last, or an instant; at most 62 days on. "
            "Default: seven days after the start.",
        )
        parser.add_argument("--service", metavar="S", help="The service's name or id.")
        parser.add_argument(
            "--duration-minutes",
            metavar="N",
            help="How long, without --service. Default: the specialist's own duration.",
        )
        parser.add_argument(
            "--tz",
            metavar="ZONE",
            help="An IANA time zone, such as Europe/Berlin: its days are meant, its clock shown. "
            "Default: the specialist's.",
        )
        parser.add_argument(
            "--at",
            metavar="INSTANT",
            help="Count past, notice and advance from that instant. Default: now.",
        )
        parser.add_argument(
            "--json",
            action="store_true",
            help="Print what GET /api/v1/specialists/{id}/slots/ answers.",
        )

    def handle(self, **options):
        specialist = _specialist(options["specialist"])
        answer = _ask(specialist, options)
        if options["json"]:
            document = slots_document(answer.wish, answer.zone, answer.found)
            self.stdout.write(json.dumps(document, indent=2))
            return
        lines = _offered(answer) if answer.found else _nothing(answer)
        self.stdout.write("\n".join([f"{_title(answer)}\n", *lines]))


def _ask(specialist: Specialist, options: dict[str, Any]) -> Answer:
    now = _parse(InstantField, "at", options["at"]) or timezone.now()
    zone = _parse(ZoneField, "tz", options["tz"]) or specialist.time_zone
    start = options["start"] or now.astimezone(zone).date().isoformat()
    given = {
        "start": start,
        "end": options["end"] or _after(start),
        "service": _service(options["service"], specialist) if options["service"] else None,
        "duration_minutes": options["duration_minutes"],
        "tz": options["tz"],
    }
    query = SlotsQuerySerializer(
        data={name: text for name, text in given.items() if text is not None},
        context={"specialist": specialist},
    )
    try:
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        found = queries.free_slots(asked["wish"], start=asked["start"], end=asked["end"], now=now)
    except ValidationError as refusal:
        raise CommandError(_problems(refusal.detail)) from None
    except DomainError as refusal:
        raise CommandError(str(refusal)) from None
    return Answer(**asked, now=now, found=found)


def _after(start: str) -> str:
    """The end of the default range."""
    end: date = _parse(DayOrInstantField, "start", start) + DEFAULT_DAYS
    return end.isoformat()


def _parse(field: type[Field], name: str, text: str | None) -> Any:
    try:
        return None if text is None else field().run_validation(text)
    except ValidationError as refusal:
        raise CommandError(_problems({name: refusal.detail})) from None


def _problems(detail: Any) -> str:
    """Each option with what is wrong with it."""
    return " ".join(
        f"--{name.replace('_', '-')}: {' '.join(map(str, problems))}"
        for name, problems in detail.items()
    )


def _specialist(text: str) -> Specialist:
    columns = ("pk", "name", "name", "email", "user__email")
    rows = [
        Row(pk, title, tuple(filter(None, names)))
        for pk, title, *names in Specialist.objects.values_list(*columns)
    ]
    return Specialist.objects.get(pk=_one(rows, text, "specialist").pk)


def _service(text: str, specialist: Specialist) -> UUID:
    """Of several services with one name, the specialist's own is meant."""
    offered, others = (
        [Row(pk, title, (title,)) for pk, title in rows.values_list("pk", "name")]
        for rows in (
            Service.objects.filter(specialists=specialist),
            Service.objects.exclude(specialists=specialist),
        )
    )
    known = any(row.answers_to(text) for row in offered)
    return _one(offered if known or not others else [*offered, *others], text, "service").pk


def _one(rows: list[Row], text: str, what: str) -> Row:
    """The row that `text` means. Raises CommandError with what may have been meant."""
    meant = [row for row in rows if row.answers_to(text.strip())]
    if len(meant) == 1:
        return meant[0]
    if meant:
        ids = ", ".join(str(row.pk) for row in meant[:SUGGESTIONS])
        raise CommandError(f'{len(meant)} {what}s answer to "{text}". Give an id: {ids}.')
    if not rows:
        raise CommandError(f"There are no {what}s yet: `manage.py seed_demo` makes some to try.")
    near = ", ".join(row.title for row in _near(rows, text))
    hint = f"Did you mean: {near}?" if near else _known(rows)
    raise CommandError(f'No {what} "{text}". {hint}')


def _near(rows: list[Row], text: str) -> list[Row]:
    scored = sorted(((_likeness(text, row), row) for row in rows), key=lambda pair: -pair[0])
    return [row for score, row in scored[:SUGGESTIONS] if score >= ALIKE]


def _likeness(text: str, row: Row) -> float:
    """1 if `text` is part of a name, else how alike it is to the name or to one of its words."""
    wanted, names = text.casefold().strip(), [name.casefold() for name in row.names]
    if wanted and any(wanted in name for name in names):
        return 1.0
    words = [word for name in names for word in (name, *name.split())]
    return max(SequenceMatcher(None, wanted, word).ratio() for word in words)


def _known(rows: list[Row]) -> str:
    shown = ", ".join(row.title for row in rows[:SUGGESTIONS])
    more = len(rows) - SUGGESTIONS
    return f"There are: {shown}{f' and {more} more' if more > 0 else ''}."


def _title(answer: Answer) -> str:
    minutes = queries.terms_of(answer.wish).duration // 60
    what = f"{answer.wish.service}, " if answer.wish.service else ""
    return f"{answer.wish.specialist}: {what}{minutes} minutes, times of {answer.zone}"


def _offered(answer: Answer) -> Iterator[str]:
    """The starts, day by day."""
    days = 0
    starts = (slot.starts_at.astimezone(answer.zone) for slot in answer.found)
    for day, times in groupby(starts, key=datetime.date):
        clock = _clock(list(times))
        yield f"{day:%A}, {_day(day)} ({len(clock)})"
        yield textwrap.fill("  ".join(clock), 78, initial_indent="  ", subsequent_indent="  ")
        days += 1
    yield f"\n{_count(len(answer.found), 'slot')} on {_count(days, 'day')}."


def _clock(times: list[datetime]) -> list[str]:
    """The times of one day; with their offsets when the clocks change on it."""
    changes = len({at.utcoffset() for at in times}) > 1
    return [at.strftime("%H:%M%z" if changes else "%H:%M") for at in times]


def _nothing(answer: Answer) -> Iterator[str]:
    yield f"No free slots from {_moment(answer.start)} to {_moment(answer.end)}."
    yield from (f"  {reason}" for reason in _reasons(answer))
    later = max(answer.end, answer.now)
    following = queries.free_slots(
        answer.wish, start=later, end=later + LONGEST_RANGE, now=answer.now
    )
    if following:
        at = following[0].starts_at.astimezone(answer.zone)
        yield f"The next one: {at:%A}, {_moment(at)}."


def _reasons(answer: Answer) -> Iterable[str]:
    wish, now = answer.wish, answer.now
    if standing := queries.standing_refusals(wish):
        return [reason.detail for reason in standing]
    if answer.end <= now:
        return ["All of this is in the past."]
    starts = list(islice(_possible_starts(answer, now), LOOKED_AT))
    if not starts:
        return [_no_hours(wish)]
    counted = Counter(
        reason.detail for at in starts for reason in queries.why_not(wish, at, now=now)
    )
    tried = f"{'the first ' if len(starts) == LOOKED_AT else ''}{_count(len(starts), 'start')}"
    return [f"{detail} ({number} of {tried})" for detail, number in counted.most_common()]


def _possible_starts(answer: Answer, now: datetime) -> Iterator[datetime]:
    """What would be slots if nothing were closed, taken, too soon or too far."""
    terms = queries.terms_of(answer.wish)
    start, end = int(answer.start.timestamp()), int(answer.end.timestamp())
    reach = slots.reach(terms, start=start, end=end)
    hours = queries.hours_of(answer.wish.specialist, reach, now=now)
    for slot in slots.possible_slots(hours, terms, start=start, end=end):
        yield datetime.fromtimestamp(slot.start, answer.zone)


def _no_hours(wish: Wish) -> str:
    if wish.specialist.schedules.active().exists():
        return f"{wish.specialist} has no open hours long enough in this time."
    return f"{wish.specialist} has no weekly hours yet."


def _moment(at: datetime) -> str:
    return f"{_day(at)}, {at:%H:%M}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
