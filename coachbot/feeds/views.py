"""The feed itself, for calendars; and its address over REST, for its owner."""

import math

from django.http import HttpResponse, HttpResponseNotFound
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from coachbot.api.addresses import client_network
from coachbot.api.filters import refuse_unknown_parameters
from coachbot.api.throttles import seconds_to_wait
from coachbot.feeds import services
from coachbot.feeds.calendars import calendar_for
from coachbot.feeds.models import CalendarFeed
from coachbot.feeds.queries import fingerprint
from coachbot.feeds.serializers import CalendarFeedSerializer, document
from scheduling.serializers import NothingSerializer

PLAIN = "text/plain; charset=utf-8"
HEADERS = {
    "Cache-Control": "private, no-cache",
    "X-Robots-Tag": "noindex",
    "Content-Disposition": 'inline; filename="calendar.ics"',
}


@csrf_exempt
@require_safe
def feed_view(request, secret):
    """Whoever knows the address may read, and nobody is signed in by it."""
    feed = CalendarFeed.objects.with_owners().opened_by(secret).first()
    caller = f"feed:{feed.pk}" if feed else f"network:{client_network(request)}"
    if (seconds := seconds_to_wait("calendar_feed", caller)) is not None:
        wait = {"Retry-After": str(math.ceil(seconds))}
        return HttpResponse("Too often.\n", status=429, content_type=PLAIN, headers=wait)
    if feed is None:
        return HttpResponseNotFound("There is no such calendar any more.\n", content_type=PLAIN)
    now = timezone.now()
    services.note_reading(feed=feed, now=now)
    return _conditional(request, feed, now.date())


def _conditional(request, feed, today):
    """What has not changed is not read again (RFC 9110, section 13)."""
    etag = quote_etag(fingerprint(feed, today))
    unchanged = get_conditional_response(request, etag=etag)
    answer = unchanged or HttpResponse(
        calendar_for(feed, today), content_type="text/calendar; charset=utf-8"
    )
    for name, value in {**HEADERS, "ETag": etag}.items():
        answer.headers[name] = value
    return answer


class MyCalendarFeedView(APIView):
    permission_classes = [IsAuthenticated]

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, ())

    @extend_schema(responses=CalendarFeedSerializer)
    def get(self, request):
        """The address of my calendar: what I booked and, as a specialist, who booked me."""
        feed = CalendarFeed.objects.of(request.user).first()
        return Response(CalendarFeedSerializer(document(request, feed)).data)

    @extend_schema(request=NothingSerializer, responses={201: CalendarFeedSerializer})
    def post(self, request):
        """A new address. An older one leads nowhere from now on."""
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        user = request.user
        feed = services.make_feed(owner=user, actor=user, now=timezone.now())
        made = CalendarFeedSerializer(document(request, feed)).data
        return Response(made, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def delete(self, request):
        """Switch it off."""
        services.switch_off(owner=request.user, actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
