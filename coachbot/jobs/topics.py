"""What happens is announced under a topic; whoever wants to know subscribes, from above.

The caller's transaction holds one task, whoever listens: it is stored with what happened, or not
at all.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction
from django.utils import timezone

from coachbot.jobs.tasks import job

Listener = Callable[..., None]

_listeners: dict[str, list[Listener]] = defaultdict(list)
_muted: ContextVar[bool] = ContextVar("muted", default=False)


def subscribe(topic: str, listener: Listener) -> None:
    """Have a worker call `listener(now=…, **ids)` after each announcement, in a transaction of its
    own, at least once: a second call must change nothing."""
    _listeners[topic].append(listener)


def announce(topic: str, **ids: str) -> None:
    """Tell who listens to `topic`, once this transaction is committed."""
    if not _muted.get():
        tell.enqueue(topic, ids)


@contextmanager
def muted() -> Iterator[None]:
    """Nobody is told of what is made up for a demonstration."""
    token = _muted.set(True)
    try:
        yield
    finally:
        _muted.reset(token)


@job()
def tell(topic: str, ids: dict[str, str]) -> None:
    """One that fails keeps none of the others from being told. All are told again, then."""
    failures = []
    for listener in _listeners[topic]:
        try:
            with transaction.atomic():
                listener(now=timezone.now(), **ids)
        except Exception as failure:
            failures.append(failure)
    if failures:
        raise ExceptionGroup(f"Not all could be told of {topic}.", failures)
