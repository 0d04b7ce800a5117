"""What holds for every address of django-allauth's."""

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.http import JsonResponse
from django.shortcuts import redirect

from accounts.authentication import HEADER, SecondFactorRequired
from accounts.sessions import SessionStore
from coachbot import second_factor
from coachbot.api.errors import error_response

# allauth's own rates are per minute, or a few of them.
SECONDS = 60


class RetryAfterMiddleware:
    """allauth's 429 does not say when to come back."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", str(SECONDS))
        return response


class SessionEndedMiddleware:
    """A session that ends while it is in use has nowhere to write what it was used for: allauth
    says 410 of those that ended before."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, UpdateError) and request.path.startswith("/_allauth/"):
            request.session.modified = False
            return JsonResponse({"status": 410}, status=410)
        return None


class SecondFactorMiddleware:
    """Staff whose second factor is missing set one up, prove it or sign out: nothing else."""

    PLACES = ("/_allauth/", "/accounts/")
    OPEN = frozenset(
        {
            *("config", "openapi_json", "openapi_yaml", "current_session", "reauthenticate"),
            *("reauthenticate_webauthn", "authenticators", "manage_totp", "manage_webauthn"),
            *("account_login", "account_logout", "account_reauthenticate", "mfa_index"),
            *("mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_activate_totp"),
            "mfa_add_webauthn",
        }
    )

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        concerned = settings.STAFF_SECOND_FACTOR and request.path.startswith(self.PLACES)
        if not concerned or request.resolver_match.url_name in self.OPEN:
            return None
        is_page = not request.path.startswith("/_allauth/")
        session = request.session if is_page else SessionStore(request.headers.get(HEADER))
        user = request.user if is_page else session.user
        if user is None or not user.is_authenticated or not second_factor.is_missing(user, session):
            return None
        return redirect("admin:login") if is_page else _refusal()


def _refusal():
    code, detail = SecondFactorRequired.default_code, SecondFactorRequired.default_detail
    return error_response("client_error", code, detail, status=403)
