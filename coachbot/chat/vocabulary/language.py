"""What a language has to say. Everything a client reads or writes in it is in one of these."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo


@dataclass(frozen=True)
class Vocabulary:
    """`sentences` are `str.format` templates by key; `say` fills them."""

    code: str
    weekdays: tuple[str, ...]  # Monday first
    months: tuple[str, ...]  # January first
    sentences: Mapping[str, str] = field(default_factory=dict)
    moment_format: str = "{weekday} {day} {month} {year}, {hour:02}:{minute:02} ({zone})"

    def say(self, key: str, **values: object) -> str:
        """Raises KeyError where the language has no such sentence or a value is missing."""
        return self.sentences[key].format(**values)

    def moment(self, at: datetime, zone: tzinfo) -> str:
        """Tuesday 1 December 2026, 17:30 (Europe/Berlin): never a time without date and zone."""
        local = at.astimezone(zone)
        return self.moment_format.format(
            weekday=self.weekdays[local.weekday()],
            day=local.day,
            month=self.months[local.month - 1],
            year=local.year,
            hour=local.hour,
            minute=local.minute,
            zone=zone,
        )
