"""What Telegram sends, as far as the bot reads it: core.telegram.org/bots/api#update."""

from typing import Any, NamedTuple

# What setWebhook asks for; the rest never comes.
ALLOWED = ["message", "callback_query"]
BIGGEST = 2**63
LONGEST_CALLBACK_ID = 64
COMMANDS = ("start", "unlink")


class Incoming(NamedTuple):
    """A message, or a tap on a button: then `position` says under which message of the chat.

    `text` is empty for a picture and its like; `command` is one of ours.
    """

    update_id: int
    telegram_id: int
    is_private: bool
    text: str = ""
    command: str = ""
    callback_id: str = ""
    position: int | None = None


def read(update: Any) -> Incoming | None:
    """None for what is nothing to answer: other kinds of updates, and other bots."""
    try:
        if "callback_query" in update:
            return _tap(_number(update["update_id"]), update["callback_query"])
        return _message(_number(update["update_id"]), update["message"])
    except (KeyError, TypeError, ValueError):
        return None


def _message(update_id: int, message: Any) -> Incoming:
    text = str(message.get("text") or "").strip()
    return Incoming(update_id, *_place(message["from"], message["chat"]), *_command(text))


def _tap(update_id: int, query: Any) -> Incoming:
    """On a button, whose value is the position of its message, a colon, and what it says."""
    position, _, text = str(query["data"]).partition(":")
    return Incoming(
        update_id,
        *_place(query["from"], query["message"]["chat"]),
        text=text,
        callback_id=str(query["id"])[:LONGEST_CALLBACK_ID],
        position=_number(int(position)),
    )


def _place(sender: Any, chat: Any) -> tuple[int, bool]:
    """Where to answer, and whether nobody else reads that."""
    if sender.get("is_bot"):
        raise ValueError("Bots talk to each other for ever.")
    is_private = chat["type"] == "private" and chat["id"] == sender["id"]
    return _number(chat["id"]), is_private


def _command(text: str) -> tuple[str, str]:
    """What follows one of our commands, and the command. Others are said without their slash."""
    if not text.startswith("/"):
        return text, ""
    word, _, rest = text[1:].partition(" ")
    name = word.partition("@")[0].lower()
    if name in COMMANDS:
        return rest.strip(), name
    return f"{name} {rest}".strip(), ""


def _number(value: Any) -> int:
    if type(value) is not int or not -BIGGEST <= value < BIGGEST:
        raise ValueError("That is no number of Telegram's.")
    return value
