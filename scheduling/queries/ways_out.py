"""What else could become of bookings that cannot stay as they are: of many at once."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from uuid import UUID

from scheduling import slots
from scheduling.models import Booking, Service, Specialist
from scheduling.queries.free import ALTERNATIVES_WITHIN, Slot, nearest
from scheduling.queries.hours import hours_by_specialist
from scheduling.queries.refusals import refused
from scheduling.queries.seconds import ceil, floor
from scheduling.queries.wishes import terms_of_booking
from scheduling.slots import Hours, Span, Terms

# More people than that are not asked whether they could help out, nor named for one booking.
MOST_ASKED = 200
MOST_NAMED = 20


def free_to_take(bookings: Sequence[Booking], *, now: datetime) -> dict[UUID, list[Specialist]]:
    """Who could see to each of `bookings` instead, at the time it has, by name: six queries at
    most, however many there are."""
    offering = _offering(bookings)
    others = Specialist.objects.active().order_by("name", "pk")
    if all(booking.service_id for booking in bookings):
        others = others.filter(pk__in={person for _, person in offering})
    asked = list(others[:MOST_ASKED])
    if not asked:
        return {booking.pk: [] for booking in bookings}
    terms = {booking.pk: terms_of_booking(booking) for booking in bookings}
    reach = _reach(_at_its_time(each, terms) for each in bookings)
    hours = hours_by_specialist(asked, reach, now=now)

    def free(booking: Booking, other: Specialist) -> bool:
        return (
            other.pk != booking.specialist_id
            and _takes(other, booking, offering)
            and not refused(hours[other.pk], terms[booking.pk], booking.starts_at, now)
        )

    return {
        each.pk: list(islice((other for other in asked if free(each, other)), MOST_NAMED))
        for each in bookings
    }


def nearest_moves(bookings: Sequence[Booking], *, now: datetime) -> dict[UUID, list[Slot]]:
    """Of each of `bookings` up to five slots nearby to which it can be moved: five queries at
    most, however many there are."""
    if not bookings:
        return {}
    offering = _offering(bookings)
    terms = {booking.pk: terms_of_booking(booking) for booking in bookings}
    ranges = {booking.pk: _around(booking) for booking in bookings}
    people = {booking.specialist_id: booking.specialist for booking in bookings}
    reach = _reach(
        slots.reach(terms[key], start=each.start, end=each.end) for key, each in ranges.items()
    )
    hours = hours_by_specialist(list(people.values()), reach, now=now)

    def moves(booking: Booking) -> list[Slot]:
        if not _takes(booking.specialist, booking, offering):
            return []
        start, end = ranges[booking.pk]
        own = _without(hours[booking.specialist_id], booking)
        spans = slots.free_slots(own, terms[booking.pk], start=start, end=end, now=ceil(now))
        found = map(Slot.of, spans)
        others = [slot for slot in found if slot.starts_at != booking.starts_at]
        return nearest(others, booking.starts_at)

    return {booking.pk: moves(booking) for booking in bookings}


def _offering(bookings: Sequence[Booking]) -> set[tuple[UUID, UUID]]:
    """Which specialists offer the services of `bookings`, as pairs of service and specialist."""
    wanted = {booking.service_id for booking in bookings if booking.service_id}
    rows = Service.specialists.through._default_manager.filter(service__in=wanted)
    return set(rows.values_list("service_id", "specialist_id")) if wanted else set()


def _takes(person: Specialist, booking: Booking, offering: set[tuple[UUID, UUID]]) -> bool:
    """Whether nothing but hours could keep `person` from such a booking: `standing_refusals`."""
    if not person.is_active or person.is_deleted:
        return False
    service = booking.service
    if service is None:
        return True
    return service.is_active and not service.is_deleted and (service.pk, person.pk) in offering


def _around(booking: Booking) -> Span:
    start = booking.starts_at - ALTERNATIVES_WITHIN
    return Span(ceil(start), ceil(booking.starts_at + ALTERNATIVES_WITHIN))


def _at_its_time(booking: Booking, terms: dict[UUID, Terms]) -> Span:
    start = floor(booking.starts_at)
    return slots.reach(terms[booking.pk], start=start, end=start + 2)


def _reach(spans: Iterable[Span]) -> Span:
    found = list(spans)
    return Span(min(each.start for each in found), max(each.end for each in found))


def _without(hours: Hours, booking: Booking) -> Hours:
    """`hours` in which the booking's own time is not occupied."""
    own = Span(floor(booking.occupied_starts_at), ceil(booking.occupied_ends_at))
    return replace(hours, occupied=[span for span in hours.occupied if span != own])
