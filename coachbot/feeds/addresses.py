"""Where calendars find a feed."""

from django.urls import reverse


def address_of(request, feed):
    """Null if there is none, or if it cannot be shown any more."""
    secret = feed and feed.secret
    return request.build_absolute_uri(reverse("calendar-feed", args=[secret])) if secret else None
