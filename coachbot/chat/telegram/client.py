"""Telegram's Bot API: core.telegram.org/bots/api#making-requests."""

from typing import Any, NamedTuple

from django.conf import settings

from coachbot.outgoing import Unreachable, post_json

SECONDS = 10
MOST_BYTES = 256 * 1024
# The longest that is believed of a "try again in".
LONGEST_WAIT = 3600


class Result(NamedTuple):
    """`status` 0: there was no answer. `retry_after` is in seconds."""

    status: int
    value: Any = None
    detail: str = ""
    retry_after: int = 0

    @property
    def is_ok(self) -> bool:
        return self.status == 200


def call(method: str, **parameters: Any) -> Result:
    """Never raises. The address holds the token, so nothing of it is told or logged."""
    bot = settings.TELEGRAM
    url = f"{bot['API']}/bot{bot['TOKEN']}/{method}"
    try:
        answer = post_json(url, parameters, headers={}, seconds=SECONDS, most_bytes=MOST_BYTES)
    except Unreachable as failure:
        return Result(0, detail=str(failure))
    document = answer.document if isinstance(answer.document, dict) else {}
    if answer.status == 200 and document.get("ok") is not True:
        return Result(0, detail="an answer that is none of Telegram's")
    return Result(
        answer.status,
        document.get("result"),
        str(document.get("description", ""))[:200].replace(bot["TOKEN"], "***"),
        _retry_after(document.get("parameters")),
    )


def _retry_after(parameters: Any) -> int:
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return min(max(seconds, 1), LONGEST_WAIT) if type(seconds) is int else 0
