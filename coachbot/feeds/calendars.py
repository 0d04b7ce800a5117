"""A feed as a calendar reads it (RFC 5545, RFC 7986)."""

from datetime import date, timedelta

from icalendar import Event, vDuration

from coachbot.feeds.models import CalendarFeed
from coachbot.feeds.queries import MOST, bookings_in, days_off_in, title_of
from scheduling.calendars import clean, entry_of, new_calendar
from scheduling.models import DayOff

# How often calendars are asked to look. Nothing new costs three small queries.
REFRESH = timedelta(minutes=15)


def calendar_for(feed: CalendarFeed, today: date) -> bytes:
    """Their bookings and, of a specialist, their days off; two queries."""
    calendar = new_calendar("PUBLISH")
    calendar.add("x-wr-calname", clean(title_of(feed)))
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    working = feed.working and feed.working.pk
    for booking in bookings_in(feed, today).select_related("specialist", "service")[:MOST]:
        is_work = booking.specialist_id == working
        calendar.add_component(entry_of(booking, for_specialist=is_work))
    for day_off in days_off_in(feed, today):
        calendar.add_component(_whole_day(day_off))
    written: bytes = calendar.to_ical()
    return written


def _whole_day(day_off: DayOff) -> Event:
    event = Event()
    event.add("uid", f"{day_off.pk}@coachbot")
    event.add("dtstamp", day_off.updated_at)
    event.add("dtstart", day_off.date)
    event.add("dtend", day_off.date + timedelta(days=1))
    event.add("summary", clean(f"Day off: {day_off.reason}" if day_off.reason else "Day off"))
    return event
