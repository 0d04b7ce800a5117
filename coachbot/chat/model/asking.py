"""Asks a language model behind any endpoint of chat completions that takes tools."""

import json
import logging
from datetime import datetime, tzinfo
from io import BytesIO
from typing import Any

from django.conf import settings
from rest_framework.exceptions import APIException

from coachbot.api.parsers import StrictJSONParser
from coachbot.chat.dialog import Catalogue, State, Task, Terms, Turn, translated
from coachbot.chat.model.prompt import messages
from coachbot.chat.model.tools import DEFINITIONS, TermsSerializer
from coachbot.chat.vocabulary import Vocabulary
from coachbot.outgoing import Unreachable, post_json

parse_json: Any = StrictJSONParser().parse
log = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024
LONGEST_CALL = 4 * 1024


class Unusable(Exception):
    """An answer that is no call of one of the tools. It says why, and nothing of what was said."""


def is_configured() -> bool:
    return bool(settings.CHAT_MODEL)


def translation(
    state: State,
    text: str,
    *,
    now: datetime,
    zone: tzinfo,
    vocabulary: Vocabulary,
    catalogue: Catalogue,
) -> Turn | None:
    """What the model takes `text` for; None where it is away, slow, wrong or has no idea.

    It goes over the network: never inside a transaction.
    """
    shown = messages(state, text, now=now, zone=zone, catalogue=catalogue)
    try:
        task, terms = _call(_ask(shown))
    except (Unreachable, Unusable) as failure:
        log.warning("The language model did not help: %s.", failure)
        return None
    turn = translated(
        state, task, terms, now=now, zone=zone, vocabulary=vocabulary, catalogue=catalogue
    )
    if turn is None:
        log.warning("The language model did not help: %s of what there is not.", task)
    return turn


def _ask(shown: list[dict[str, str]]) -> Any:
    """The answer's document. Limits to tokens and temperature are left to the endpoint: models
    differ in which they take."""
    model = settings.CHAT_MODEL
    answer = post_json(
        f"{model['URL']}/chat/completions",
        {"model": model["NAME"], "messages": shown, "tools": DEFINITIONS, "tool_choice": "auto"},
        headers={"Authorization": f"Bearer {model['KEY']}"} if model["KEY"] else {},
        seconds=model["SECONDS"],
        most_bytes=MOST_BYTES,
    )
    if answer.status != 200:
        raise Unusable(f"status {answer.status}")
    return answer.document


def _call(document: Any) -> tuple[Task, Terms]:
    """The one tool that was called, and with what. Raises Unusable."""
    try:
        calls = document["choices"][0]["message"].get("tool_calls") or []
    except (KeyError, IndexError, TypeError, AttributeError):
        raise Unusable("no completion") from None
    if not isinstance(calls, list) or len(calls) != 1:
        raise Unusable("not exactly one tool called")
    try:
        name, arguments = calls[0]["function"]["name"], calls[0]["function"]["arguments"]
        task = Task(name)
    except (KeyError, TypeError, ValueError):
        raise Unusable("an unknown tool") from None
    return task, _terms(task, arguments)


def _terms(task: Task, arguments: Any) -> Terms:
    """The arguments, read as strictly as a request. Some endpoints send them as an object."""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    try:
        if len(text) > LONGEST_CALL:
            raise Unusable("arguments that are too long")
        given = parse_json(BytesIO(text.encode(errors="replace")))
        serializer = TermsSerializer(data=_without_nothing(given), task=task)
        serializer.is_valid(raise_exception=True)
    except APIException:
        raise Unusable(f"{task} with invalid arguments") from None
    return Terms(**serializer.validated_data)


def _without_nothing(given: Any) -> Any:
    """Models fill in what they leave out."""
    if not isinstance(given, dict):
        return given
    return {name: value for name, value in given.items() if value not in (None, "")}
