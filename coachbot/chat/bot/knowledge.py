"""When somebody is there, and what it costs."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from coachbot.chat.bot.scene import Said, Scene
from coachbot.chat.dialog import OpeningHours, Prices, State
from coachbot.chat.dialog import Wish as Asked
from scheduling import queries, slots
from scheduling.models import Service, Specialist
from scheduling.slots import Span

DAYS = timedelta(days=6)
MOST_DAYS = timedelta(days=30)
MOST_PRICES = 20


class Window(NamedTuple):
    """Open time, on the clock of the chat."""

    opens_at: datetime
    closes_at: datetime


def opening_hours(scene: Scene, intent: OpeningHours, state: State) -> Said:
    """When somebody of those asked for works, day by day: of the days named, else of a week."""
    start, end = _range(scene, intent.wish)
    people = scene.shelf.people_for(intent.wish)
    spans = _open_time(people, Span(int(start.timestamp()), int(end.timestamp())))
    weekdays = intent.wish.when.weekdays if intent.wish.when else ()
    windows = [
        window
        for span in spans
        for window in _by_day(span, scene.zone)
        if not weekdays or window.opens_at.weekday() in weekdays
    ]
    person = scene.shelf.specialists.get(intent.wish.specialist or "")
    words = scene.say(
        f"{'open' if windows else 'closed'}{'_person' if person else ''}",
        who=person.name if person else "",
        zone=scene.zone,
        period=_period(scene, start, end),
        lines="\n".join(_day_by_day(scene, windows)),
    )
    document = [
        {"starts_at": window.opens_at.isoformat(), "ends_at": window.closes_at.isoformat()}
        for window in windows
    ]
    return Said(words, {"time_zone": str(scene.zone), "open_hours": document}, state)


def prices(scene: Scene, intent: Prices, state: State) -> Said:
    """Of the service asked for, else of all; and what an hour of somebody costs without one."""
    services, people = _priced(scene, intent.wish)
    lines = [
        *(
            scene.say(
                "price", what=scene.what(each, each.duration_minutes), price=_money(each, "price")
            )
            for each in services
        ),
        *(scene.say("rate", who=each.name, price=_money(each, "hourly_rate")) for each in people),
    ]
    payload = {
        "services": [_document(each, "duration_minutes", "price") for each in services],
        "specialists": [_document(each, "hourly_rate") for each in people],
    }
    return Said("\n".join(lines) or scene.say("no_prices"), payload, state)


def _range(scene: Scene, asked: Asked) -> tuple[datetime, datetime]:
    """Whole days, also of a single moment."""
    today = scene.now.astimezone(scene.zone).date()
    first = asked.when.first_on if asked.when else today
    last = asked.when.last_on if asked.when else today + DAYS
    after = min(last, first + MOST_DAYS) + timedelta(days=1)
    return queries.start_of_day(first, scene.zone), queries.start_of_day(after, scene.zone)


def _period(scene: Scene, start: datetime, end: datetime) -> str:
    first, last = (
        scene.vocabulary.day(at.astimezone(scene.zone).date())
        for at in (start, end - timedelta(seconds=1))
    )
    if first == last:
        return scene.say("on_day", day=first)
    return scene.say("from_to", first=first, last=last)


def _open_time(people: list[Specialist], within: Span) -> list[Span]:
    hours = queries.open_hours_by_specialist(people, within) if people else {}
    return slots.merge(span for each in hours.values() for span in slots.open_time(each, within))


def _by_day(span: Span, zone: tzinfo) -> Iterator[Window]:
    """The span, cut at midnight: people of several zones may be there day and night."""
    at = span.start
    while at < span.end:
        opens_at = datetime.fromtimestamp(at, zone)
        following = queries.start_of_day(opens_at.date() + timedelta(days=1), zone)
        at = min(span.end, int(following.timestamp()))
        yield Window(opens_at, datetime.fromtimestamp(at, zone))


def _day_by_day(scene: Scene, windows: list[Window]) -> Iterator[str]:
    by_day: dict[date, list[str]] = defaultdict(list)
    for opens_at, closes_at in windows:
        ends_with_day = closes_at.date() > opens_at.date()
        closing = "24:00" if ends_with_day else f"{closes_at:%H:%M}"
        by_day[opens_at.date()].append(f"{opens_at:%H:%M}–{closing}")
    for day, times in by_day.items():
        yield scene.say("open_day", day=scene.vocabulary.day(day), times=", ".join(times))


def _priced(scene: Scene, asked: Asked) -> tuple[list[Service], list[Specialist]]:
    shelf = scene.shelf
    if asked.service and asked.service in shelf.services:
        return [shelf.services[asked.service]], []
    people = shelf.people_for(asked)[:MOST_PRICES]
    everything = list(shelf.services.values())[:MOST_PRICES]
    if asked.specialist is None and asked.specialization is None:
        return (everything, []) if everything else ([], people)
    theirs = Service.objects.active().filter(specialists__in=people).distinct()
    return list(theirs[:MOST_PRICES]), people


def _money(row: Service | Specialist, field: str) -> str:
    return f"{getattr(row, field)} {row.currency}"


def _document(row: Service | Specialist, *fields: str) -> dict[str, Any]:
    """As the API shows it, as far as prices go: amounts are texts."""
    values = {name: getattr(row, name) for name in fields}
    amounts = {
        name: str(each) if name != "duration_minutes" else each for name, each in values.items()
    }
    return {"id": str(row.pk), "name": row.name, **amounts, "currency": row.currency}
