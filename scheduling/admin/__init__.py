"""The back office of scheduling."""

from scheduling.admin.bookings import BookingAdmin
from scheduling.admin.hours import AvailabilityAdmin, DayOffAdmin, ScheduleAdmin
from scheduling.admin.offers import ServiceAdmin, SpecialistAdmin

__all__ = [
    "AvailabilityAdmin",
    "BookingAdmin",
    "DayOffAdmin",
    "ScheduleAdmin",
    "ServiceAdmin",
    "SpecialistAdmin",
]
