"""Looking for free time, and offering it by numbers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from coachbot.chat.bot.offer import Offer, documents, lines
from coachbot.chat.bot.rows import visible_booking
from coachbot.chat.bot.scene import Said, Scene
from coachbot.chat.dialog import (
    Purpose,
    Search,
    State,
    Turn,
    finished,
    offered,
    propose,
)
from coachbot.chat.dialog import Wish as Asked
from coachbot.errors import DomainError
from scheduling import queries
from scheduling.models import Booking
from scheduling.queries import Slot, Wish

MOST_OFFERS = 5
# As far as one request of the API looks.
FARTHEST = timedelta(days=62)
# Enough of a time to find in it the slots nearest to a moment, or the last before one.
MANY = 1_000


class Range(NamedTuple):
    """Where to look: slots that begin in `[start, end)` and of which `fits` is true."""

    start: datetime
    end: datetime
    fits: Callable[[Slot], bool] = bool


def search(scene: Scene, intent: Search, state: State) -> Said | Turn:
    """Offer what fits; where nothing does, say so and offer what comes nearest."""
    booking, purpose = intent.wish.booking, intent.wish.purpose
    moving = visible_booking(scene, booking) if booking and purpose is Purpose.MOVE else None
    if purpose is Purpose.MOVE and moving is None:
        return Said(scene.say("no_bookings"), {"bookings": []}, finished(state))
    try:
        return _search(scene, intent, moving, state)
    except DomainError as refusal:
        return Said(str(refusal), {}, offered(state, []))


def _search(scene: Scene, intent: Search, moving: Booking | None, state: State) -> Said | Turn:
    found = _found(scene, intent, moving)
    if len(found) == 1 and _is_settled(intent.wish):
        slot = found[0].option()
        return propose(offered(state, [slot]), slot)
    if found:
        return offer_these(scene, "slots", found, state)
    if intent.after or intent.before:
        key = "nothing_later" if intent.after else "nothing_earlier"
        return Said(scene.say(key), documents(scene, []), offered(state, []))
    if nearest := _nearest(scene, intent.wish, moving):
        return offer_these(scene, "slots_instead", nearest, state)
    return Said(_why_nothing(scene, intent.wish), documents(scene, []), offered(state, []))


def _is_settled(asked: Asked) -> bool:
    """Whether one slot is all that was asked for. A time that comes twice is not that clear."""
    when = asked.when
    return asked.earliest or (when is not None and when.exact and not when.problem)


def offer_these(
    scene: Scene, heading: str, offers: list[Offer], state: State, **values: object
) -> Said:
    """Show `offers` under the sentence `heading`, to be picked by number."""
    options = [offer.option() for offer in offers]
    words = scene.say(heading, what=_what(scene, offers), lines=lines(scene, options), **values)
    return Said(_note(scene, state) + words, documents(scene, offers), offered(state, options))


def _why_nothing(scene: Scene, asked: Asked) -> str:
    service = scene.shelf.services.get(asked.service or "")
    person = scene.shelf.specialists.get(asked.specialist or "")
    minutes = service.duration_minutes if service else asked.duration_minutes
    what = scene.what(service, minutes) if minutes else scene.say("of_any_length")
    if person is None:
        return scene.say("nothing_free", what=what)
    offers = service is None or service.specialists.filter(pk=person.pk).exists()
    key = "nothing_free_with" if offers else "not_offered"
    return scene.say(key, what=what, who=person.name)


def _note(scene: Scene, state: State) -> str:
    """Which of two is meant, where clocks go back and a time comes twice."""
    when = state.wish.when if state.wish else None
    if when is None or when.problem is None:
        return ""
    return f"{scene.say(when.problem, time=f'{when.from_time:%H:%M}')}\n"


def _what(scene: Scene, offers: list[Offer]) -> str:
    """What all are for; people may take different lengths of time."""
    names = {offer.what(scene) for offer in offers}
    return names.pop() if len(names) == 1 else scene.say("of_any_length")


def _found(scene: Scene, intent: Search, moving: Booking | None) -> list[Offer]:
    """What fits. Who asks for later or earlier ones gets those of other days, too, once there are
    no more on the days that were named."""
    found = _page(scene, intent, moving)
    if found or not intent.wish.when or not (intent.after or intent.before):
        return found
    on_any_day = replace(intent.wish, when=None)
    return _page(scene, replace(intent, wish=on_any_day), moving)


def _page(scene: Scene, intent: Search, moving: Booking | None) -> list[Offer]:
    """The first few, or the last few before a moment."""
    where = _range(scene, intent)
    if intent.before:
        return _look(scene, intent.wish, moving, where, MANY)[-MOST_OFFERS:]
    return _look(scene, intent.wish, moving, where, 1 if intent.wish.earliest else MOST_OFFERS)


def _range(scene: Scene, intent: Search) -> Range:
    when, after, before = intent.wish.when, intent.after, intent.before
    spans = when.spans(scene.zone) if when else ()
    start = max(spans[0][0], scene.now) if spans else scene.now
    end = spans[-1][1] if spans else max(start, after or start) + FARTHEST
    if after:
        start = max(start, after + timedelta(microseconds=1))
    if before:
        end = min(end, before)

    def fits(slot: Slot) -> bool:
        return not spans or any(first <= slot.starts_at < last for first, last in spans)

    return Range(start, min(end, start + FARTHEST), fits)


def _nearest(scene: Scene, asked: Asked, moving: Booking | None) -> list[Offer]:
    """What is free around the moment that was asked for; else the first after it."""
    if asked.when is None:
        return []
    wanted = asked.when.starts_at(scene.zone)
    if asked.when.exact:
        day = timedelta(hours=12)
        around = _look(scene, asked, moving, Range(wanted - day, wanted + day), MANY)
        around.sort(key=lambda offer: abs(offer.slot.starts_at - wanted))
        if around:
            return sorted(around[:MOST_OFFERS], key=lambda offer: offer.slot)
    start = max(wanted, scene.now)
    return _look(scene, asked, moving, Range(start, start + FARTHEST), MOST_OFFERS)


def _look(
    scene: Scene, asked: Asked, moving: Booking | None, where: Range, limit: int
) -> list[Offer]:
    """By start, then by name. Raises DurationNotAllowed."""
    start, end, fits = where
    if moving is not None:
        free = queries.free_slots_for_move(moving, start=start, end=end, now=scene.now)
        return [Offer.to_move(moving, slot) for slot in free if fits(slot)][:limit]
    service = scene.shelf.services.get(asked.service) if asked.service else None
    if asked.service and service is None:
        return []
    minutes = None if service else asked.duration_minutes
    found = queries.earliest_slots(
        queries.able_to_take(scene.shelf.people_for(asked), service),
        service,
        start=start,
        end=end,
        now=scene.now,
        limit=limit,
        duration_minutes=minutes,
        fits=fits,
    )
    return [Offer(Wish(person, service, minutes), slot) for slot, person in found]
