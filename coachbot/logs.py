"""What the log's lines look like: JSON for machines, text for a terminal; nobody's data in either.

Only the standard library: gunicorn's own process writes through it too.
"""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

FORMATS = ("json", "console")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

# The id of the request that is answered, which its answer and its entries in the log carry too.
request_id: ContextVar[str] = ContextVar("request_id", default="")

# What PostgreSQL's errors repeat of rows and statements, up to the end of the exception: a value
# may have lines of its own.
VALUES = re.compile(
    r"^(DETAIL|CONTEXT|LINE \d+):.*?"
    r"(?=\n+(?:The above exception was|During handling of the above|Traceback )|\Z)",
    re.MULTILINE | re.DOTALL,
)

# Addresses that open something for whoever knows them. Django tells the path of what failed.
SECRET_ADDRESSES = re.compile(r"""((?:^|[\s"'(]|://[^/\s]+)/calendar/)[^\s"')]+""")


def masked(text: str) -> str:
    """`text` without the part of an address that is a secret."""
    return SECRET_ADDRESSES.sub(r"\1***", text)


def configuration(*, form: str, level: str, echo: bool = False) -> dict[str, Any]:
    """For logging.config.dictConfig: every line goes to the standard error output."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {name: {"()": kind} for name, kind in KINDS.items()},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"level": "NOTSET"},
            # These would repeat parameters of statements, and what coachbot.access says.
            "django.db.backends": {"level": "INFO"},
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "ERROR", "propagate": True},
            # Two lines for each task, otherwise.
            "django_tasks": {"level": "WARNING"},
            "gunicorn.error": {"level": level, "propagate": True},
            "coachbot.sql": {"level": "INFO" if echo else "NOTSET"},
        },
    }


class Console(logging.Formatter):
    """`12:00:00 WARNING coachbot.sql: Slow statement. ms=812 [request id]`."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        request = f" [{_request(record)}]" if _request(record) else ""
        line = f"{at} {record.levelname} {record.name}: {_message(record)}{fields}{request}"
        return "\n".join(part for part in (line, _trace(self, record)) if part)


class JSON(logging.Formatter):
    """One object in one line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            "request_id": _request(record),
            **_fields(record),
            "exception": _trace(self, record),
        }
        return json.dumps({name: value for name, value in line.items() if value != ""}, default=str)


KINDS = {"json": JSON, "console": Console}


def _message(record: logging.LogRecord) -> str:
    return masked(record.getMessage())


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """What `extra={"fields": …}` says beside the message."""
    return getattr(record, "fields", {})


def _request(record: logging.LogRecord) -> str:
    """Django speaks of a request that failed when it has been answered already."""
    request = getattr(record, "request", None)
    return request_id.get() or getattr(request, "request_id", "")


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    trace = formatter.formatException(record.exc_info) if record.exc_info else ""
    return masked(without_values(trace))


def in_one_line(failure: Exception) -> str:
    """What the database said, without values of rows."""
    return " ".join(without_values(str(failure)).split())


def without_values(text: str) -> str:
    """`text`, which speaks of errors of PostgreSQL's, without what they repeat of rows."""
    return VALUES.sub(r"\1: (left out)", text)
