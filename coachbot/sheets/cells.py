"""What stands in one cell."""

import re
from datetime import UTC, datetime, time
from decimal import Decimal

# What spreadsheets may take for a formula (OWASP, "CSV Injection"), wide forms included.
# Apostrophes in front are counted in: what is neutralised can be told from what was written so.
FORMULA = re.compile(r"[' ]*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001 -- the wide forms


def neutralised(text: str) -> str:
    """`text` as no spreadsheet computes it. `original` is the way back."""
    return f"'{text}" if FORMULA.match(text) else text


def original(text: str) -> str:
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def as_text(value: object) -> str:
    """What a person reads in a cell. Nothing is empty; an instant is in the zone it comes with."""
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case datetime():
            text = value.isoformat(timespec="seconds")
        case time():
            text = value.isoformat(timespec="auto" if value.second else "minutes")
        case list():
            text = ", ".join(map(str, value))
        case _:
            text = str(value)
    return text


def as_cell(value: object) -> str | int | Decimal:
    """The same for a spreadsheet that knows numbers."""
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return value if is_number else as_text(value)  # type: ignore[return-value] # just asked


def in_utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
