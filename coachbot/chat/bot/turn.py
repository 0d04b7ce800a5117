"""One turn of a chat: understand, do, and write down, in one transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from coachbot.chat import services
from coachbot.chat.bot import booking, changing, knowledge, searching, talking
from coachbot.chat.bot.scene import Said, Scene
from coachbot.chat.bot.shelf import Shelf
from coachbot.chat.dialog import State, Turn, intents, respond
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


@retrying
def answer(chat: Chat, text: str, now: datetime) -> Exchange:
    """Take a turn in `chat`. What is booked, what is said and what the dialog remembers are written
    together or not at all; turns of one chat are taken one after the other.

    Raises Chat.DoesNotExist if the chat was deleted meanwhile.
    """
    with transaction.atomic():
        scene = Scene(services.lock_chat(chat), now, Shelf.read(), ENGLISH)
        understood = understand(scene, text)
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


def understand(scene: Scene, text: str) -> Turn:
    """What the dialog makes of `text`."""
    return respond(
        State.from_json(scene.chat.state),
        text,
        now=scene.now,
        zone=scene.zone,
        vocabulary=scene.vocabulary,
        catalogue=scene.shelf.catalogue(),
    )


def perform(scene: Scene, turn: Turn) -> Said:
    """Do what was understood; one thing may lead to the next."""
    done: Said | Turn = turn
    while isinstance(done, Turn):
        done = HANDLERS[type(done.intent)](scene, done.intent, done.state)
    return done
