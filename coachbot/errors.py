"""DomainError: the only exception that crosses from the domain to the outside."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Reason(NamedTuple):
    code: str
    detail: str


class DomainError(Exception):
    """A rule said no. `code` is for programs, `message` for people.

    `reasons` are the single rules behind it; `extra` is data that helps to go on.
    """

    code = "refused"
    message = "This is not possible."

    def __init__(
        self,
        message: str = "",
        *,
        reasons: Sequence[Reason] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.message = message or self.message
        self.reasons = tuple(reasons)
        self.extra = dict(extra or {})
        super().__init__(self.message)

    def __str__(self) -> str:
        return " ".join([self.message, *(reason.detail for reason in self.reasons)])


class Conflict(DomainError):
    """Right in itself, refused by the present state."""


class Stale(DomainError):
    """Decided on a state that is no longer the present one."""


class Invalid(DomainError):
    """Can never be right. `field` names the input that is wrong, where there is one."""

    field: str | None = None

    def __init__(self, message: str = "", *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field or self.field
