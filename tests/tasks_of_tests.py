"""Tasks for workers in processes of their own: see coachbot/test_jobs.py."""

import os
import time
from pathlib import Path

from coachbot.jobs.tasks import job


@job()
def write_down(file: str, word: str, seconds: float = 0.0) -> None:
    """Add `word` to `file`, and be at it for so long."""
    with Path(file).open("a") as notes:
        notes.write(f"{word} {os.getpid()}\n")
    time.sleep(seconds)
