"""The tables of scheduling that go out as files, and come back."""

from scheduling.sheets.bookings import BookingSheet
from scheduling.sheets.hours import DayOffSheet, ScheduleSheet
from scheduling.sheets.specialists import SpecialistSheet

__all__ = ["BookingSheet", "DayOffSheet", "ScheduleSheet", "SpecialistSheet"]
