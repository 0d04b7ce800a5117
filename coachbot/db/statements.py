"""What is known of each statement: how many there are, how slow, from where. Never its values."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings

from coachbot import metrics

log = logging.getLogger("coachbot.sql")

LONGEST_SQL = 2000
APPS = ("accounts", "audit", "coachbot", "feedback", "scheduling")
ROOT = Path(__file__).resolve().parent.parent.parent
PASSED_THROUGH = (
    *(__file__, "/db/plans.py", "/db/compiled.py", "/queries/rows.py"),
    *("/middleware.py", "/access.py", "/charset.py"),
)
OURS = tuple(f"{ROOT}/{app}/" for app in APPS)


class Tally:
    """How many statements were sent."""

    def __init__(self) -> None:
        self.count = 0


_tally: ContextVar[Tally | None] = ContextVar("tally", default=None)


@contextmanager
def counted() -> Iterator[Tally]:
    """Counts the statements of the block, on all databases."""
    tally = Tally()
    token = _tally.set(tally)
    try:
        yield tally
    finally:
        _tally.reset(token)


def watch(*, connection: Any, **kwargs: Any) -> None:
    """Have every statement of a connection that was just made go through here."""
    if observe not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, observe)


def observe(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    if (tally := _tally.get()) is not None:
        tally.count += 1
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        _tell(sql, (time.perf_counter() - began) * 1000)


def _tell(sql: Any, ms: float) -> None:
    if settings.DB_SLOW_QUERY_MS and ms >= settings.DB_SLOW_QUERY_MS:
        fields = {"ms": round(ms, 1), "sql": _text(sql), "place": _place(sys._getframe())}
        metrics.SLOW_STATEMENTS.inc()
        log.warning("Slow statement.", extra={"fields": fields})
    elif settings.DB_ECHO:
        log.info("Statement.", extra={"fields": {"ms": round(ms, 1), "sql": _text(sql)}})


def _text(sql: Any) -> str:
    """`sql` in one line, with placeholders: its values are somebody's."""
    return " ".join(str(sql).split())[:LONGEST_SQL]


def _place(frame: FrameType | None) -> str:
    """Where in our code the statement came from: scheduling/queries/free.py:61, or the view whose
    inherited method sent it. All requests come through the middleware, so that says nothing."""
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(OURS) and not code.co_filename.endswith(PASSED_THROUGH):
            return f"{code.co_filename.removeprefix(f'{ROOT}/')}:{frame.f_lineno}"
        view = type(frame.f_locals.get("self"))
        if view.__module__.startswith(APPS) and hasattr(view, "as_view"):
            return f"{view.__module__}.{view.__qualname__}.{code.co_name}"
        frame = frame.f_back
    return ""
