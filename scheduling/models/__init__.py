"""The tables of scheduling. Only `scheduling.services` writes them."""

from scheduling.models.booking import Booking, BookingStatus
from scheduling.models.event import BookingEvent, Role
from scheduling.models.hours import Availability, DayOff, Schedule
from scheduling.models.service import Service
from scheduling.models.specialist import Specialist
from scheduling.models.waiting import Hold, HoldOutcome, WaitingListEntry, WaitingStatus

__all__ = [
    "Availability",
    "Booking",
    "BookingEvent",
    "BookingStatus",
    "DayOff",
    "Hold",
    "HoldOutcome",
    "Role",
    "Schedule",
    "Service",
    "Specialist",
    "WaitingListEntry",
    "WaitingStatus",
]
