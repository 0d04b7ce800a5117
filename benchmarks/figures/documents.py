"""The figures of a run as JSON."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.figures.report import Figure


def write(path: Path, figures: Iterable[Figure], about: Mapping[str, object]) -> None:
    document = {"about": about, "figures": [each.as_document() for each in figures]}
    path.write_text(f"{json.dumps(document, indent=1)}\n")
