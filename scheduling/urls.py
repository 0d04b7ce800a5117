from django.urls import path
from rest_framework.routers import SimpleRouter

from scheduling.views import (
    AvailabilityViewSet,
    BookingViewSet,
    DayOffViewSet,
    ScheduleViewSet,
    ServiceViewSet,
    SlotViewSet,
    SpecialistViewSet,
)

router = SimpleRouter()
router.register("specialists", SpecialistViewSet)
router.register("services", ServiceViewSet)
router.register("slots", SlotViewSet, basename="slot")
router.register("bookings", BookingViewSet)
router.register("schedules", ScheduleViewSet)
router.register("days-off", DayOffViewSet)
router.register("availability", AvailabilityViewSet)

urlpatterns = [
    path(
        "bookings/<uuid:pk>/calendar.ics",
        BookingViewSet.as_view({"get": "calendar"}, detail=True),
        name="booking-calendar",
    ),
    *router.urls,
]
