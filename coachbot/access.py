"""One line in the log for each request."""

import logging
import time

from django.conf import settings
from django.utils.encoding import escape_uri_path

from coachbot import logs, metrics
from coachbot.db import statements
from coachbot.ids import uuid7

log = logging.getLogger(__name__)


class AccessMiddleware:
    """Gives each request an id, which its answer and all lines of the log carry, and says at the
    end how it went. Who asked, and for what after the question mark, is nobody's business there."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.request_id = str(uuid7())
        token = logs.request_id.set(request.request_id)
        began = time.perf_counter()
        try:
            with statements.counted() as tally:
                response = self.get_response(request)
            seconds = time.perf_counter() - began
            metrics.count_request(request, response, seconds)
            _tell(request, response, seconds * 1000, tally.count)
        finally:
            logs.request_id.reset(token)
        response.headers["X-Request-ID"] = request.request_id
        return response


def _tell(request, response, ms, queries):
    fields = {
        "method": request.method[:10],
        "path": logs.masked(escape_uri_path(request.path))[:200],
        "status": response.status_code,
        "ms": round(ms, 1),
        "queries": queries,
    }
    # Whoever looks after the process asks every few seconds.
    level = logging.DEBUG if request.path.startswith(settings.WATCHED_PATHS) else logging.INFO
    log.log(level, "Request.", extra={"fields": fields})
