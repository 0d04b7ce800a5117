"""Files into tables: all rows or none, and only through services."""

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Model, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

from coachbot.errors import DomainError
from coachbot.sheets.cells import as_text
from coachbot.sheets.drafts import Change, Draft, Outcome, sound
from coachbot.sheets.reading import BadFile, Table
from coachbot.sheets.sheet import Sheet

ID = "id"
ADD, CHANGE = "add", "change"
BOTH = frozenset({ADD, CHANGE})


class Plan(NamedTuple):
    """What a file does to a table, row by row."""

    drafts: list[Draft]
    ignored: list[str]

    @property
    def counts(self) -> dict[Outcome, int]:
        counted = Counter(draft.outcome for draft in self.drafts)
        return {outcome: counted[outcome] for outcome in Outcome}

    @property
    def is_refused(self) -> bool:
        return any(draft.problems for draft in self.drafts)

    @property
    def has_work(self) -> bool:
        return any(draft.is_to_be_written for draft in self.drafts)

    @property
    def fingerprint(self) -> str:
        """The same for the same plan only: whether what was shown is what would happen now."""
        digest = hashlib.sha256()
        for draft in self.drafts:
            told = (draft.number, draft.outcome.value, draft.changes, draft.problems)
            digest.update(repr(told).encode())
        return digest.hexdigest()


class ImportSheet(Sheet, ABC):
    """A sheet that also comes in. A row is known by its `id`, or else as `match` says.

    `given` are the columns that are read, other known columns are for people to look at;
    `refused` are those that give powers or let somebody in.
    """

    given: ClassVar[tuple[str, ...]]
    refused: ClassVar[frozenset[str]] = frozenset()
    serializer_class: ClassVar[type[Serializer[Any]]]
    # How a cell is written, where people write it otherwise than programs do.
    spelling: ClassVar[Mapping[str, Callable[[str], Any]]] = {}

    def known(self) -> QuerySet[Any]:
        """The rows that a file may speak of."""
        return self.everything()

    def find(self, drafts: Sequence[Draft]) -> None:
        """Set the `row` of those that give an id."""
        asked = {draft.number: as_uuid(draft.cells.get(ID, "")) for draft in drafts}
        rows = self.known().in_bulk([pk for pk in asked.values() if pk])
        for draft in drafts:
            draft.row = rows.get(asked[draft.number])
            if draft.row is None and draft.cells.get(ID):
                draft.refuse(ID, "There is nothing with this id. Leave it empty for a new row.")

    def match(self, drafts: Sequence[Draft]) -> None:
        """Set the `row` of those that give no id and are known by what they say."""

    @abstractmethod
    def identity(self, draft: Draft) -> Hashable:
        """What two rows of a file must not both be."""

    @abstractmethod
    def write(self, drafts: Sequence[Draft], now: datetime) -> None:
        """Write them through services; what those refuse becomes a problem of its row."""


def preview(sheet: ImportSheet, table: Table, *, rights: Collection[str], now: datetime) -> Plan:
    """What importing `table` would do. It is done and undone, so that every rule has its say.
    Raises BadFile for columns that are wrong."""
    with transaction.atomic():
        plan = _carry_out(sheet, table, rights, now)
        transaction.set_rollback(True)
    return plan


def bring_in(
    sheet: ImportSheet,
    table: Table,
    *,
    rights: Collection[str],
    now: datetime,
    agreed: str | None = None,
) -> tuple[Plan, bool]:
    """Import `table`: all of it, and True; or nothing, if a row is refused, or if the plan is not
    the one of the fingerprint `agreed`. Raises BadFile as `preview`."""
    with transaction.atomic():
        plan = _carry_out(sheet, table, rights, now)
        is_done = not plan.is_refused and agreed in (None, plan.fingerprint)
        transaction.set_rollback(not is_done)
    return plan, is_done


def _carry_out(sheet: ImportSheet, table: Table, rights: Collection[str], now: datetime) -> Plan:
    ignored = _ignored(sheet, table.header)
    drafts = [
        Draft(line.number, dict(zip(table.header, line.cells, strict=True))) for line in table.lines
    ]
    sheet.find(drafts)
    _read(sheet, sound(drafts))
    sheet.match(sound(drafts))
    _compare(sheet, sound(drafts))
    _refuse_repeated(sheet, sound(drafts))
    _refuse_without_right(drafts, rights)
    sheet.write([draft for draft in drafts if draft.is_to_be_written], now)
    return Plan(drafts, ignored)


