from django.conf import settings

from coachbot.api.errors import error_response


class BodyLimitMiddleware:
    """Refuses a body that is too large before anybody reads it.

    WSGI reads no further than Content-Length says, so the header is the size.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        limit = settings.API_MAX_BODY_BYTES
        if request.path.startswith("/api/") and _length(request) > limit:
            detail = f"The body is larger than {limit} bytes."
            return error_response("client_error", "too_large", detail, status=413)
        return self.get_response(request)


def _length(request):
    """As Django reads it, for whom what is no number is nothing."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
