"""Reads the tables beside this file: who gets which answer."""

from pathlib import Path
from typing import NamedTuple


class Table(NamedTuple):
    columns: list[str]
    rows: dict[str, dict[str, str]]


def read(name):
    """The first line names the columns; a row is the two words that name it, and its cells."""
    text = Path(__file__).with_name(name).read_text()
    heading, *lines = [line.split() for line in text.splitlines() if line and line[0] != "#"]
    rows = {f"{one} {two}": dict(zip(heading, cells, strict=True)) for one, two, *cells in lines}
    assert len(rows) == len(lines), "A row stands there twice."
    return Table(heading, rows)
