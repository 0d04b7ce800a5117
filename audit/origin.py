"""Who is behind what happens now, and from where: noted by the middleware, read with an entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.http import HttpRequest

from coachbot.api.addresses import client_address

SYSTEM = "system"

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


class Origin(NamedTuple):
    """`actor` is None, and called `system`, for commands and tasks."""

    actor: Any = None
    ip_address: str = ""
    user_agent: str = ""
    request_id: str = ""


@contextmanager
def of(request: HttpRequest | None) -> Iterator[None]:
    """What happens inside is done by whoever sent `request`; None leaves it unsaid from where."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def current() -> Origin:
    """Read late: REST framework finds out who asks after all middleware."""
    request = _request.get()
    if request is None:
        return Origin()
    user = getattr(request, "user", None)
    return Origin(
        actor=user if user is not None and user.is_authenticated else None,
        ip_address=client_address(request),
        user_agent=request.headers.get("User-Agent", "")[:300],
        request_id=getattr(request, "request_id", ""),
    )
