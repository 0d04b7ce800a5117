"""Where a turn is taken: whose chat, at what moment, in which language."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from accounts.models import User
from coachbot.chat.bot.shelf import Shelf
from coachbot.chat.dialog import State, Turn, finished
from coachbot.chat.models import Chat
from coachbot.chat.vocabulary import Vocabulary
from scheduling.models import Service

Intent = TypeVar("Intent")


class Said(NamedTuple):
    """What the bot says, in words and as data, and what the dialog is to remember."""

    content: str
    payload: dict[str, Any]
    state: State


@dataclass(frozen=True)
class Scene:
    chat: Chat
    now: datetime
    shelf: Shelf
    vocabulary: Vocabulary

    @property
    def user(self) -> User:
        return self.chat.user

    @property
    def zone(self) -> ZoneInfo:
        zone: ZoneInfo = self.chat.time_zone
        return zone

    def may(self, right: str) -> bool:
        """Whether the user may view, add or change bookings: of staff, Django's permissions say
        so, also for what is their own, as everywhere."""
        return not self.user.is_staff or self.user.has_perm(f"scheduling.{right}_booking")

    def say(self, key: str, **values: object) -> str:
        return self.vocabulary.say(key, **values)

    def moment(self, at: datetime) -> str:
        """With date and zone."""
        return self.vocabulary.moment(at, self.zone)

    def local(self, at: datetime) -> str:
        """For programs, on the clock of the chat."""
        return at.astimezone(self.zone).isoformat()

    def what(self, service: Service | None, minutes: int) -> str:
        """What is booked, and how long it takes."""
        if service is None:
            return self.say("without_service", minutes=minutes)
        return self.say("with_service", service=service.name, minutes=minutes)


Handler = Callable[[Scene, Intent, State], Said | Turn]


def needs(right: str) -> Callable[[Handler[Intent]], Handler[Intent]]:
    """For what staff may do only with the permission: others may, by what they are to a row."""

    def wrap(handle: Handler[Intent]) -> Handler[Intent]:
        @wraps(handle)
        def handle_if_allowed(scene: Scene, intent: Intent, state: State) -> Said | Turn:
            if scene.may(right):
                return handle(scene, intent, state)
            return Said(scene.say("forbidden"), {}, finished(state))

        return handle_if_allowed

    return wrap


def numbered(lines: Iterable[str]) -> str:
    """One line each, whatever is in a name: what it says after a line break is no choice."""
    return "\n".join(f"{number}. {' '.join(line.split())}" for number, line in enumerate(lines, 1))
