"""Weekly windows and days off as tables."""

from abc import abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction

from audit import services as audit
from coachbot.errors import DomainError
from coachbot.sheets.cells import in_utc
from coachbot.sheets.drafts import Draft
from coachbot.sheets.importing import ImportSheet, as_uuid
from scheduling import services
from scheduling.errors import AffectsBookings
from scheduling.models import DayOff, Schedule, Specialist
from scheduling.models.hours import Weekday
from scheduling.serializers import DayOffSerializer, ScheduleSerializer

WHOSE = ("specialist_id", "specialist")


class ScheduleRow(ScheduleSerializer):
    specialist = None  # type: ignore[assignment] # how a serializer leaves one out

    class Meta(ScheduleSerializer.Meta):
        fields = ["weekday", "start_time", "end_time", "valid_from", "valid_until", "is_active"]


class DayOffRow(DayOffSerializer):
    specialist = None  # type: ignore[assignment] # how a serializer leaves one out

    class Meta(DayOffSerializer.Meta):
        fields = ["date", "reason", "is_active"]


class HoursSheet(ImportSheet):
    """Whose hours they are is said by an id, or by a name that only one has. Hours without an id
    of their own are known by what `key` names."""

    key: tuple[str, ...]

    def everything(self):
        return self.model.objects.filter(specialist__deleted_at=None)

    def prepared(self, rows):
        return rows.select_related("specialist")

    def known(self):
        return self.prepared(self.everything())

    def find(self, drafts: Sequence[Draft]) -> None:
        super().find(drafts)
        owners = Owners(drafts)
        for draft in drafts:
            owners.settle(draft)

    def match(self, drafts: Sequence[Draft]) -> None:
        new = [draft for draft in drafts if draft.row is None]
        here = {self._key(row): row for row in self._rows_of({draft.owner.pk for draft in new})}
        for draft in new:
            draft.fields["specialist"] = draft.owner
            draft.row = here.get(self._key(self.model(**draft.fields)))
            # As of a new row: whoever asks for hours means that they count.
            draft.fields.setdefault("is_active", True)

    def identity(self, draft: Draft) -> Hashable:
        return self._key(draft.wanted)

    def write(self, drafts: Sequence[Draft], now: datetime) -> None:
        """What counts is how somebody's hours are in the end, so all of theirs are one change."""
        with audit.together():
            for _, group in groupby(sorted(drafts, key=_owner), key=_owner):
                self._write(list(group), now)

    @abstractmethod
    def touches(self, row: Any, local: datetime) -> bool:
        """Whether `row` has to do with an instant on its specialist's clock."""

    def _rows_of(self, owners: Iterable[Any]) -> Any:
        """Active ones last: of two that are alike, they are meant."""
        rows = self.known().filter(specialist__in=owners)
        return rows.order_by("is_active", "pk")

    def _key(self, row: Any) -> tuple[Any, ...]:
        return (row.specialist_id, *(getattr(row, name) for name in self.key))

    def _write(self, drafts: Sequence[Draft], now: datetime) -> None:
        try:
            services.change_hours(save=[draft.wanted for draft in drafts], now=now)
        except AffectsBookings as refusal:
            self._blame_for_bookings(drafts, refusal)
        except DomainError as refusal:
            _blame_for_each_other(drafts, refusal, now)

    def _blame_for_bookings(self, drafts: Sequence[Draft], refusal: AffectsBookings) -> None:
        """The rows of the days on which those bookings are; all, if it is none of them."""
        zone = drafts[0].wanted.specialist.time_zone
        starts = [booking["starts_at"].astimezone(zone) for booking in refusal.extra["bookings"]]
        to_blame = [
            draft
            for draft in drafts
            if any(
                self.touches(row, at) for row in (draft.row, draft.wanted) if row for at in starts
            )
        ]
        for draft in to_blame or drafts:
            draft.refused_by(refusal)


