"""How the commands of backups speak."""

from collections.abc import Sequence

from django.template.defaultfilters import filesizeformat


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
