"""How the commands of backups speak."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core.management import CommandError
from django.db import DatabaseError
from django.template.defaultfilters import filesizeformat

from coachbot.backups.errors import BackupFailed
from coachbot.logs import in_one_line


@contextmanager
def failures_in_words() -> Iterator[None]:
    try:
        yield
    except BackupFailed as failure:
        raise CommandError(str(failure)) from None
    except DatabaseError as failure:
        raise CommandError(
            f"The database of DATABASE_URL refuses: {in_one_line(failure)}"
        ) from failure


def size(count: int) -> str:
    return filesizeformat(count).replace("\xa0", " ")


def table(rows: Sequence[Sequence[object]]) -> str:
    """Columns of `rows`; all but the first, which names the row, to the right."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in texts
    )
