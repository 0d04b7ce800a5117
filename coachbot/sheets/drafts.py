"""One row of a file on its way into a table: what it was, what it would be, what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from coachbot.errors import DomainError


class Outcome(StrEnum):
    ERROR = "error"
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class Change(NamedTuple):
    column: str
    old: str
    new: str


class Problem(NamedTuple):
    """`column` is empty for what is wrong with the row as a whole."""

    column: str
    detail: str


@dataclass
class Draft:
    """`row` is the one in the table, None for a new one; `wanted` what it would be; `fields` what
    has to be written for that. `owner` is whose row it is, where that stands in other columns."""

    number: int
    cells: dict[str, str]
    row: Any = None
    wanted: Any = None
    owner: Any = None
    fields: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        if self.problems:
            return Outcome.ERROR
        if self.row is None:
            return Outcome.NEW
        return Outcome.CHANGED if self.changes else Outcome.UNCHANGED

    @property
    def is_to_be_written(self) -> bool:
        return self.outcome in (Outcome.NEW, Outcome.CHANGED)

    def refuse(self, column: str, detail: str) -> None:
        self.problems.append(Problem(column, detail))

    def refused_by(self, refusal: DomainError) -> None:
        self.refuse(getattr(refusal, "field", None) or "", str(refusal))


def sound(drafts: Sequence[Draft]) -> list[Draft]:
    return [draft for draft in drafts if not draft.problems]
