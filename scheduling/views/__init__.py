"""Scheduling over REST: translate, ask or tell the domain, translate back."""

from scheduling.views.bookings import BookingViewSet
from scheduling.views.catalogue import ServiceViewSet, SpecialistViewSet
from scheduling.views.slots import SlotViewSet

__all__ = ["BookingViewSet", "ServiceViewSet", "SlotViewSet", "SpecialistViewSet"]
