"""What must be set before mails go out."""

from typing import Any

from django.conf import settings
from django.core import checks

# Backends that send nothing anywhere.
LOCAL = ("console", "filebased", "locmem", "dummy")


def check_site_url(**kwargs: Any) -> list[checks.CheckMessage]:
    """Mails that go out say where to look at the booking."""
    local = settings.EMAIL_BACKEND.split(".")[-2] in LOCAL
    if settings.SITE_URL or local:
        return []
    return [
        checks.Error(
            "SITE_URL is not set, so mails could not say where to find the booking.",
            hint="Set it to the address of the site: SITE_URL=https://booking.example.com",
            id="notifications.E001",
        )
    ]
