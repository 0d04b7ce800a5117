"""How well the dialog understands: a table of messages, each with what should be made of it.

Tab-separated: `clock` (wall time) and `zone` of the client; `given`, one of GIVEN; the message; the
name of the intent; what it is about; when. Lines that begin with # say what follows.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from coachbot.chat.dialog import (
    Ask,
    Catalogue,
    FindBookings,
    Intent,
    Missing,
    Name,
    OpeningHours,
    Option,
    Pending,
    Prices,
    Purpose,
    Say,
    Search,
    State,
    Turn,
    When,
    Wish,
    respond,
)
from coachbot.chat.vocabulary import ENGLISH, Vocabulary

TABLES = (
    Path(__file__).with_name("utterances.tsv"),
    Path(__file__).with_name("utterances_held_out.tsv"),
)
THRESHOLD = 0.95
BERLIN = ZoneInfo("Europe/Berlin")

CATALOGUE = Catalogue(
    services=(
        Name("massage", "Sports massage"),
        Name("training", "Personal training"),
        Name("assessment", "Initial assessment"),
        Name("check", "Fitness check"),
    ),
    specialists=(
        Name("anna", "Anna Roth"),
        Name("ben", "Ben Okafor"),
        Name("carla", "Carla Díaz"),
        Name("sam_field", "Sam Field"),
        Name("sam_ortega", "Sam Ortega"),
    ),
    specializations=(
        Name("physio", "Physiotherapy"),
        Name("nutrition", "Nutrition"),
        Name("strength", "Strength and conditioning"),
    ),
)


def _option(key: str, wall: str, specialist: str, service: str, reference: str = "") -> Option:
    at = datetime.fromisoformat(wall).replace(tzinfo=BERLIN).astimezone(UTC)
    return Option(key, at, specialist, service, reference)


SLOTS = (
    _option("s1", "2026-11-26T09:00", "anna", "massage"),
    _option("s2", "2026-11-26T10:30", "ben", "massage"),
    _option("s3", "2026-11-26T14:00", "anna", "massage"),
    _option("s4", "2026-11-26T16:00", "carla", "massage"),
)
BOOKINGS = (
    _option("b1", "2026-11-27T15:00", "anna", "massage", "K7Q2M4XA"),
    _option("b2", "2026-11-30T09:00", "ben", "training", "8RT5WXYZ"),
    _option("b3", "2026-12-08T18:00", "carla", "check", "PQ34HJKM"),
)
THURSDAY = When(date(2026, 11, 26), date(2026, 11, 26))
AFTERNOON = When(date(2026, 11, 26), date(2026, 11, 26), time(12), time(18))
LOOKING = Wish(Purpose.LOOK, service="massage", when=THURSDAY)
BOOKING = Wish(Purpose.BOOK, service="massage")
MOVING = Wish(Purpose.MOVE, booking=BOOKINGS[0])
TWO_DATES = When(date(2026, 12, 3), date(2026, 12, 3), other_on=date(2027, 3, 12))
CANCELLING = State(Wish(Purpose.CANCEL), bookings=BOOKINGS, asked=Missing.WHICH_BOOKING)
SHOWN = State(LOOKING, slots=SLOTS, asked=Missing.WHICH_SLOT)

# Asked while a wish is put together: what is known of it is part of the answer.
GATHERING = (Missing.WHAT, Missing.WHEN, Missing.WHICH_SERVICE, Missing.WHICH_SPECIALIST)

GIVEN = {
    "": State(),
    "slots": SHOWN,
    "one_slot": State(LOOKING, slots=SLOTS[:1], asked=Missing.WHICH_SLOT),
    "bookings": State(Wish(Purpose.LIST), bookings=BOOKINGS),
    "which_cancel": CANCELLING,
    "moving": State(MOVING, asked=Missing.WHEN),
    "asked_when": State(BOOKING, asked=Missing.WHEN),
    "asked_what": State(Wish(Purpose.BOOK, when=AFTERNOON), asked=Missing.WHAT),
    "asked_date": State(
        Wish(Purpose.BOOK, service="massage", when=TWO_DATES), asked=Missing.WHICH_DATE
    ),
    "asked_sam": State(
        Wish(Purpose.LOOK, when=THURSDAY),
        asked=Missing.WHICH_SPECIALIST,
        choices=("sam_field", "sam_ortega"),
    ),
    "pending_book": State(LOOKING, slots=SLOTS, pending=Pending(Purpose.BOOK, slot=SLOTS[1])),
    "pending_cancel": State(
        Wish(Purpose.CANCEL, booking=BOOKINGS[0]),
        pending=Pending(Purpose.CANCEL, booking=BOOKINGS[0]),
    ),
    "pending_move": State(
        MOVING,
        slots=SLOTS,
        pending=Pending(Purpose.MOVE, slot=SLOTS[1], booking=BOOKINGS[0]),
    ),
}


class Case(NamedTuple):
    """One line of a table."""

    clock: str
    zone: str
    given: str
    message: str
    intent: str
    about: str
    when: str

    @property
    def expected(self) -> tuple[str, str, str]:
        return self.intent, self.about, self.when


class Outcome(NamedTuple):
    case: Case
    got: tuple[str, str, str]

    @property
    def is_right(self) -> bool:
        return self.case.expected == self.got


def cases(path: Path) -> Iterator[Case]:
    """Raises TypeError for a line with more or fewer columns."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        yield from (Case(*row) for row in rows if row and not row[0].startswith("#"))


