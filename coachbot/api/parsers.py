"""JSON (RFC 8259) read strictly: what two readers could take for two things is refused."""

import json
import math
import re

from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

DEEPEST = 64
SURROGATE = re.compile("[\ud800-\udfff]")


class StrictJSONParser(BaseParser):
    """UTF-8, at most 64 levels deep, finite numbers, whole characters, every member once."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(self, stream, media_type=None, parser_context=None):
        repeated = {}
        try:
            document = json.loads(
                stream.read().decode(),
                object_pairs_hook=lambda members: _as_dict(members, repeated),
                parse_float=_finite,
                parse_constant=_finite,
            )
        except RecursionError:
            raise _too_deep() from None
        except ValueError as mistake:
            raise ParseError(f"This is not JSON: {mistake}.") from None
        _require_plain(document)
        if repeated:
            raise ValidationError(repeated)
        return document


def _as_dict(members, repeated):
    found = dict(members)
    if len(found) < len(members):
        seen = set()
        detail = ErrorDetail("Give this member once.", code="duplicate_member")
        repeated.update({name: [detail] for name, _ in members if name in seen or seen.add(name)})
    return found


def _finite(text):
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is no number that can be stored")
    return number


def _require_plain(document):
    """Raise ParseError for nesting too deep, or for half a character (a lone surrogate)."""
    level = [document]
    for _ in range(DEEPEST + 1):
        below = []
        for value in level:
            if isinstance(value, str):
                _require_characters(value)
            elif isinstance(value, dict):
                below.extend(value)
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        if not below:
            return
        level = below
    raise _too_deep()


def _require_characters(text):
    if SURROGATE.search(text):
        raise ParseError("A text holds a lone surrogate, which is half a character.")


def _too_deep():
    return ParseError(f"The JSON is nested more than {DEEPEST} levels deep.")
