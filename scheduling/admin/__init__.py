"""The back office of scheduling."""

from scheduling.admin.bookings import BookingAdmin, BookingEventAdmin
from scheduling.admin.hours import AvailabilityAdmin, DayOffAdmin, ScheduleAdmin
from scheduling.admin.offers import ServiceAdmin, SpecialistAdmin
from scheduling.admin.waiting import WaitingListAdmin

__all__ = [
    "AvailabilityAdmin",
    "BookingAdmin",
    "BookingEventAdmin",
    "DayOffAdmin",
    "ScheduleAdmin",
    "ServiceAdmin",
    "SpecialistAdmin",
    "WaitingListAdmin",
]
