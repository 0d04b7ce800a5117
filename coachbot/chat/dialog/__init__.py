"""The conversation, pure: no Django, no tables, no clock of its own.

    turn = respond(state, text, now=now, zone=zone, vocabulary=ENGLISH, catalogue=catalogue)

`turn.intent` says what to do, `turn.state` is to be kept. What the actor found or did comes back
through `offered`, `listed`, `finished` and `refused`, which give the state to keep.
"""

from coachbot.chat.dialog.catalogue import Catalogue, Name
from coachbot.chat.dialog.gathering import Turn, propose
from coachbot.chat.dialog.intents import (
    Ask,
    Book,
    Cancel,
    Declined,
    FindBookings,
    Intent,
    Missing,
    Move,
    NothingFound,
    OpeningHours,
    Prices,
    ProposeBooking,
    ProposeCancel,
    ProposeMove,
    Say,
    Search,
    ShowBookings,
    Talk,
)
from coachbot.chat.dialog.state import Option, Pending, Purpose, State, Wish
from coachbot.chat.dialog.translated import Task, Terms, translated
from coachbot.chat.dialog.turns import finished, listed, offered, refused, respond, understands
from coachbot.chat.dialog.when import Problem, When

__all__ = [
    "Ask",
    "Book",
    "Cancel",
    "Catalogue",
    "Declined",
    "FindBookings",
    "Intent",
    "Missing",
    "Move",
    "Name",
    "NothingFound",
    "OpeningHours",
    "Option",
    "Pending",
    "Prices",
    "Problem",
    "ProposeBooking",
    "ProposeCancel",
    "ProposeMove",
    "Purpose",
    "Say",
    "Search",
    "ShowBookings",
    "State",
    "Talk",
    "Task",
    "Terms",
    "Turn",
    "When",
    "Wish",
    "finished",
    "listed",
    "offered",
    "propose",
    "refused",
    "respond",
    "translated",
    "understands",
]
