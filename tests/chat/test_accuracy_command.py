"""`manage.py chat_accuracy`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from coachbot.chat.accuracy import TABLES

HEADING = "clock\tzone\tgiven\tmessage\tintent\tabout\twhen\n"
RIGHT = "2026-11-25T10:00\tEurope/Berlin\t\thello\tSay\tgreeting\t\n"
WRONG = "2026-11-25T10:00\tEurope/Berlin\t\thello\tSay\tthanks\t\n"


def run(*tables):
    out = StringIO()
    call_command("chat_accuracy", *map(str, tables), stdout=out)
    return out.getvalue()


def test_the_tables_that_come_with_it_are_scored_one_by_one_and_together():
    lines = run().splitlines()

    assert [line.split(":")[0] for line in lines if " right, " in line] == [
        *(table.name for table in TABLES),
        "All",
    ]


def test_a_miss_is_shown_with_what_was_expected_and_fails_below_95_percent(tmp_path):
    table, out = tmp_path / "mine.tsv", StringIO()
    table.write_text(HEADING + RIGHT + WRONG)

    with pytest.raises(CommandError, match="Fewer than 95%"):
        call_command("chat_accuracy", str(table), stdout=out)

    assert out.getvalue() == (
        '"hello", 2026-11-25T10:00 Europe/Berlin\n'
        "  expected  Say | thanks | \n"
        "  got       Say | greeting | \n"
        "mine.tsv: 1 of 2 right, 50.0%\n"
    )


@pytest.mark.parametrize(
    "line",
    ["too\tfew\n", RIGHT.replace("Berlin", "Nowhere"), RIGHT.replace("T10:00", "T25:00"),
     RIGHT.replace("\t\thello", "\tnothing_known\thello")],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_said_plainly(tmp_path, line):
    table = tmp_path / "mine.tsv"
    table.write_text(HEADING + line)

    with pytest.raises(CommandError, match="has a line that cannot be read"):
        run(table)


def test_a_table_that_is_not_there_is_said_plainly(tmp_path):
    with pytest.raises(CommandError, match="Cannot read"):
        run(tmp_path / "none.tsv")
