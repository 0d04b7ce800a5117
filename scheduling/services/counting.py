"""Counting what becomes of the wish to book."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from coachbot import metrics
from coachbot.errors import DomainError

P = ParamSpec("P")
R = TypeVar("R")


def counting_refusals(service: Callable[P, R]) -> Callable[P, R]:
    """Count each refusal under its code and its reasons."""

    @wraps(service)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return service(*args, **kwargs)
        except DomainError as refusal:
            metrics.REFUSALS.labels(refusal.code).inc()
            for reason in refusal.reasons:
                metrics.REASONS.labels(reason.code).inc()
            raise

    return attempt
