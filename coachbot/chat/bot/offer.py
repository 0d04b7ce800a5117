"""A slot as it is offered, said, and carried by the dialog to the next message."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple, Self

from coachbot.chat.bot.scene import Scene, numbered
from coachbot.chat.bot.shelf import Shelf
from coachbot.chat.dialog import Option
from scheduling import queries
from scheduling.models import Booking
from scheduling.queries import Slot, Wish

NOTHING = "-"


class Offer(NamedTuple):
    """Somebody's free time, for what was wished."""

    wish: Wish
    slot: Slot

    @classmethod
    def of(cls, option: Option, shelf: Shelf) -> Self | None:
        """What was shown as `option`; None if its specialist or service is gone since."""
        specialist, service, minutes = option.key.split()
        if specialist not in shelf.specialists or service not in {NOTHING, *shelf.services}:
            return None
        wish = Wish(
            shelf.specialists[specialist],
            shelf.services.get(service),
            None if minutes == NOTHING else int(minutes),
        )
        length = timedelta(seconds=queries.terms_of(wish).duration)
        return cls(wish, Slot(option.starts_at, option.starts_at + length))

    @classmethod
    def to_move(cls, booking: Booking, slot: Slot) -> Self:
        return cls(Wish(booking.specialist, booking.service), slot)

    def option(self) -> Option:
        specialist, service, minutes = self.wish
        parts = (specialist.pk, service.pk if service else NOTHING, minutes or NOTHING)
        return Option(
            key=" ".join(map(str, parts)),
            starts_at=self.slot.starts_at,
            specialist=specialist.name,
            service=service.name if service else "",
        )

    def what(self, scene: Scene) -> str:
        length = self.slot.ends_at - self.slot.starts_at
        return scene.what(self.wish.service, int(length.total_seconds() // 60))

    def document(self, scene: Scene) -> dict[str, Any]:
        """As the API's slots are, with whom and what they are for."""
        specialist, service, _ = self.wish
        return {
            "starts_at": scene.local(self.slot.starts_at),
            "ends_at": scene.local(self.slot.ends_at),
            "specialist": {"id": str(specialist.pk), "name": specialist.name},
            "service": {"id": str(service.pk), "name": service.name} if service else None,
        }


def lines(scene: Scene, options: Iterable[Option]) -> str:
    """One numbered line for each, as clients pick them."""
    return numbered(
        scene.say("slot", moment=scene.moment(each.starts_at), who=each.specialist)
        for each in options
    )


def documents(scene: Scene, offers: Iterable[Offer]) -> dict[str, Any]:
    return {
        "time_zone": str(scene.zone),
        "slots": [offer.document(scene) for offer in offers],
    }
