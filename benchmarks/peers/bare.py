"""As little as Django and REST framework can do: who asks, and one select or one insert.

What an API without any rule would cost on the same server, with the same way of signing in:
Django's own middleware alone, no check of what is sent, no check of what is free.
"""

from datetime import datetime, timedelta

from django.http import HttpResponse
from django.urls import path
from django.utils.crypto import get_random_string
from rest_framework.response import Response
from rest_framework.views import APIView

from scheduling.models import Booking
from scheduling.models.booking import REFERENCE_ALPHABET

SHOWN = ("id", "reference", "starts_at", "ends_at", "status", "specialist_id")


class Slots(APIView):
    def get(self, request, pk):
        """The bookings of the range, as they are: what is free would be for the client to find."""
        start = datetime.fromisoformat(request.query_params["start"] + "T00:00:00+00:00")
        rows = Booking.objects.filter(
            specialist=pk, starts_at__gte=start, starts_at__lt=start + timedelta(days=7)
        )
        return Response(list(rows.order_by("starts_at").values(*SHOWN)))


def live(request):
    return HttpResponse()


class Bookings(APIView):
    def post(self, request):
        asked = request.data
        start = datetime.fromisoformat(asked["starts_at"])
        end = start + timedelta(hours=1)
        booking = Booking.objects.create(
            reference=get_random_string(8, REFERENCE_ALPHABET),
            specialist_id=asked["specialist"], service_id=asked["service"], client=request.user,
            client_name="Kim", client_email=request.user.email, starts_at=start, ends_at=end,
            occupied_starts_at=start, occupied_ends_at=end,
        )  # fmt: skip
        return Response({name: getattr(booking, name) for name in SHOWN}, status=201)


urlpatterns = [
    path("health/live", live),
    path("api/v1/specialists/<uuid:pk>/slots/", Slots.as_view()),
    path("api/v1/bookings/", Bookings.as_view()),
]
