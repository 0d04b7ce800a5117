"""When something is, in words of the language that is active."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext


def day(moment: datetime, zone: ZoneInfo) -> str:
    """Monday, 7 December 2026"""
    # Translators: weekday, day, month and year, as in Django's filter `date`.
    return date_format(moment.astimezone(zone), gettext("l, j F Y"))


def starts(moment: datetime, zone: ZoneInfo) -> str:
    """Monday, 7 December 2026, 10:00"""
    return f"{day(moment, zone)}, {clock(moment, zone)}"


def clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def when(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Monday, 7 December 2026, 10:00–11:00, Europe/Berlin (UTC+01:00). The offset tells apart what
    a clock shows twice."""
    if start == end:
        return f"{starts(start, zone)}, {_zone(start, zone)}"
    same_day = start.astimezone(zone).date() == end.astimezone(zone).date()
    until = clock(end, zone) if same_day else f" {starts(end, zone)}"
    separator = "–" if same_day else " –"
    return f"{starts(start, zone)}{separator}{until}, {_zone(start, zone)}"


def _zone(moment: datetime, zone: ZoneInfo) -> str:
    return f"{zone.key} (UTC{moment.astimezone(zone).isoformat()[-6:]})"
