"""One turn of a chat: understand, do, and write down, in one transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from coachbot.chat import model, services
from coachbot.chat.bot import booking, changing, knowledge, searching, talking
from coachbot.chat.bot.scene import Said, Scene
from coachbot.chat.bot.shelf import Shelf
from coachbot.chat.dialog import State, Turn, intents, respond, understands
from coachbot.chat.models import Chat, Message
from coachbot.chat.vocabulary import ENGLISH
from coachbot.db.faults import retrying

HANDLERS: dict[type, Callable[[Scene, Any, State], Said | Turn]] = {
    intents.Ask: talking.ask,
    intents.Say: talking.say,
    intents.Declined: talking.decline,
    intents.Search: searching.search,
    intents.ProposeBooking: booking.propose,
    intents.Book: booking.book,
    intents.FindBookings: changing.find,
    intents.NothingFound: changing.nothing_found,
    intents.ShowBookings: changing.show,
    intents.ProposeCancel: changing.propose_cancel,
    intents.Cancel: changing.cancel,
    intents.ProposeMove: changing.propose_move,
    intents.Move: changing.move,
    intents.OpeningHours: knowledge.opening_hours,
    intents.Prices: knowledge.prices,
}


class Exchange(NamedTuple):
    """What a user said, and what the bot replied: words in `content`, data in `payload`."""

    message: Message
    reply: Message


class Translation(NamedTuple):
    """What the language model took a text for, in a chat that had `length` messages."""

    chat: Chat
    length: int
    turn: Turn

    def is_for(self, chat: Chat) -> bool:
        return self.chat == chat and self.length == chat.length


def answer(chat: Chat, text: str, now: datetime) -> Exchange:
    """Take a turn in `chat`, for a way in that holds no transaction: a language model may be asked.

    Raises Chat.DoesNotExist if the chat was deleted meanwhile.
    """
    return take_turn(chat, text, now, translate(chat, text, now))


def translate(chat: Chat, text: str, now: datetime) -> Translation | None:
    """What the language model makes of a `text` that the dialog does not understand, if there is a
    model. Never inside a transaction: it may take seconds, and `chat` is not locked meanwhile."""
    if not model.is_configured():
        return None
    known = Chat.objects.select_related("user").filter(pk=chat.pk).first()
    if known is None:
        return None
    scene = Scene(known, now, Shelf.read(), ENGLISH)
    state = State.from_json(known.state)
    if understands(state, text, **_place(scene)):
        return None
    turn = model.translation(state, text, **_place(scene))
    return Translation(known, known.length, turn) if turn else None


@retrying
def take_turn(
    chat: Chat, text: str, now: datetime, translation: Translation | None = None
) -> Exchange:
    """What is booked, what is said and what the dialog remembers are written together or not at
    all; turns of one chat are taken one after the other. A `translation` counts only if nothing
    was said since.

    Raises Chat.DoesNotExist if the chat was deleted meanwhile.
    """
    with transaction.atomic():
        scene = Scene(services.lock_chat(chat), now, Shelf.read(), ENGLISH)
        understood = understand(scene, text, translation)
        said = perform(scene, understood)
        return Exchange(
            *services.add_turn(
                chat=scene.chat,
                question=text,
                answer=said.content,
                payload=said.payload,
                state=said.state.to_json(),
                title="" if isinstance(understood.intent, intents.Say) else text,
            )
        )


def understand(scene: Scene, text: str, translation: Translation | None = None) -> Turn:
    """What the dialog makes of `text`, or what was made of it for the dialog."""
    if translation and translation.is_for(scene.chat):
        return translation.turn
    return respond(State.from_json(scene.chat.state), text, **_place(scene))


def _place(scene: Scene) -> dict[str, Any]:
    return {
        "now": scene.now,
        "zone": scene.zone,
        "vocabulary": scene.vocabulary,
        "catalogue": scene.shelf.catalogue(),
    }


def perform(scene: Scene, turn: Turn) -> Said:
    """Do what was understood; one thing may lead to the next."""
    done: Said | Turn = turn
    while isinstance(done, Turn):
        done = HANDLERS[type(done.intent)](scene, done.intent, done.state)
    return done
