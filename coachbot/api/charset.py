"""Only UTF-8, seen to before Django makes a request of what arrives."""

import codecs
import json

from django.utils.http import parse_header_parameters

REFUSAL = json.dumps(
    {
        "type": "client_error",
        "errors": [
            {"code": "unsupported_media_type", "detail": "Send JSON in UTF-8.", "attr": None}
        ],
    }
).encode()


class OnlyUTF8:
    """Around the whole WSGI application: refuses a request in another charset than UTF-8.

    Django reads even the address with the codec that a Content-Type names, before any middleware
    runs. Some of Python's codecs raise there, some unpack, some make half characters.
    """

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        if _is_utf8(environ.get("CONTENT_TYPE", "")):
            return self.application(environ, start_response)
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(REFUSAL))),
            ("X-Content-Type-Options", "nosniff"),
        ]
        start_response("415 Unsupported Media Type", headers)
        return [REFUSAL]


def _is_utf8(content_type):
    try:
        charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
        return codecs.lookup(charset).name in ("utf-8", "ascii")
    except (LookupError, ValueError):
        return False
