"""The tables of scheduling. Only `scheduling.services` writes them."""

from scheduling.models.booking import Booking, BookingStatus
from scheduling.models.event import BookingEvent, Role
from scheduling.models.hours import Availability, DayOff, Schedule
from scheduling.models.service import Service
from scheduling.models.specialist import Specialist

__all__ = [
    "Availability",
    "Booking",
    "BookingEvent",
    "BookingStatus",
    "DayOff",
    "Role",
    "Schedule",
    "Service",
    "Specialist",
]
