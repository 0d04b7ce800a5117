"""When the demo's specialists work, and when for once they do not."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from coachbot.management.demo.people import Member
from coachbot.management.demo.places import DAY_OFF_REASONS
from scheduling import services
from scheduling.models import Availability, DayOff, Schedule
from scheduling.slots import local_date

SUNDAY, WEDNESDAY = 6, 2


def make_hours(team: list[Member], now: datetime, rng: Random) -> None:
    """Weeks and days off for all; an open Sunday and a blocked afternoon for one in three."""
    for number, member in enumerate(team):
        today = local_date(member.specialist.time_zone, int(now.timestamp()))
        rows: list[services.HoursRow] = [*_weekly(member), *_days_off(member, today, rng)]
        if number % 3 == 0:
            sunday, wednesday = _next(SUNDAY, today), _next(WEDNESDAY, today)
            rows.append(_one_off(member, sunday, time(10), time(14), "Open Sunday", True))
            rows.append(_one_off(member, wednesday, time(13), time(18), "Team meeting", False))
        services.change_hours(save=rows, now=now)


def _weekly(member: Member) -> Iterator[Schedule]:
    for weekday, windows in sorted(member.role.week.items()):
        for start, end in windows:
            yield Schedule(
                specialist=member.specialist, weekday=weekday, start_time=start, end_time=end
            )


def _days_off(member: Member, today: date, rng: Random) -> Iterator[DayOff]:
    """One day behind, and one to three in a row ahead."""
    ahead, reason = rng.randint(4, 20), rng.choice(DAY_OFF_REASONS)
    away = {-rng.randint(3, 18): "Public holiday"}
    away |= dict.fromkeys(range(ahead, ahead + rng.randint(1, 3)), reason)
    for days, why in away.items():
        yield DayOff(specialist=member.specialist, date=today + timedelta(days=days), reason=why)


def _one_off(
    member: Member, day: date, start: time, end: time, reason: str, is_available: bool
) -> Availability:
    zone = member.specialist.time_zone
    return Availability(
        specialist=member.specialist,
        starts_at=datetime.combine(day, start, zone),
        ends_at=datetime.combine(day, end, zone),
        is_available=is_available,
        reason=reason,
    )


def _next(weekday: int, today: date) -> date:
    """The `weekday` of next week."""
    return today + timedelta(days=7 - today.weekday() + weekday)
