from django.urls import path
from rest_framework.routers import SimpleRouter

from scheduling.views import BookingViewSet, ServiceViewSet, SlotViewSet, SpecialistViewSet

router = SimpleRouter()
router.register("specialists", SpecialistViewSet)
router.register("services", ServiceViewSet)
router.register("slots", SlotViewSet, basename="slot")
router.register("bookings", BookingViewSet)

urlpatterns = [
    path(
        "bookings/<uuid:pk>/calendar.ics",
        BookingViewSet.as_view({"get": "calendar"}, detail=True),
        name="booking-calendar",
    ),
    *router.urls,
]
