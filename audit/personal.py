"""What entries say of a person can be forgotten, though entries are never changed.

It is sealed with a key of that person's own, and the seal of the entry is made over what is sealed.
Who erases the person deletes the key: the entries and their chain stay whole, and say nothing of
anybody. A model names the columns in `personal_fields`, with `__str__` if it is called after the
person and `__reason__` if reasons are, and whom they are about in `person_id`.
"""

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

NAME, REASON = "__str__", "__reason__"
PREFIX = "sealed:"
ERASED = "(erased)"


def make_key() -> str:
    return Fernet.generate_key().decode()


def seal(value: Any, key: str) -> Any:
    """What is empty says nothing of anybody, and stays."""
    if value in (None, "", []):
        return value
    return PREFIX + Fernet(key).encrypt(json.dumps(value).encode()).decode()


def unseal(value: Any, key: str | None) -> Any:
    """The value; as it is, if it was not sealed, and ERASED if its key is gone. The key may be a
    newer one: what is still to be said of who is erased gets another."""
    if not isinstance(value, str) or not value.startswith(PREFIX):
        return value
    if key is None:
        return ERASED
    try:
        return json.loads(Fernet(key).decrypt(value.removeprefix(PREFIX)))
    except InvalidToken:
        return ERASED
