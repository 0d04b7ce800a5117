"""Files as files: what goes out computes nothing, what comes in is not trusted."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from coachbot.sheets import reading
from coachbot.sheets.cells import as_text, neutralised, original
from coachbot.sheets.reading import BadFile, Line, Table, read
from coachbot.sheets.writing import TooManyRows, csv_parts, require_few, write_xlsx

HOSTILE = ["=1+1", "+49 30", "-2", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''=1", " =1", "＝1"]  # noqa: RUF001 -- a wide one
TAME = ["", "Anna", "O'Neill", "'quoted'", "1-2", "a=b", 'Zoë, "Z"\nnext line']


def csv_of(header, *lines):
    return "".join(csv_parts(header, lines)).encode()


def xlsx_of(*lines):
    book, file = Workbook(), BytesIO()
    for line in lines:
        book.active.append(line)
    book.save(file)
    return file.getvalue()


def repacked(data, **parts):
    """An XLSX file with some of its parts replaced, or further ones."""
    file = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(file, "w", ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *parts}:
            new.writestr(name, parts.get(name) or old.read(name))
    return file.getvalue()


def refusal(name, data):
    with pytest.raises(BadFile) as caught:
        read(name, data)
    return str(caught.value)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_spreadsheet_would_compute_is_neutralised_and_comes_back(text):
    assert neutralised(text) == f"'{text}"
    assert original(neutralised(text)) == text


@given(st.text())
def test_any_text_comes_back_from_a_neutralised_cell(text):
    assert original(neutralised(text)) == text


@pytest.mark.parametrize("text", TAME)
def test_other_texts_are_left_alone(text):
    assert neutralised(text) == original(text) == text


def test_cells_are_written_for_people():
    instant = datetime(2026, 12, 7, 9, tzinfo=UTC)

    texts = [as_text(value) for value in (None, True, False, instant, date(2026, 12, 7), time(9))]

    assert texts == ["", "yes", "no", "2026-12-07T09:00:00+00:00", "2026-12-07", "09:00"]
    assert [as_text(time(9, 0, 30)), as_text(["de", "en"]), as_text(Decimal("80.00"))] == [
        "09:00:30",
        "de, en",
        "80.00",
    ]


def test_a_csv_begins_with_a_byte_order_mark_and_neutralises_texts_only():
    data = csv_of(["name", "price"], ["=1+1", Decimal("-1.50")])

    assert data == "\ufeffname,price\r\n'=1+1,-1.50\r\n".encode()


def test_a_csv_is_read_back_as_it_was_written():
    texts = [text for text in [*HOSTILE, *TAME] if text == text.strip()]

    table = read("a.CSV", csv_of(["n", "text"], *([str(n), text] for n, text in enumerate(texts))))

    assert table.lines == [
        Line(number, [str(number - 2), text]) for number, text in enumerate(texts, start=2)
    ]


def test_an_xlsx_has_texts_for_texts_and_numbers_for_numbers():
    file = BytesIO()

    write_xlsx(["text", "price"], [["=1+1", Decimal("80.00")], ["#N/A", None], ["a\x07b", 3]], file)

    page = load_workbook(file).active
    assert [[(cell.value, cell.data_type) for cell in row] for row in page.rows] == [
        [("text", "s"), ("price", "s")],
        [("=1+1", "s"), (80, "n")],
        [("#N/A", "s"), (None, "n")],
        [("a\ufffdb", "s"), (3, "n")],
    ]
    assert read("a.xlsx", file.getvalue()).lines[0] == Line(2, ["=1+1", "80"])


def test_an_xlsx_may_have_more_rows_than_one_waits_for():
    require_few(10_000)
    with pytest.raises(TooManyRows, match=r"10,001 rows.*CSV"):
        require_few(10_001)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("name,email\nZoë,z@a.eu\n", id="commas"),
        pytest.param("\ufeffname;email\r\nZoë;z@a.eu\r\n", id="semicolons, byte order mark"),
        pytest.param(" Name \tEMAIL\t\nZoë\tz@a.eu\t\n\t\t\n", id="tabs, blanks around"),
    ],
)
def test_csv_is_read_as_countries_write_it(data):
    assert read("a.csv", data.encode()) == Table(["name", "email"], [Line(2, ["Zoë", "z@a.eu"])])


def test_what_a_spreadsheet_knows_is_read_as_a_person_reads_it():
    header = ["day", "time", "price", "count", "yes", "none", "last"]
    data = xlsx_of(
        header,
        [datetime(2026, 12, 7), time(9), 80.5, 3.0, True, None, "x"],  # noqa: DTZ001 -- a spreadsheet's
        [],
        [None, None, 1],
    )

    assert read("a.xlsx", data).lines == [
        Line(2, ["2026-12-07", "09:00", "80.5", "3", "yes", "", "x"]),
        Line(4, ["", "", "1", "", "", "", ""]),
    ]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(b"", "The file is empty: its first row", id="nothing"),
        pytest.param(b"name\n", "The file has no rows", id="header alone"),
        pytest.param(b"name\nM\xfcller\n", "The file is not UTF-8 (line 2)", id="Latin-1"),
        pytest.param("name\nx\n".encode("utf-16"), "The file is not UTF-8", id="UTF-16"),
        pytest.param(b"name\na\0b\n", "The file has NUL characters", id="NUL"),
        pytest.param(b"name,,x\n1,2,3\n", "Column 2 has no name.", id="no name"),
        pytest.param(b"name,Name\n1,2\n", "Columns that are there twice: name.", id="twice"),
        pytest.param(b"a,b\n1\n", "Row 2 has 1 cells, the header has 2.", id="short row"),
        pytest.param(b"a,b\n1,2,3\n", "Row 2 has more cells than the header", id="long row"),
        pytest.param(b'a,b\n"1"x,2\n', "This is no CSV, near line 2", id="quotes"),
        pytest.param(b'a,b\n"1,2\n', "This is no CSV, near line", id="no end of quotes"),
        pytest.param(b"a\n" + b"x" * 20_001, "Row 2 has a cell of more than", id="huge cell"),
        pytest.param(b"a\n" + b"x" * 200_000, "This is no CSV, near line 2", id="larger still"),
        pytest.param(b"a\n" + b"x\n" * 5_001, "more than 5,000 rows", id="rows"),
        pytest.param(b"," * 5_000 + b"x\n1\n", "more than 60 columns", id="columns"),
        pytest.param(b"a\n" + b" " * 5 * 1024 * 1024, "larger than 5 MB", id="size"),
    ],
)
def test_a_csv_that_cannot_be_read_says_why(data, told):
    assert told in refusal("a.csv", data)


PLAIN = xlsx_of(["name"], ["x"])
PAGE = "xl/worksheets/sheet1.xml"
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ENTITIES = f"""<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<worksheet xmlns="{SPREADSHEET}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is>
</c></row></sheetData></worksheet>"""
FAR = f"""<worksheet xmlns="{SPREADSHEET}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>
a</t></is></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>"""


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(b"name\nx\n", "This is no XLSX file", id="a CSV by that name"),
        pytest.param(PLAIN[:-100], "This is no XLSX file", id="cut off"),
        pytest.param(
            repacked(PLAIN, **{"[Content_Types].xml": "<a/>"}), "This is no XLSX", id="void"
        ),
        pytest.param(repacked(PLAIN, **{PAGE: "<worksheet"}), "This is no XLSX", id="broken XML"),
        pytest.param(repacked(PLAIN, **{PAGE: ENTITIES}), "This is no XLSX", id="entities"),
        pytest.param(repacked(PLAIN, **{PAGE: b"\0" * 30 * 1024**2}), "too large when", id="bomb"),
        pytest.param(repacked(PLAIN, **{"xl/vbaProject.bin": b"x"}), "has macros", id="macros"),
        pytest.param(repacked(PLAIN, **{PAGE: FAR}), "more than 5,000 rows", id="the last row"),
        pytest.param(xlsx_of(["name"], ["=1+1"]), "Row 2 has a formula", id="formula"),
        pytest.param(xlsx_of(["name"], ["#N/A"]), "Row 2 has a cell with the error", id="error"),
        pytest.param(xlsx_of(["x"] * 70, [1]), "more than 60 columns", id="columns"),
        pytest.param(xlsx_of(), "The file is empty", id="nothing"),
    ],
)
def test_an_xlsx_that_is_broken_or_hostile_says_so(data, told):
    assert told in refusal("a.xlsx", data)


def test_a_bomb_that_lies_about_its_size_is_cut_where_it_says_it_ends():
    data = bytearray(repacked(PLAIN, **{PAGE: b" " * 30 * 1024**2}))
    true, false = (30 * 1024**2).to_bytes(4, "little"), (1000).to_bytes(4, "little")

    assert true in data
    assert "This is no XLSX" in refusal("a.xlsx", bytes(data).replace(true, false))


def test_other_kinds_of_files_are_not_read():
    assert refusal("a.xls", PLAIN) == "Send a file whose name ends in .csv or .xlsx."
    assert reading.MOST_BYTES < 10 * 1024 * 1024
