"""One side of a comparison: a process that does one thing as often as it is told to.

It runs beside the others, and they take turns, so that whatever else the machine does hits all of
them alike. Knows nothing but Python: a peer's environment runs it, too.
"""

import json
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any


def compete(run: Callable[[], Any], facts: Any = None, *, times: int = 1) -> None:
    """Say that all is ready, with `facts`; then for each line that comes in, how many seconds
    `run` took: the mean of so many `times`, where one is over before the machine is awake."""
    _tell(facts)
    for _ in sys.stdin:
        began = perf_counter()
        for _ in range(times):
            run()
        _tell((perf_counter() - began) / times)


def _tell(what: Any) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()
