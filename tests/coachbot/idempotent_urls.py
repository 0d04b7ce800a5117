"""All addresses, with keys taken by POSTs of bookings."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from coachbot import urls
from coachbot.api.idempotency import IdempotentPostsMixin
from scheduling.views import BookingViewSet

bases = (BookingViewSet,)
if not issubclass(BookingViewSet, IdempotentPostsMixin):
    bases = (IdempotentPostsMixin, BookingViewSet)
Bookings = type("BookingViewSet", bases, {"__doc__": BookingViewSet.__doc__})

router = SimpleRouter()
router.register("bookings", Bookings)

handler400, handler500 = urls.handler400, urls.handler500
urlpatterns = [path("api/v1/", include(router.urls)), *urls.urlpatterns]
