"""Environments for peers under .venv-peers: nothing of theirs comes into this project's own."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
FOLDER = PROJECT / ".venv-peers"


def interpreter_with(name: str, packages: Sequence[str]) -> Path:
    """A Python that has `packages`, from the package index that pip is set up for."""
    folder = FOLDER / name
    python, installed = folder / "bin" / "python", folder / "installed.txt"
    wanted = "\n".join(packages)
    if not installed.is_file() or installed.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)  # noqa: S603 -- our own words
        quietly = ("--quiet", "--disable-pip-version-check", "--no-input")
        subprocess.run([python, "-m", "pip", "install", *quietly, *packages], check=True)  # noqa: S603 -- our own words
        installed.write_text(wanted)
    return python
