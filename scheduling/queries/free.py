"""What is free: of one specialist, of many, for a booking that is to move."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from scheduling import slots
from scheduling.models import Booking, Hold, Service, Specialist
from scheduling.queries.hours import hours_and_offer, hours_by_specialist
from scheduling.queries.seconds import ceil, instant
from scheduling.queries.wishes import (
    Wish,
    able_to_take,
    standing_refusals_if,
    terms_of,
    terms_of_booking,
)
from scheduling.slots import Hours, Span, Terms

ALTERNATIVES = 5
ALTERNATIVES_WITHIN = timedelta(days=14)


class Slot(NamedTuple):
    """A start and an end, in UTC, at which a booking can be made."""

    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, span: Span) -> "Slot":
        return cls(instant(span.start), instant(span.end))


class Plan(NamedTuple):
    """When a specialist works, what is taken of it, and what is free."""

    specialist: Specialist
    hours: Hours
    free: list[Slot]


def free_slots(wish: Wish, *, start: datetime, end: datetime, now: datetime) -> list[Slot]:
    """The slots that begin in `[start, end)`, as seen at `now`: all can be booked at that moment.

    One query, whatever the range. Raises DurationNotAllowed.
    """
    return _free(wish, terms_of(wish), start, end, now)


def free_slots_for_move(
    booking: Booking, *, start: datetime, end: datetime, now: datetime
) -> list[Slot]:
    """The slots that begin in `[start, end)` to which `booking` can be moved; the one it has is
    none of them."""
    wish = Wish(booking.specialist, booking.service)
    found = _free(wish, terms_of_booking(booking), start, end, now, aside=[booking.pk])
    return [slot for slot in found if slot.starts_at != booking.starts_at]


def _free(
    wish: Wish,
    terms: Terms,
    start: datetime,
    end: datetime,
    now: datetime,
    *,
    aside: Collection[UUID] = (),
) -> list[Slot]:
    first, last = ceil(start), ceil(end)
    reach = slots.reach(terms, start=first, end=last)
    hours, is_offered = hours_and_offer(*wish[:2], reach, now=now, aside=aside)
    if standing_refusals_if(wish, is_offered=is_offered):
        return []
    found = slots.free_slots(hours, terms, start=first, end=last, now=ceil(now))
    return [Slot.of(span) for span in found]


def plans(
    specialists: Sequence[Specialist],
    service: Service | None,
    *,
    start: datetime,
    end: datetime,
    now: datetime,
) -> list[Plan]:
    """Of each of `specialists` the hours around `[start, end)` and the slots that begin in it;
    no slots of who does not take bookings of `service`. Two queries at most."""
    if not specialists:
        return []
    able = {person.pk for person in able_to_take(specialists, service)}
    first, last = ceil(start), ceil(end)
    terms = {person.pk: terms_of(Wish(person, service)) for person in specialists}
    hours = hours_by_specialist(specialists, reach_of_all(terms.values(), first, last), now=now)

    def free(key: UUID) -> list[Slot]:
        found = slots.free_slots(hours[key], terms[key], start=first, end=last, now=ceil(now))
        return [Slot.of(span) for span in found] if key in able else []

    return [Plan(person, hours[person.pk], free(person.pk)) for person in specialists]


def _slots_of_all(
    specialists: Iterable[Specialist],
    service: Service | None,
    *,
    start: datetime,
    end: datetime,
    now: datetime,
) -> Iterator[tuple[Specialist, Iterator[Slot]]]:
    able = able_to_take(specialists, service)
    if not able:
        return
    first, last = ceil(start), ceil(end)
    terms = {person.pk: terms_of(Wish(person, service)) for person in able}
    hours = hours_by_specialist(able, reach_of_all(terms.values(), first, last), now=now)
    for person in able:
        found = slots.each_free(
            hours[person.pk], terms[person.pk], start=first, end=last, now=ceil(now)
        )
        yield person, map(Slot.of, found)


def reach_of_all(terms: Iterable[Terms], start: int, end: int) -> Span:
    """The time of which rows must be known for slots on any of `terms` in `[start, end)`."""
    reaches = [slots.reach(each, start=start, end=end) for each in terms]
    return Span(min(each.start for each in reaches), max(each.end for each in reaches))


def nearest_slots(wish: Wish, starts_at: datetime, *, now: datetime) -> list[Slot]:
    """Up to five slots closest to `starts_at` within two weeks of it, in order of time."""
    start, end = starts_at - ALTERNATIVES_WITHIN, starts_at + ALTERNATIVES_WITHIN
    return nearest(free_slots(wish, start=start, end=end, now=now), starts_at)


def nearest_slots_for_move(booking: Booking, starts_at: datetime, *, now: datetime) -> list[Slot]:
    """The same to which `booking` can be moved; the one it has is none of them."""
    start, end = starts_at - ALTERNATIVES_WITHIN, starts_at + ALTERNATIVES_WITHIN
    return nearest(free_slots_for_move(booking, start=start, end=end, now=now), starts_at)


def nearest_slots_of_anyone(service: Service, starts_at: datetime, *, now: datetime) -> list[Slot]:
    """The same, with whoever offers `service`."""
    start, end = starts_at - ALTERNATIVES_WITHIN, starts_at + ALTERNATIVES_WITHIN
    everyone = service.specialists.active()
    found = _slots_of_all(everyone, service, start=start, end=end, now=now)
    return nearest({slot for _, offered in found for slot in offered}, starts_at)


def nearest(found: Iterable[Slot], starts_at: datetime) -> list[Slot]:
    """Up to five of `found`, those closest to `starts_at`, in order of time."""
    closest = sorted(found, key=lambda slot: (abs(slot.starts_at - starts_at), slot))
    return sorted(closest[:ALTERNATIVES])


def least_busy(service: Service, starts_at: datetime, *, now: datetime) -> list[Specialist]:
    """Who offers `service`: those first who have the fewest bookings and holds on the day of
    `starts_at` in their zone; then by name."""
    able = able_to_take(service.specialists.active(), service)
    # A day may have 25 hours.
    around = (starts_at - timedelta(days=2), starts_at + timedelta(days=2))
    booked, held = (
        rows.filter(specialist__in=able, starts_at__range=around)
        .order_by()
        .values_list("specialist_id", "starts_at")
        for rows in (Booking.objects.occupying(), Hold.objects.live(now))
    )
    zones = {person.pk: person.time_zone for person in able}
    that_day = Counter(
        key
        for key, at in booked.union(held, all=True)
        if at.astimezone(zones[key]).date() == starts_at.astimezone(zones[key]).date()
    )
    return sorted(able, key=lambda person: (that_day[person.pk], person.name, person.pk))
