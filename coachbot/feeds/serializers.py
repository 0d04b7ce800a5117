"""A feed as its owner sees it over REST."""

from rest_framework import serializers

from coachbot.feeds.addresses import address_of


class CalendarFeedSerializer(serializers.Serializer):
    address = serializers.URLField(
        allow_null=True, help_text="For calendars that subscribe to an address. Keep it secret."
    )
    webcal = serializers.CharField(
        allow_null=True, help_text="The same; a calendar on the device opens it by itself."
    )
    created_at = serializers.DateTimeField(allow_null=True)
    rotated_at = serializers.DateTimeField(allow_null=True)
    last_read_at = serializers.DateTimeField(
        allow_null=True, help_text="By any calendar; exact to ten minutes."
    )


def document(request, feed):
    address = address_of(request, feed)
    return {
        "address": address,
        "webcal": f"webcal://{address.partition('://')[2]}" if address else None,
        **{name: getattr(feed, name, None) for name in ("created_at", "rotated_at")},
        "last_read_at": feed.last_read_at if feed else None,
    }
