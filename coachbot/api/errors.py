"""One shape for every error under /api/ (drf-standardized-errors), whoever raises it."""

import logging
import sys
from dataclasses import asdict

from django.core.exceptions import ObjectDoesNotExist, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import server_error as page_500
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import Error
from rest_framework import status
from rest_framework.exceptions import (
    APIException,
    ErrorDetail,
    NotFound,
    ParseError,
    ValidationError,
)

from coachbot.db.faults import Fault, classify
from coachbot.errors import DomainError, Invalid, Stale

log = logging.getLogger(__name__)


class Refused(APIException):
    """Right in itself, refused by the present state."""

    status_code = status.HTTP_409_CONFLICT


class PreconditionFailed(APIException):
    """The object is no longer of the version that If-Match names."""

    status_code = status.HTTP_412_PRECONDITION_FAILED


class Unavailable(APIException):
    """The database is away or busy; the same request may go through in `wait` seconds."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The database cannot answer now: please try again."
    default_code = "unavailable"
    wait = 2


class Handler(ExceptionHandler):
    """Knows the errors of the domain and of the database beside those of REST framework."""

    def convert_known_exceptions(self, exc):
        if isinstance(exc, DomainError):
            return from_domain(exc)
        if isinstance(exc, DjangoValidationError):
            return ValidationError(exc.messages)
        if isinstance(exc, ObjectDoesNotExist):
            log.warning("A row was not there any more when it was to be used.", exc_info=exc)
            return NotFound()
        if isinstance(exc, SuspiciousOperation):
            return ParseError("Django refuses such a request: too many parameters, for one.")
        if fault := classify(exc):
            return from_fault(fault, exc)
        return super().convert_known_exceptions(exc)


def from_fault(fault, error):
    """The answer to a fault of the database: 503, 409 or 400 by its kind."""
    if fault in (Fault.RETRY, Fault.UNAVAILABLE):
        return Unavailable()
    # Serializers and services are to say this earlier and better: let us know that they did not.
    log.warning("The database had to refuse a request.", exc_info=error)
    if fault is Fault.CONFLICT:
        return Refused("Something else is in the way: read again and retry.", code="conflict")
    return ValidationError("The request holds a value that cannot be stored.")


def from_domain(refusal):
    """The answer to a refusal: 400, 409 or 412 by its kind."""
    if isinstance(refusal, Invalid):
        detail = [ErrorDetail(refusal.message, code=refusal.code)]
        return ValidationError({refusal.field: detail} if refusal.field else detail)
    kind = PreconditionFailed if isinstance(refusal, Stale) else Refused
    return kind(refusal.message, code=refusal.code)


class Formatter(ExceptionFormatter):
    """Adds a refusal's single reasons as further errors, and its data to the body."""

    def get_errors(self):
        reasons = self.original_exc.reasons if isinstance(self.original_exc, DomainError) else ()
        return [*super().get_errors(), *(Error(code, detail, None) for code, detail in reasons)]

    def format_error_response(self, error_response):
        extra = self.original_exc.extra if isinstance(self.original_exc, DomainError) else {}
        return {**asdict(error_response), **extra}


def error_response(kind, code, detail, *, status):
    """The shape for who answers without REST framework."""
    body = {"type": kind, "errors": [{"code": code, "detail": detail, "attr": None}]}
    return JsonResponse(body, status=status)


@csrf_exempt
def not_found(request, *args, **kwargs):
    """For every address under /api/ and /_allauth/ that is none."""
    return error_response("client_error", "not_found", "Not found.", status=404)


def server_error(request):
    """For what went wrong outside REST framework. A database that is away may be back: 503."""
    if classify(sys.exc_info()[1]) not in (Fault.RETRY, Fault.UNAVAILABLE):
        return page_500(request)
    answer = page_500(request, template_name="503.html")
    answer.status_code = Unavailable.status_code
    answer.headers["Retry-After"] = str(Unavailable.wait)
    return answer