def _ignored(sheet: ImportSheet, header: Sequence[str]) -> list[str]:
    """The columns that are only for looking at. Raises BadFile for those that do not belong."""
    if powers := [name for name in header if name in sheet.refused]:
        raise BadFile(f"Nobody imports these columns: {', '.join(powers)}. Remove them.")
    names = [*sheet.columns, *sheet.given]
    if unknown := [name for name in header if name not in names]:
        raise BadFile(
            f"There are no such columns here: {', '.join(unknown)}. "
            f"There are: {', '.join(dict.fromkeys(names))}."
        )
    if not set(header) & set(sheet.given):
        raise BadFile(f"None of the columns that are read is here: {', '.join(sheet.given)}.")
    return [name for name in header if name not in (ID, *sheet.given)]


def _read(sheet: ImportSheet, drafts: Iterable[Draft]) -> None:
    """Let the serializer of the API check every row's shape."""
    serializer = sheet.serializer_class()
    for draft in drafts:
        serializer.instance = draft.row
        serializer.partial = draft.row is not None
        try:
            draft.fields = dict(serializer.run_validation(_document(sheet, serializer, draft)))
        except ValidationError as refusal:
            _tell(draft, refusal)


def _document(sheet: ImportSheet, serializer: Serializer[Any], draft: Draft) -> dict[str, Any]:
    """What the serializer takes. An empty cell empties what may be empty; else it says nothing:
    the row keeps what it has, and a new one has the default."""
    document: dict[str, Any] = {}
    for name, field in serializer.fields.items():
        text = draft.cells.get(name) if name in sheet.given else None
        if text:
            document[name] = sheet.spelling.get(name, str)(text)
        elif text == "" and (field.allow_null or getattr(field, "allow_blank", False)):
            document[name] = None if field.allow_null else ""
        elif text == "" and name in sheet.spelling and getattr(field, "allow_empty", False):
            document[name] = []
    return document


def _tell(draft: Draft, refusal: ValidationError) -> None:
    detail = refusal.detail if isinstance(refusal.detail, dict) else {"": refusal.detail}
    for name, problems in detail.items():
        column = "" if name == "non_field_errors" else name
        told = problems.values() if isinstance(problems, dict) else [problems]
        for each in told:
            draft.refuse(column, " ".join(map(str, each)))


def _compare(sheet: ImportSheet, drafts: Iterable[Draft]) -> None:
    for draft in drafts:
        row = draft.row
        if row is not None:
            draft.fields = {
                name: value for name, value in draft.fields.items() if getattr(row, name) != value
            }
        draft.wanted = copy(row) if row is not None else sheet.model()
        for name, value in draft.fields.items():
            setattr(draft.wanted, name, value)
        draft.changes = _changes(sheet, row, draft.wanted, draft.fields)


def _changes(
    sheet: ImportSheet, row: Model | None, wanted: Model, names: Collection[str]
) -> list[Change]:
    """In the order of the columns."""
    found = []
    for name, read in sheet.columns.items():
        if name not in names:
            continue
        old, new = "" if row is None else as_text(read(row)), as_text(read(wanted))
        found.append(Change(name, old, new))
    return found


def _refuse_repeated(sheet: ImportSheet, drafts: Iterable[Draft]) -> None:
    first: dict[Hashable, int] = {}
    for draft in drafts:
        key = draft.row.pk if draft.row is not None else sheet.identity(draft)
        if key in first:
            draft.refuse("", f"The same as row {first[key]}.")
        first.setdefault(key, draft.number)


def _refuse_without_right(drafts: Iterable[Draft], rights: Collection[str]) -> None:
    needed = {Outcome.NEW: (ADD, "add"), Outcome.CHANGED: (CHANGE, "change")}
    for draft in drafts:
        right, verb = needed.get(draft.outcome, (None, ""))
        if right is not None and right not in rights:
            draft.refuse("", f"You may not {verb} these.")


def each_on_its_own(drafts: Iterable[Draft], write: Callable[[Draft], Model]) -> None:
    """Write rows that have nothing to do with each other."""
    for draft in drafts:
        try:
            with transaction.atomic():
                draft.wanted = write(draft)
        except DomainError as refusal:
            draft.refused_by(refusal)


def as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
