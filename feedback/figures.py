"""What the back office reads off ratings: weeks, months, and one specialist's standing.

A constant number of queries. Only what is visible counts, as in the specialist's rating.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from django.db.models import Case, Count, IntegerField, Value, When

from feedback.models import Feedback, FeedbackQuerySet
from scheduling.figures import DAY, Days
from scheduling.models import Booking, BookingStatus, Specialist

LATEST_COMMENTS = 10


class Ratings(NamedTuple):
    """How many there are of each number of stars."""

    numbers: Mapping[int, int]

    @property
    def number(self) -> int:
        return sum(self.numbers.values())

    @property
    def average(self) -> float | None:
        """None where nobody has rated."""
        total = sum(stars * number for stars, number in self.numbers.items())
        return total / self.number if self.number else None


class Standing(NamedTuple):
    """One specialist's ratings: of all time, and of each of the last months."""

    ratings: Ratings
    hidden: int
    completed: int
    months: list[tuple[Days, Ratings]]
    latest: list[Feedback]

    @property
    def rated_share(self) -> float | None:
        """How much of what took place was rated. None where nothing has taken place."""
        return (self.ratings.number + self.hidden) / self.completed if self.completed else None


def months_until(now: datetime, zone: tzinfo, *, number: int) -> list[Days]:
    """The last `number` calendar months, up to the one in which `now` is."""
    first, found = now.astimezone(zone).date().replace(day=1), []
    following = (first + 31 * DAY).replace(day=1)
    for _ in range(number):
        found.append(Days(first, following - DAY, zone))
        first, following = (first - DAY).replace(day=1), first
    return found[::-1]


def ratings_of(periods: Sequence[Days]) -> list[tuple[Days, Ratings]]:
    """What was given in each of adjacent `periods`, to anybody. One query."""
    return _by_period(Feedback.objects.visible(), periods)


def standing_of(specialist: Specialist, *, now: datetime, zone: tzinfo, months: int) -> Standing:
    """Four queries, whatever there is."""
    theirs = Feedback.objects.filter(specialist=specialist)
    visible: Counter[int] = Counter()
    hidden = 0
    for stars, hidden_at, number in (
        theirs.order_by().values_list("rating", "hidden_at").annotate(number=Count("pk"))
    ):
        if hidden_at is None:
            visible[stars] += number
        else:
            hidden += number
    said = theirs.exclude(comment="").select_related("booking").order_by("-created_at", "-id")
    done = Booking.objects.filter(specialist=specialist, status=BookingStatus.COMPLETED)
    return Standing(
        ratings=Ratings(visible),
        hidden=hidden,
        completed=done.count(),
        months=_by_period(theirs.visible(), months_until(now, zone, number=months)),
        latest=list(said[:LATEST_COMMENTS]),
    )


def _by_period(rows: FeedbackQuerySet, periods: Sequence[Days]) -> list[tuple[Days, Ratings]]:
    ends = (When(created_at__lt=days.end, then=Value(place)) for place, days in enumerate(periods))
    within = rows.filter(created_at__gte=periods[0].start, created_at__lt=periods[-1].end)
    placed = within.order_by().annotate(place=Case(*ends, output_field=IntegerField()))
    groups = placed.values("place", "rating").annotate(number=Count("pk"))
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for place, stars, number in groups.values_list("place", "rating", "number"):
        found[place][stars] = number
    return [(days, Ratings(found[place])) for place, days in enumerate(periods)]
