"""One side: the slots of the subject's thirty days. The first argument says how."""

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import django

django.setup()

from benchmarks.contestant import compete  # noqa: E402 -- needs the settings
from benchmarks.figures.rows import SERVICE, SUBJECT  # noqa: E402 -- needs the settings
from scheduling import queries, slots  # noqa: E402 -- needs the settings
from scheduling.models import Service, Specialist  # noqa: E402 -- needs the settings

DAYS = timedelta(days=30)
# As many as take some twenty milliseconds: beside a peer of 200, one alone finds all caches cold.
TIMES = 20


def from_rows(monday: datetime) -> Callable[[], Any]:
    """From rows in the database to a list of slots, as the API and the bot ask for them."""
    wish = queries.Wish(Specialist.objects.get(pk=SUBJECT), Service.objects.get(pk=SERVICE))
    now = monday - timedelta(days=7)
    return lambda: queries.free_slots(wish, start=monday, end=monday + DAYS, now=now)


def engine_alone(monday: datetime) -> Callable[[], Any]:
    """The arithmetic, wall clocks included, of rows that are in memory. What it could remember
    of the last time is forgotten: each run converts its clocks anew."""
    specialist = Specialist.objects.get(pk=SUBJECT)
    terms = queries.terms_of(queries.Wish(specialist, Service.objects.get(pk=SERVICE)))
    start, end = int(monday.timestamp()), int((monday + DAYS).timestamp())
    hours = queries.hours_of(specialist, slots.reach(terms, start=start, end=end), now=monday)
    week = 7 * 86_400
    remembering = [each for each in vars(slots).values() if hasattr(each, "cache_clear")]

    def run() -> Any:
        for each in remembering:
            each.cache_clear()
        return slots.free_slots(hours, terms, start=start, end=end, now=start - week)

    return run


if __name__ == "__main__":
    what = {"from_rows": from_rows, "engine_alone": engine_alone}[sys.argv[1]]
    run = what(datetime.fromisoformat(sys.argv[2]))
    compete(run, facts={"slots": len(run())}, times=TIMES)
