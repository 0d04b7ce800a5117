"""What the dialog remembers between two messages. Ids in it are opaque: the actor's own."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from coachbot.chat.dialog import stored
from coachbot.chat.dialog.when import When


class Purpose(StrEnum):
    BOOK = "book"
    LOOK = "look"  # who is free? Picking a slot turns it into BOOK
    LIST = "list"
    MOVE = "move"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Option:
    """A slot or a booking that was shown: `key` is the actor's (a booking's id, or whatever finds
    the slot again); the rest is what clients pick it by. `starts_at` is aware."""

    key: str
    starts_at: datetime
    specialist: str = ""
    service: str = ""
    reference: str = ""
    needs_reason: bool = False  # to cancel or move this booking, one must say why


@dataclass(frozen=True, slots=True)
class Wish:
    """What was gathered. `service`, `specialist` and `specialization` are keys of the catalogue;
    `booking` is the one to move."""

    purpose: Purpose = Purpose.LOOK
    service: str | None = None
    specialist: str | None = None
    specialization: str | None = None
    when: When | None = None
    duration_minutes: int | None = None
    earliest: bool = False
    booking: Option | None = None
    # "An hour later": until the booking to move is known, and with it the time that is meant.
    shift_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """What a yes would do: BOOK a slot, CANCEL a booking, MOVE a booking to a slot."""

    purpose: Purpose
    slot: Option | None = None
    booking: Option | None = None


@dataclass(frozen=True, slots=True)
class State:
    """`wish` is the topic, None at the beginning. `slots` or `bookings` are what was shown last,
    in the order shown; `asked` is the `Missing` that was asked for, `choices` the keys to it."""

    wish: Wish | None = None
    slots: tuple[Option, ...] = ()
    bookings: tuple[Option, ...] = ()
    pending: Pending | None = None
    asked: str | None = None
    choices: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Plain JSON: for a column of the chat."""
        dumped: dict[str, object] = stored.dump(self)
        return dumped

    @classmethod
    def from_json(cls, value: object) -> Self:
        """What `to_json` made. Of anything else, older or broken, what can be read; else a new
        state: a chat never breaks over what is stored."""
        return stored.load(cls, value)
