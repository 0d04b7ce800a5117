"""Which backups are kept: pure, like the tools one knows it from."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple


class Keep(NamedTuple):
    """How many: of the newest, and of days, weeks and months the newest one each (UTC)."""

    newest: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0


Period = Callable[[datetime], tuple[int, ...]]
PERIODS: dict[str, Period] = {
    "newest": lambda at: (int(at.timestamp()),),
    "daily": lambda at: (at.year, at.month, at.day),
    "weekly": lambda at: at.isocalendar()[:2],
    "monthly": lambda at: (at.year, at.month),
}


def kept(times: Iterable[datetime], keep: Keep) -> set[datetime]:
    """Those of `times` that stay. A backup may stay for several reasons; it counts for each."""
    newest_first = sorted(times, reverse=True)
    staying = set()
    for name, period in PERIODS.items():
        firsts: dict[tuple[int, ...], datetime] = {}
        for at in newest_first:
            firsts.setdefault(period(at), at)
        staying.update(list(firsts.values())[: getattr(keep, name)])
    return staying
