from rest_framework.routers import SimpleRouter

from scheduling.views import BookingViewSet, ServiceViewSet, SpecialistViewSet

router = SimpleRouter()
router.register("specialists", SpecialistViewSet)
router.register("services", ServiceViewSet)
router.register("bookings", BookingViewSet)

urlpatterns = router.urls
