"""Sheets as files."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import chain, islice
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, TYPE_STRING

from coachbot.errors import Invalid
from coachbot.sheets.cells import as_cell, as_text, neutralised

# Excel takes a file without it for one of its own country's encoding.
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
LINES_AT_A_TIME = 200
MOST_XLSX_ROWS = 10_000


class TooManyRows(Invalid):
    code = "too_many_rows"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"These are {count:,} rows, and XLSX takes {MOST_XLSX_ROWS:,}: filter the list, or "
            "take CSV, which has no limit."
        )


def csv_parts(header: Sequence[str], lines: Iterable[Sequence[object]]) -> Iterator[str]:
    """A CSV file, a few lines at a time: as many rows as there are, in no more memory."""
    yield BYTE_ORDER_MARK + _csv([header])
    remaining = iter(lines)
    while some := list(islice(remaining, LINES_AT_A_TIME)):
        yield _csv([[_csv_cell(value) for value in line] for line in some])


def write_xlsx(header: Sequence[str], lines: Iterable[Sequence[object]], target: IO[bytes]) -> None:
    """An XLSX file in which every text is a text, whatever it begins with. Its rows are written
    as they come; the file is complete at the end only, so ask for few."""
    book = Workbook(write_only=True)
    page = book.create_sheet()
    page.freeze_panes = "A2"
    for line in chain([header], lines):
        page.append([_xlsx_cell(page, value) for value in line])
    book.save(target)


def require_few(count: int) -> None:
    """Raise TooManyRows for more than one waits for."""
    if count > MOST_XLSX_ROWS:
        raise TooManyRows(count)


def _csv(lines: Iterable[Sequence[str]]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerows(lines)
    return buffer.getvalue()


def _csv_cell(value: object) -> str:
    return neutralised(value) if isinstance(value, str) else as_text(value)


def _xlsx_cell(page, value):
    content = as_cell(value)
    if content == "":
        return None
    if not isinstance(content, str):
        return content
    cell = WriteOnlyCell(page, ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", content))
    cell.data_type = TYPE_STRING
    return cell
