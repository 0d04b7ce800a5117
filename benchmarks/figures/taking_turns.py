"""Runs of several contestants that take turns, and what they come to."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

from benchmarks.server import variables

PROJECT = Path(__file__).resolve().parent.parent.parent


class Contestant:
    """A process that measures one run of its own whenever it is asked to."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.facts = self._answer()

    def seconds(self) -> float:
        assert self._process.stdin  # noqa: S101 -- it was opened as a pipe
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> Any:
        assert self._process.stdout  # noqa: S101 -- it was opened as a pipe
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args} has ended: its own words are above.")
        return json.loads(line)


class Spread(NamedTuple):
    """The median of some runs, and the quartiles between which half of them are."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> "Spread":
        if len(samples) < 2:
            return cls(samples[0], samples[0], samples[0])
        low, middle, high = quantiles(samples, n=4, method="inclusive")
        return cls(middle, low, high)

    def times(self, factor: float) -> "Spread":
        return Spread(*(factor * each for each in self))


@contextmanager
def contestants(
    commands: Mapping[str, tuple[str, Sequence[str]]],
) -> Iterator[dict[str, Contestant]]:
    """Name → (address of a database, what follows `python` on the command line)."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(contestant([sys.executable, *words], variables(url)))
            for name, (url, words) in commands.items()
        }


@contextmanager
def contestant(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Contestant]:
    process = subprocess.Popen(  # noqa: S603 -- our own programs
        command, cwd=PROJECT, env=dict(environment),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Contestant(process)
    finally:
        process.stdin.close()
        process.wait(timeout=30)


def take_turns(
    those: Mapping[str, Contestant], *, rounds: int, warm_up: int = 5
) -> dict[str, list[float]]:
    """The seconds of each round, by name. In each round everyone runs once."""
    for each in those.values():
        for _ in range(warm_up):
            each.seconds()
    found: dict[str, list[float]] = {name: [] for name in those}
    for _ in range(rounds):
        for name, each in those.items():
            found[name].append(each.seconds())
    return found


def ratio(ones: Sequence[float], others: Sequence[float]) -> float:
    """The median of the rounds' ratios: what hit both sides of a round alike is not in it."""
    return median(one / other for one, other in zip(ones, others, strict=True))
