from django.urls import re_path
from rest_framework.routers import SimpleRouter

from coachbot.api.requests import UUID_REGEX
from scheduling.views import (
    AvailabilityViewSet,
    BookingViewSet,
    DayOffViewSet,
    ScheduleViewSet,
    ServiceViewSet,
    SlotViewSet,
    SpecialistViewSet,
    WaitingListViewSet,
)

router = SimpleRouter()
router.register("specialists", SpecialistViewSet)
router.register("services", ServiceViewSet)
router.register("slots", SlotViewSet, basename="slot")
router.register("bookings", BookingViewSet)
router.register("waiting-list", WaitingListViewSet, basename="waiting-list")
router.register("schedules", ScheduleViewSet)
router.register("days-off", DayOffViewSet)
router.register("availability", AvailabilityViewSet)

urlpatterns = [
    re_path(
        rf"^bookings/(?P<pk>{UUID_REGEX})/calendar\.ics$",
        BookingViewSet.as_view({"get": "calendar"}, detail=True),
        name="booking-calendar",
    ),
    *router.urls,
]
