"""How commands ask."""

import sys


def answer(question: str) -> str:
    """What was typed; nothing where somebody ended the input or pressed Ctrl-C."""
    try:
        return input(question).strip()
    except (EOFError, KeyboardInterrupt):
        sys.stderr.write("\n")
        return ""
