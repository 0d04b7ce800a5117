"""What holds for every address under /api/ and /_allauth/, whoever answers there."""

from http import HTTPStatus
from io import BytesIO

from django.conf import settings
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import ParseError, ValidationError

from coachbot.api.errors import Unavailable, error_response
from coachbot.api.parsers import StrictJSONParser

SIGN_IN = "/_allauth/"
PATHS = ("/api/", SIGN_IN)
# The headers that open what is somebody's own.
TOKENS = ("X-Session-Token", "X-Manage-Token")
SAFE = ("GET", "HEAD", "OPTIONS")


class JSONErrorsMiddleware:
    """Tells as JSON what Django or django-allauth would tell as a page, even while debugging."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path.startswith(PATHS) and response.status_code >= 400 and _is_page(response):
            _retell(response)
        return response


def _is_page(response):
    return response.headers.get("Content-Type", "").startswith("text/html")


def _retell(response):
    """Put the shape of errors in place of the page; the other headers stay."""
    status = HTTPStatus(response.status_code)
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        kind, detail = Unavailable.default_code, Unavailable.default_detail
        told = error_response("server_error", kind, detail, status=status)
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        told = error_response("server_error", "error", "Server error.", status=status)
    else:
        detail = f"{status.phrase.capitalize()}."
        code = status.name.lower()
        told = error_response("client_error", code, detail, status=status)
    response.content = told.content
    response.headers["Content-Type"] = told.headers["Content-Type"]
    response.headers["Content-Length"] = str(len(told.content))


class PrivacyMiddleware:
    """Keeps answers that are somebody's own out of every cache."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path.startswith(PATHS):
            patch_vary_headers(response, TOKENS)
            if request.method not in SAFE or any(name in request.headers for name in TOKENS):
                response.headers["Cache-Control"] = "no-store"
        return response


class BodyLimitMiddleware:
    """Refuses a body that is too large before anybody reads it.

    WSGI reads no further than Content-Length says, so the header is the size.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        limit = settings.API_MAX_BODY_BYTES
        if request.path.startswith(PATHS) and _length(request) > limit:
            detail = f"The body is larger than {limit} bytes."
            return error_response("client_error", "too_large", detail, status=413)
        return self.get_response(request)


def _length(request):
    """As Django reads it, for whom what is no number is nothing."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


class StrictSignInMiddleware:
    """Reads JSON for django-allauth as strictly as for the API: it would fall over half a
    character, or over a thousand levels."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith(SIGN_IN) and request.method not in SAFE and request.body:
            try:
                StrictJSONParser().parse(BytesIO(request.body))
            except ParseError as mistake:
                return error_response("client_error", "parse_error", mistake.detail, status=400)
            except ValidationError:
                detail = "The JSON has a member twice."
                return error_response("client_error", "duplicate_member", detail, status=400)
        return self.get_response(request)
