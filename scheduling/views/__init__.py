"""Scheduling over REST: translate, ask or tell the domain, translate back."""

from scheduling.views.bookings import BookingViewSet
from scheduling.views.catalogue import ServiceViewSet, SpecialistViewSet
from scheduling.views.hours import AvailabilityViewSet, DayOffViewSet, ScheduleViewSet
from scheduling.views.slots import SlotViewSet
from scheduling.views.waiting import WaitingListViewSet

__all__ = [
    "AvailabilityViewSet",
    "BookingViewSet",
    "DayOffViewSet",
    "ScheduleViewSet",
    "ServiceViewSet",
    "SlotViewSet",
    "SpecialistViewSet",
    "WaitingListViewSet",
]