class ScheduleSheet(HoursSheet):
    name = "schedules"
    model = Schedule
    columns = {
        "id": lambda row: str(row.pk),
        "specialist_id": lambda row: str(row.specialist_id),
        "specialist": lambda row: row.specialist.name,
        "weekday": lambda row: Weekday(row.weekday).label,
        "start_time": lambda row: row.start_time,
        "end_time": lambda row: row.end_time,
        "valid_from": lambda row: row.valid_from,
        "valid_until": lambda row: row.valid_until,
        "is_active": lambda row: row.is_active,
        "time_zone": lambda row: str(row.specialist.time_zone),
        "updated_at_utc": lambda row: in_utc(row.updated_at),
    }
    given = (
        *WHOSE,
        "weekday",
        "start_time",
        "end_time",
        "valid_from",
        "valid_until",
        "is_active",
    )
    key = ("weekday", "start_time", "end_time", "valid_from", "valid_until")
    serializer_class = ScheduleRow

    @staticmethod
    def _weekday(text: str) -> str:
        numbers = {label.casefold(): str(number) for number, label in Weekday.choices}
        return numbers.get(text.casefold(), text)

    @staticmethod
    def _clock(text: str) -> str:
        """Spreadsheets drop the first zero."""
        return f"0{text}" if text[1:2] == ":" else text

    spelling = {"weekday": _weekday, "start_time": _clock, "end_time": _clock}

    def touches(self, row, local):
        return row.weekday == local.weekday()


class DayOffSheet(HoursSheet):
    name = "days_off"
    model = DayOff
    columns = {
        "id": lambda row: str(row.pk),
        "specialist_id": lambda row: str(row.specialist_id),
        "specialist": lambda row: row.specialist.name,
        "date": lambda row: row.date,
        "reason": lambda row: row.reason,
        "is_active": lambda row: row.is_active,
        "updated_at_utc": lambda row: in_utc(row.updated_at),
    }
    given = (*WHOSE, "date", "reason", "is_active")
    key = ("date",)
    serializer_class = DayOffRow

    def touches(self, row, local):
        return row.date == local.date()


class Owners:
    """The specialists that a file speaks of, loaded at once."""

    def __init__(self, drafts: Iterable[Draft]) -> None:
        ids, names = ({draft.cells.get(name, "") for draft in drafts} for name in WHOSE)
        keys = {key for text in ids if (key := as_uuid(text))}
        rows = [
            *Specialist.objects.filter(pk__in=keys),
            *Specialist.objects.filter(name__in=names - {""}),
        ]
        self.by_id = {row.pk: row for row in rows}
        self.by_name: dict[str, list[Specialist]] = {}
        for row in self.by_id.values():
            self.by_name.setdefault(row.name, []).append(row)

    def settle(self, draft: Draft) -> None:
        """Say whose row it is, or refuse it."""
        key, name = (draft.cells.get(column, "") for column in WHOSE)
        if not key and not name:
            self._take(draft, None if draft.row is None else draft.row.specialist)
        elif key:
            self._by_id(draft, key, name)
        else:
            self._by_name(draft, name)

    def _by_id(self, draft: Draft, key: str, name: str) -> None:
        owner = self.by_id.get(as_uuid(key))
        if owner is None:
            draft.refuse("specialist_id", "There is no specialist with this id.")
        elif name and name != owner.name:
            draft.refuse("specialist", f"The specialist with this id is {owner.name}.")
        else:
            self._take(draft, owner)

    def _by_name(self, draft: Draft, name: str) -> None:
        found = self.by_name.get(name, [])
        if draft.row is not None and draft.row.specialist in found:
            self._take(draft, draft.row.specialist)
        elif len(found) == 1:
            self._take(draft, found[0])
        else:
            several = f"{len(found)} specialists have this name: give the id."
            draft.refuse("specialist", several if found else "There is no specialist so named.")

    @staticmethod
    def _take(draft: Draft, owner: Specialist | None) -> None:
        if owner is None:
            draft.refuse("specialist_id", "Say whose it is: an id, or a name.")
        elif draft.row is not None and draft.row.specialist_id != owner.pk:
            draft.refuse("specialist_id", "Hours stay with their specialist.")
        draft.owner = owner


def _blame_for_each_other(drafts: Sequence[Draft], refusal: DomainError, now: datetime) -> None:
    """The rows that find no room beside those before them."""
    with transaction.atomic():
        for draft in drafts:
            try:
                services.change_hours_anyway(save=[draft.wanted], now=now)
            except DomainError as own:
                draft.refused_by(own)
        transaction.set_rollback(True)
    if not any(draft.problems for draft in drafts):
        for draft in drafts:
            draft.refused_by(refusal)


def _owner(draft: Draft) -> str:
    return str(draft.wanted.specialist_id)
