"""The OpenAPI document: ours, with django-allauth's sign-in merged into it."""

import re

from allauth.headless.spec.internal.schema import get_schema
from drf_standardized_errors.openapi import AutoSchema as StandardizedErrorsSchema

VERBS = {"get", "post", "put", "patch", "delete"}


class AutoSchema(StandardizedErrorsSchema):
    pass


def add_sign_in(result, generator, request, public):
    """Merge allauth's paths and components; it leaves out operation ids, which clients need."""
    sign_in = get_schema()
    for path, operations in sign_in["paths"].items():
        name = re.sub(r"\W+", "_", path.split("/v1/")[-1])
        for verb in VERBS & operations.keys():
            operations[verb].setdefault("operationId", f"auth_{name}_{verb}")
    result["paths"].update(sign_in["paths"])
    for kind, items in sign_in.get("components", {}).items():
        result.setdefault("components", {}).setdefault(kind, {}).update(items)
    return result
