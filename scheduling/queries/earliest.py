"""Who is free first, of hundreds: bookings are read only of those who may be."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from heapq import nsmallest
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from scheduling import slots
from scheduling.models import Service
from scheduling.models.specialist import SpecialistQuerySet
from scheduling.queries.free import Slot, reach_of_all
from scheduling.queries.hours import occupied_by_specialist, open_hours_by_specialist
from scheduling.queries.seconds import ceil
from scheduling.queries.wishes import Bookable, P, terms_of_each
from scheduling.slots import Hours, Span, Terms

# Of how many people bookings are read, for each slot that is asked for: at first, then, and then
# of all who are left. Mostly the first are enough.
TURNS = (2, 10)


class Brief(NamedTuple):
    """What of a specialist who takes bookings is enough to find their slots."""

    pk: UUID
    name: str
    time_zone: tzinfo
    default_duration_minutes: int

    @property
    def is_active(self) -> bool:
        return True

    @property
    def is_deleted(self) -> bool:
        return False


class Candidate(NamedTuple):
    """A slot of somebody, sorted as the answer is: by start, and then by name."""

    span: Span
    name: str
    pk: UUID


def able_in_brief(specialists: SpecialistQuerySet, service: Service | None) -> list[Brief]:
    """Those of them who take bookings of `service` now, as `able_to_take` says. Of hundreds, models
    would be most of the price."""
    rows = specialists.active().order_by()
    if service is not None:
        rows = rows.filter(services=service) if service.is_bookable else rows.none()
    return [Brief(*row) for row in rows.values_list(*Brief._fields)]


def earliest_slots(
    able: Sequence[P],
    service: Service | None,
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    limit: int,
    duration_minutes: int | None = None,
    fits: Callable[[Slot], bool] | None = None,
) -> list[tuple[Slot, P]]:
    """The first `limit` slots that begin in `[start, end)` and of which `fits` is true, by start
    and then by name: of all `able` to take bookings of `service`. Four queries at most, however
    many people they are. Raises DurationNotAllowed."""
    if not able:
        return []
    people = {person.pk: person for person in able}
    terms = terms_of_each(able, service, duration_minutes)
    search = Search(terms, ceil(start), ceil(end), now, limit, fits)
    found = search.found_among(able)
    return [(Slot.of(each.span), people[each.pk]) for each in found]


class Search(NamedTuple):
    """What is looked for: on `terms`, by specialist, and from `start` on, in seconds."""

    terms: Mapping[UUID, Terms]
    start: int
    end: int
    now: datetime
    limit: int
    fits: Callable[[Slot], bool] | None

    def found_among(self, people: Sequence[Bookable]) -> list[Candidate]:
        """The best of them. Nobody is free sooner than if nothing were booked, so whoever comes
        after the worst that is good enough needs no closer look."""
        reach = reach_of_all(set(self.terms.values()), self.start, self.end)
        hours = open_hours_by_specialist(people, reach)
        queue = sorted(self._soonest(people, hours))
        found: list[Candidate] = []
        for size in (*(turn * self.limit for turn in TURNS), len(queue)):
            turn, queue = queue[:size], queue[size:]
            if len(found) == self.limit:
                turn = turn[: bisect_left(turn, found[-1])]
            if not turn:
                break
            occupied = occupied_by_specialist([each.pk for each in turn], reach, now=self.now)
            found = nsmallest(self.limit, [*found, *self._free(turn, hours, occupied, found)])
        return found

    def _soonest(
        self, people: Iterable[Bookable], hours: Mapping[UUID, Hours]
    ) -> Iterator[Candidate]:
        """When each could be free if nothing were booked; many share their hours and terms."""
        known: dict[tuple[int, int], Span | None] = {}
        for person in people:
            theirs, terms = hours[person.pk], self.terms[person.pk]
            key = id(theirs), id(terms)
            if key not in known:
                known[key] = next(self._each_free(theirs, terms, self.end), None)
            if (span := known[key]) is not None:
                yield Candidate(span, person.name, person.pk)

    def _free(
        self,
        turn: Iterable[Candidate],
        hours: Mapping[UUID, Hours],
        occupied: Mapping[UUID, Sequence[Span]],
        found: Sequence[Candidate],
    ) -> Iterator[Candidate]:
        """Their slots, as far as they could be better than what was `found`."""
        end = found[-1].span.start + 1 if len(found) == self.limit else self.end
        for _, name, key in turn:
            theirs = replace(hours[key], occupied=occupied.get(key, ()))
            for span in islice(self._each_free(theirs, self.terms[key], end), self.limit):
                yield Candidate(span, name, key)

    def _each_free(self, hours: Hours, terms: Terms, end: int) -> Iterator[Span]:
        spans = slots.each_free(hours, terms, start=self.start, end=end, now=ceil(self.now))
        if (fits := self.fits) is None:
            return spans
        return (span for span in spans if fits(Slot.of(span)))
