"""The figures that have a bound, as bars: how much of the bound each uses up. SVG, by hand."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from benchmarks.figures.report import Figure, Row, short

WIDTH, LABELS, BAR, LINE = 1_000, 560, 300, 22
GOOD, BAD, INK = "#2a7f62", "#b3392f", "#333"


def write(path: Path, figures: Sequence[Figure]) -> None:
    rows = [
        (figure.name, row)
        for figure in figures
        for row in figure.rows
        if row.share_of_bound is not None
    ]
    height = LINE * (len(rows) + 3)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="13" fill="{INK}">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="10" y="{LINE}">What each figure uses up of its bound, which is the line: '
        "shorter is better</text>",
        *(_bar(*row, number) for number, row in enumerate(rows, start=2)),
        f'<line x1="{LABELS + BAR / 2}" x2="{LABELS + BAR / 2}" y1="{1.3 * LINE}" '
        f'y2="{height - LINE / 2}" stroke="{INK}" stroke-dasharray="4 3"/>',
        "</svg>",
    ]
    path.write_text("\n".join(lines) + "\n")


def _bar(figure: str, row: Row, number: int) -> str:
    """Half of the width is the bound; what is beyond twice the bound is cut."""
    share, top = row.share_of_bound or 0, number * LINE
    length = max(min(share, 2) * BAR / 2, 1)
    label = escape(f"{figure}: {row.what}")
    value = f"{short(row.value)} {row.unit} ({row.cells()[4]})"
    return (
        f'<text x="{LABELS - 8}" y="{top}" text-anchor="end">{label}</text>'
        f'<rect x="{LABELS}" y="{top - 12}" width="{length:.0f}" height="14" '
        f'fill="{GOOD if row.reached else BAD}"/>'
        f'<text x="{LABELS + max(length, BAR / 2) + 8:.0f}" y="{top}">{escape(value)}</text>'
    )
