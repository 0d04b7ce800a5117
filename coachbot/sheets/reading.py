"""Files that people send: a header and lines of text, or BadFile. Nothing in them is trusted."""

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from io import BytesIO, StringIO
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.cell.cell import TYPE_ERROR, TYPE_FORMULA

from coachbot.errors import Invalid
from coachbot.sheets.cells import as_text, original

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 5_000
MOST_COLUMNS = 60
# The longest texts there are have 10,000 characters.
MOST_CHARACTERS = 20_000
# What a file may become when it is unpacked.
MOST_UNPACKED_BYTES = 25 * 1024 * 1024
MOST_PARTS = 200
DELIMITERS = ",;\t"


class BadFile(Invalid):
    """Not a file that can be read, for the reason given."""

    code = "bad_file"


class Line(NamedTuple):
    """`number` is the row's in a spreadsheet: the header is 1."""

    number: int
    cells: list[str]


class Table(NamedTuple):
    header: list[str]
    lines: list[Line]


def read(name: str, data: bytes) -> Table:
    """The table in the file `name`, CSV or XLSX. Raises BadFile."""
    if len(data) > MOST_BYTES:
        raise BadFile(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
    kind = name.lower().rpartition(".")[2]
    if kind == "csv":
        return _table(_csv_lines(data))
    if kind == "xlsx":
        _require_harmless(data)
        return _table(_xlsx_lines(data))
    raise BadFile("Send a file whose name ends in .csv or .xlsx.")


def _table(lines: Iterator[list[str]]) -> Table:
    header = [cell.strip().lower() for cell in next(lines, [])]
    while header and not header[-1]:
        header.pop()
    _require_names(header)
    found = []
    for number, cells in enumerate(lines, start=2):
        if number > MOST_ROWS + 1:
            raise BadFile(f"The file has more than {MOST_ROWS:,} rows: send it in parts.")
        if any(cell.strip() for cell in cells):
            found.append(Line(number, _fitted(number, cells, len(header))))
    if not found:
        raise BadFile("The file has no rows below the header.")
    return Table(header, found)


def _require_names(header: Sequence[str]) -> None:
    if not header:
        raise BadFile("The file is empty: its first row must have the names of the columns.")
    if len(header) > MOST_COLUMNS:
        raise BadFile(f"The file has more than {MOST_COLUMNS} columns.")
    if "" in header:
        raise BadFile(f"Column {header.index('') + 1} has no name.")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise BadFile(f"Columns that are there twice: {', '.join(twice)}.")


def _fitted(number: int, cells: list[str], width: int) -> list[str]:
    """As many cells as the header has. Blank ones too many are what spreadsheets leave behind."""
    if len(cells) < width:
        raise BadFile(f"Row {number} has {len(cells)} cells, the header has {width}.")
    if any(cell.strip() for cell in cells[width:]):
        raise BadFile(f"Row {number} has more cells than the header, which has {width}.")
    for cell in cells:
        if len(cell) > MOST_CHARACTERS:
            raise BadFile(f"Row {number} has a cell of more than {MOST_CHARACTERS:,} characters.")
    return [cell.strip() for cell in cells[:width]]


def _csv_lines(data: bytes) -> Iterator[list[str]]:
    text = _decoded(data)
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield [original(cell) for cell in cells] or [""] * (first.count(delimiter) + 1)
    except csv.Error as mistake:
        raise BadFile(f"This is no CSV, near line {reader.line_num}: {mistake}.") from mistake


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as mistake:
        line = data.count(b"\n", 0, mistake.start) + 1
        raise BadFile(
            f'The file is not UTF-8 (line {line}). In Excel: Save as, "CSV UTF-8".'
        ) from mistake
    if "\0" in text:
        raise BadFile("The file has NUL characters: it is no text.")
    return text


def _require_harmless(data: bytes) -> None:
    """Raise BadFile for what is no XLSX, has macros, or would unpack to far more than it is.

    A part that lies about its size is cut there by zipfile.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
    except (BadZipFile, NotImplementedError, ValueError, EOFError, OSError) as mistake:
        raise BadFile("This is no XLSX file, or one with a password.") from mistake
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
        raise BadFile("The file is too large when it is unpacked: send it in parts, or as CSV.")
    if any("vbaproject" in part.filename.lower() for part in parts):
        raise BadFile("The file has macros: save it as XLSX without them.")


def _xlsx_lines(data: bytes) -> Iterator[list[str]]:
    """The lines of the first page. A broken file makes openpyxl fail in as many ways as it has
    parts, so each of them is a BadFile that carries its cause."""
    try:
        book = load_workbook(BytesIO(data), read_only=True, keep_links=False)
        page = book.worksheets[0]
        page.reset_dimensions()
        rows = page.iter_rows(max_col=MOST_COLUMNS + 1, max_row=MOST_ROWS + 2)
        width = 0
        for number, row in enumerate(rows, start=1):
            cells = [_xlsx_text(cell, number) for cell in row]
            width = width or len(cells)
            yield cells + [""] * (width - len(cells))
    except Invalid:
        raise
    except Exception as mistake:
        raise BadFile("This is no XLSX file that can be read.") from mistake


def _xlsx_text(cell, number: int) -> str:
    if cell.data_type == TYPE_FORMULA:
        raise BadFile(f"Row {number} has a formula: paste it as a value.")
    if cell.data_type == TYPE_ERROR:
        raise BadFile(f"Row {number} has a cell with the error {cell.value}.")
    value = cell.value
    if isinstance(value, datetime) and value.time() == time(0):
        value = value.date()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return as_text(value)
