"""Buttons under a reply, for what can be answered to it."""

from coachbot.chat.dialog import Missing, State
from coachbot.chat.models import Message
from coachbot.chat.telegram.outbox import Buttons

IN_A_ROW = 5
LONGEST_LABEL = 60


def keyboard(reply: Message) -> Buttons:
    """Rows of label and value. A value says under which message it stood, so that a tap on an old
    button says nothing new."""
    rows = _rows(reply)
    return [[(label, f"{reply.position}:{said}") for label, said in row] for row in rows]


def _rows(reply: Message) -> list[list[tuple[str, str]]]:
    state, payload = State.from_json(reply.chat.state), reply.payload
    if state.asked == Missing.REASON:
        return []
    if state.pending and "proposal" in payload:
        return [[("Yes", "yes"), ("No", "no")]]
    if state.asked == Missing.WHICH_SLOT and payload.get("slots"):
        return _numbers(len(state.slots))
    if state.asked == Missing.WHICH_BOOKING and payload.get("bookings"):
        return _numbers(len(state.bookings))
    if state.asked == Missing.WHICH_DATE:
        return _numbers(2)
    names = payload.get("choices") or []
    return [[(name[:LONGEST_LABEL], str(place))] for place, name in enumerate(names, 1)]


def _numbers(count: int) -> list[list[tuple[str, str]]]:
    numbers = [(str(number), str(number)) for number in range(1, count + 1)]
    return [numbers[at : at + IN_A_ROW] for at in range(0, count, IN_A_ROW)]
