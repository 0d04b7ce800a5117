"""The engine counts whole seconds since 1970; the database keeps instants."""

from datetime import UTC, date, datetime, tzinfo

from scheduling import slots


def floor(at: datetime) -> int:
    return int(at.timestamp())


def ceil(at: datetime) -> int:
    return int(at.timestamp()) + bool(at.microsecond)


def instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """The first instant of `day` in `zone`, in UTC."""
    return instant(slots.instant(zone, day.toordinal(), 0))