def outcome(case: Case, vocabulary: Vocabulary = ENGLISH) -> Outcome:
    zone = ZoneInfo(case.zone)
    now = datetime.fromisoformat(case.clock).replace(tzinfo=zone)
    turn = respond(
        GIVEN[case.given],
        case.message,
        now=now,
        zone=zone,
        vocabulary=vocabulary,
        catalogue=CATALOGUE,
    )
    return Outcome(case, described(turn))


def share(outcomes: Sequence[Outcome]) -> float:
    """How many of them are right; of none, none."""
    return sum(outcome.is_right for outcome in outcomes) / (len(outcomes) or 1)


def score(outcomes: Sequence[Outcome]) -> str:
    right = sum(outcome.is_right for outcome in outcomes)
    return f"{right} of {len(outcomes)} right, {share(outcomes):.1%}"


def described(turn: Turn) -> tuple[str, str, str]:
    """A turn in the words of the tables: name, about, when."""
    intent = turn.intent
    return type(intent).__name__, " ".join(_about(intent)), _when(turn)


def _about(intent: Intent) -> list[str]:
    match intent:
        case Ask():
            said = [intent.what, intent.problem or "", *(name.key for name in intent.choices)]
            # An ambiguous date is what is asked for.
            return [word for word in said if word and word != "ambiguous_date"]
        case Search():
            page = ["later"] * bool(intent.after) + ["earlier"] * bool(intent.before)
            return [*_wish(intent.wish, with_purpose=True), *page]
        case OpeningHours() | Prices():
            return _wish(intent.wish, with_purpose=False)
        case FindBookings():
            keys = ("reference", "service", "specialist", "specialization")
            return [intent.purpose, *_set(intent, keys), *["next"] * intent.next_only]
        case Say():
            return [intent.talk]
    purpose = getattr(intent, "purpose", "")
    options = ((name, getattr(intent, name, None)) for name in ("booking", "slot"))
    return [purpose] * bool(purpose) + [f"{name}={it.key}" for name, it in options if it]


def _wish(wish: Wish, *, with_purpose: bool) -> list[str]:
    return [
        *[wish.purpose] * with_purpose,
        *_set(wish, ("service", "specialist", "specialization")),
        *([f"booking={wish.booking.key}"] if wish.booking else []),
        *([f"minutes={wish.duration_minutes}"] if wish.duration_minutes else []),
        *["earliest"] * wish.earliest,
    ]


def _set(holder: object, names: tuple[str, ...]) -> list[str]:
    return [f"{name}={value}" for name in names if (value := getattr(holder, name))]


def _when(turn: Turn) -> str:
    intent = turn.intent
    when = getattr(intent, "when", None)
    if isinstance(intent, Search | OpeningHours | Prices):
        when = intent.wish.when
    if isinstance(intent, Ask) and intent.what in GATHERING and turn.state.wish and not when:
        when = turn.state.wish.when
    return _written(when) if when else ""


def _written(when: When) -> str:
    if when.problem == "no_such_date":
        return ""
    if when.other_on:
        return f"{when.first_on}/{when.other_on}"
    days = [str(when.first_on)]
    if when.last_on != when.first_on:
        days = [f"{when.first_on}..{when.last_on}"]
    if when.weekdays:
        days.append(",".join(ENGLISH.weekdays[day][:3] for day in when.weekdays))
    twice = ["time_occurs_twice"] * (when.problem == "time_occurs_twice")
    return " ".join([*days, *_times(when), *twice, *["guessed"] * when.guessed])


def _times(when: When) -> list[str]:
    if when.exact:
        return [f"{when.from_time:%H:%M}"]
    if when.from_time == when.until_time == time():
        return []
    until = "24:00" if when.until_time == time() else f"{when.until_time:%H:%M}"
    return [f"{when.from_time:%H:%M}-{until}"]
