"""What was found: tables for people, JSON for programs."""

import sys
from dataclasses import asdict, dataclass, field
from typing import Literal

from benchmarks.figures.taking_turns import Spread


@dataclass
class Row:
    """One figure. `bound` is what it must reach: `at_most`, or at least."""

    what: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    bound: float | None = None
    sense: Literal["at_most", "at_least"] = "at_most"
    note: str = ""

    @property
    def reached(self) -> bool | None:
        if self.bound is None:
            return None
        return self.value <= self.bound if self.sense == "at_most" else self.value >= self.bound

    @property
    def share_of_bound(self) -> float | None:
        """What of the bound is used up: 1 is just reached, less is better."""
        if not self.bound or not self.value:
            return None
        used = self.value / self.bound
        return used if self.sense == "at_most" else 1 / used

    def cells(self) -> list[str]:
        spread = (
            ""
            if self.low is None or self.high is None
            else f"{short(self.low)} – {short(self.high)}"
        )
        sign = "≤" if self.sense == "at_most" else "≥"
        bound = "" if self.bound is None else f"{sign} {short(self.bound)}"
        verdict = {None: "", True: "reached", False: "MISSED"}[self.reached]
        return [self.what, short(self.value), self.unit, spread, bound, verdict, self.note]


@dataclass
class Figure:
    """Rows that were measured together, in one run."""

    name: str
    title: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, what: str, value: float | Spread, unit: str, **more: object) -> None:
        if isinstance(value, Spread):
            more = {"low": value.low, "high": value.high, **more}
            value = value.median
        self.rows.append(Row(what, value, unit, **more))  # type: ignore[arg-type]  # Row names them

    def show(self) -> None:
        say(f"\n### {self.title}\n")
        say("| what | median | | half of the runs | bound | | |")
        say("| --- | --- | --- | --- | --- | --- | --- |")
        for row in self.rows:
            say(f"| {' | '.join(row.cells())} |")
        for note in self.notes:
            say(f"\n{note}")

    def as_document(self) -> dict[str, object]:
        rows = [{**asdict(row), "reached": row.reached} for row in self.rows]
        return {"name": self.name, "title": self.title, "rows": rows, "notes": self.notes}


def short(number: float) -> str:
    """Three digits that count, as people write them."""
    if number == 0 or abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
