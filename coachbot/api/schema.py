"""The OpenAPI document: ours, with django-allauth's sign-in merged into it."""

import re

from allauth.headless.spec.internal.schema import get_schema
from drf_spectacular.utils import inline_serializer
from drf_standardized_errors.openapi import AutoSchema as StandardizedErrorsSchema
from drf_standardized_errors.openapi_serializers import (
    ClientErrorEnum,
    ServerErrorEnum,
    ValidationErrorEnum,
)
from rest_framework import serializers

from coachbot.api import idempotency

VERBS = {"get", "post", "put", "patch", "delete"}


class RefusalSerializer(serializers.Serializer):
    """One rule that says no. `code` is for programs, `detail` for people."""

    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)


class AlternativeSerializer(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class AffectedBookingSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    reference = serializers.CharField()
    starts_at = serializers.DateTimeField()


def _answer(name, types, **more):
    fields = {
        "type": serializers.ChoiceField(choices=types.choices),
        "errors": RefusalSerializer(many=True),
    }
    return inline_serializer(name, {**fields, **more})


# The first error names the refusal, further ones give its reasons.
CONFLICT = _answer(
    "Conflict",
    ClientErrorEnum,
    alternatives=AlternativeSerializer(
        many=True, required=False, help_text="With slot_taken: up to five slots nearby."
    ),
    bookings=AffectedBookingSerializer(
        many=True,
        required=False,
        help_text="With affects_bookings: those that would be left outside open hours.",
    ),
)
TOO_LARGE = _answer("TooLarge", ClientErrorEnum)
STALE = _answer("Stale", ClientErrorEnum)
# One shape for all: which codes a member can have is more than a list of them could truly say.
WRONG = inline_serializer(
    "Wrong",
    {
        "type": serializers.ChoiceField(
            choices=ValidationErrorEnum.choices + ClientErrorEnum.choices
        ),
        "errors": RefusalSerializer(many=True),
    },
)
KEY_REUSED = _answer("KeyReused", ClientErrorEnum)
UNAVAILABLE = _answer("Unavailable", ServerErrorEnum)


class AutoSchema(StandardizedErrorsSchema):
    """Documents each error only where it can happen, and keys where they are taken."""

    def get_override_parameters(self):
        key = [idempotency.PARAMETER] if self._takes_keys() else []
        return [*key, *super().get_override_parameters()]

    def _should_add_error_response(self, responses, status_code):
        reads = self.method in ("GET", "HEAD", "OPTIONS")
        if status_code in ("409", "413") and reads:
            return False
        if status_code == "422" and not self._takes_keys():
            return False
        if status_code == "412" and not self._takes_versions():
            return False
        if status_code == "400":
            # Every address refuses parameters that it does not know.
            return status_code not in responses
        return super()._should_add_error_response(responses, status_code)

    def get_auth(self):
        """A permission may say by what else than a session token it lets requests in."""
        ways = [
            way
            for permission in self.view.get_permissions()
            if hasattr(permission, "other_ways_in")
            for way in permission.other_ways_in(self.method)
        ]
        return [*super().get_auth(), *ways]

    def _is_list_view(self, serializer=None):
        """A view without pages may still have an action `list`, whose answer is one document."""
        return hasattr(self.view, "paginator") and super()._is_list_view(serializer)

    def _takes_versions(self):
        named = self.get_override_parameters()
        return any(getattr(each, "name", None) == "If-Match" for each in named)

    def _takes_keys(self):
        return self.method == "POST" and isinstance(self.view, idempotency.IdempotentPostsMixin)


UUID = {"type": "string", "format": "uuid"}


def close_bodies(result, generator, request, public):
    """Say of each body that it takes no further members, as StrictSerializerMixin sees to."""
    for operation in (each for verbs in result["paths"].values() for each in verbs.values()):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        name = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if name:
            result["components"]["schemas"][name]["additionalProperties"] = False
    return result


def add_sign_in(result, generator, request, public):
    """Merge allauth's paths and components; it leaves out operation ids, which clients need."""
    sign_in = get_schema()
    # Its own sessions are numbered, ours have UUIDs.
    schemas = sign_in["components"]["schemas"]
    schemas["Session"]["properties"]["id"] = UUID
    schemas["EndSessions"]["properties"]["sessions"]["items"] = UUID
    for path, operations in sign_in["paths"].items():
        name = re.sub(r"\W+", "_", path.split("/v1/")[-1])
        for verb in VERBS & operations.keys():
            operations[verb].setdefault("operationId", f"auth_{name}_{verb}")
    result["paths"].update(sign_in["paths"])
    for kind, items in sign_in.get("components", {}).items():
        result.setdefault("components", {}).setdefault(kind, {}).update(items)
    return result
