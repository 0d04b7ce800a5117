"""What the dialog makes of a message: what to do next. It never says that something was done."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coachbot.chat.dialog.catalogue import Name
from coachbot.chat.dialog.state import Option, Purpose, Wish
from coachbot.chat.dialog.when import Problem, When


class Missing(StrEnum):
    """What is asked for, one thing at a time."""

    WHAT = "what"  # a service, a specialization or a specialist
    WHICH_SERVICE = "which_service"  # several fit: Ask.choices
    WHICH_SPECIALIST = "which_specialist"  # several fit: Ask.choices
    WHEN = "when"
    WHICH_DATE = "which_date"  # 12/3 is two dates: Ask.dates
    WHICH_SLOT = "which_slot"  # of State.slots
    WHICH_BOOKING = "which_booking"  # of State.bookings
    YES_OR_NO = "yes_or_no"  # to State.pending
    REASON = "reason"  # for what State.pending would do, after the yes


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask for one thing. `problem` says why what was written did not do."""

    what: Missing
    choices: tuple[Name, ...] = ()
    when: When | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """Look for free slots, show some, and hand them to `offered`.

    `wish.when` None: from now on. With `after`, those that begin after it; with `before`, the last
    few that begin before it. `wish.earliest`: one will do. `wish.purpose` MOVE: for
    `wish.booking`, so its specialist, service and duration where the wish names none.
    """

    wish: Wish
    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProposeBooking:
    """Say the slot back, with date and zone, and ask for a yes."""

    slot: Option


@dataclass(frozen=True, slots=True)
class Book:
    """The client said yes to this slot: book it, then `finished` or `refused`."""

    slot: Option


@dataclass(frozen=True, slots=True)
class FindBookings:
    """Look up the client's bookings to come and hand them to `listed`.

    `purpose` LIST shows them; CANCEL and MOVE go on with the one that is found. All that is not
    None must fit (`when.holds(starts_at, zone)`); `reference` is upper case, without blanks and
    hyphens.
    """

    purpose: Purpose
    reference: str | None = None
    when: When | None = None
    service: str | None = None
    specialist: str | None = None
    specialization: str | None = None
    next_only: bool = False  # "my next appointment"


@dataclass(frozen=True, slots=True)
class NothingFound:
    """`listed` was given no bookings."""

    purpose: Purpose


@dataclass(frozen=True, slots=True)
class ShowBookings:
    """Show State.bookings, numbered from 1."""

    bookings: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class ProposeCancel:
    """Say the booking back and ask for a yes."""

    booking: Option


@dataclass(frozen=True, slots=True)
class Cancel:
    """The client said yes: cancel it, then `finished` or `refused`."""

    booking: Option
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProposeMove:
    """Say back the booking and its new slot and ask for a yes."""

    booking: Option
    slot: Option


@dataclass(frozen=True, slots=True)
class Move:
    """The client said yes: move it, then `finished` or `refused`."""

    booking: Option
    slot: Option
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """The client said no to what was proposed; nothing changes. Offers shown stay valid."""

    purpose: Purpose


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Say when there is somebody."""

    wish: Wish


@dataclass(frozen=True, slots=True)
class Prices:
    """Say what it costs and how long it takes: `wish.service`, else all services."""

    wish: Wish


class Talk(StrEnum):
    """What needs an answer and no look-up. Each has a sentence of the same name."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    HELP = "help"
    STOPPED = "stopped"  # "stop": what was pending is dropped
    STARTED_OVER = "started_over"
    NOT_UNDERSTOOD = "not_understood"  # help and an example; the state is as it was
    NOTHING_TO_CONFIRM = "nothing_to_confirm"  # a yes, a no or a number out of nowhere


@dataclass(frozen=True, slots=True)
class Say:
    """Say a sentence. `reminder` asks again what was open before, if something was."""

    talk: Talk
    reminder: Ask | None = None


Intent = (
    Ask
    | Search
    | ProposeBooking
    | Book
    | FindBookings
    | NothingFound
    | ShowBookings
    | ProposeCancel
    | Cancel
    | ProposeMove
    | Move
    | Declined
    | OpeningHours
    | Prices
    | Say
)
