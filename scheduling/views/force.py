"""`?force=true`: what would leave bookings outside open hours is done all the same."""

from drf_spectacular.utils import OpenApiParameter, OpenApiTypes
from rest_framework.exceptions import ValidationError

FORCE = OpenApiParameter(
    "force",
    OpenApiTypes.BOOL,
    default=False,
    description="Do it although bookings would be left outside open hours; they stay as they are.",
)


def is_forced(request):
    """Whether the address says so in so many words. Raises ValidationError."""
    given = request.query_params.get("force", "false")
    if given not in ("true", "false"):
        raise ValidationError({"force": "Give true or false."}, code="invalid")
    return given == "true"
