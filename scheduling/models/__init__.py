"""The tables of scheduling. Only `scheduling.services` writes them."""

from scheduling.models.booking import Booking, BookingStatus
from scheduling.models.hours import Availability, DayOff, Schedule
from scheduling.models.service import Service
from scheduling.models.specialist import Specialist

__all__ = [
    "Availability",
    "Booking",
    "BookingStatus",
    "DayOff",
    "Schedule",
    "Service",
    "Specialist",
]
