"""One shape for every error under /api/ (drf-standardized-errors), whoever raises it."""

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import JsonResponse
from drf_standardized_errors.handler import exception_handler
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import set_rollback

from coachbot.errors import Conflict, DomainError, Invalid

RETRY_AFTER_SECONDS = 2


def body(kind, code, detail, attr=None):
    return {"type": kind, "errors": [{"code": code, "detail": detail, "attr": attr}]}


def handle(exc, context):
    """What every view answers with when `exc` is raised in it."""
    if isinstance(exc, DomainError):
        return _refusal(exc)
    if isinstance(exc, OperationalError | InterfaceError):
        return _unavailable()
    if isinstance(exc, DjangoValidationError):
        exc = ValidationError(detail=exc.messages)
    return exception_handler(exc, context)


def _refusal(refusal):
    """A DomainError: 400 for what can never be right, 409 for what the present state refuses."""
    set_rollback()
    if isinstance(refusal, Invalid):
        answer = body("validation_error", refusal.code, refusal.message, refusal.field)
        return Response(answer, status=status.HTTP_400_BAD_REQUEST)
    answer = body("client_error", refusal.code, refusal.message)
    answer["errors"] += [
        {"code": reason.code, "detail": reason.detail, "attr": None} for reason in refusal.reasons
    ]
    assert isinstance(refusal, Conflict), refusal
    return Response({**answer, **refusal.extra}, status=status.HTTP_409_CONFLICT)


def _unavailable():
    set_rollback()
    answer = body("server_error", "unavailable", "The database cannot answer now: try again.")
    return Response(
        answer,
        status=status.HTTP_503_SERVICE_UNAVAILABLE,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def not_found(request, *args, **kwargs):
    """For every address under /api/ that is none."""
    return JsonResponse(body("client_error", "not_found", "Not found."), status=404)
