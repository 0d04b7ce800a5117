"""Dataclasses as JSON and back, forgiving what is old or broken.

A list is read whole or not at all: clients pick from it by number.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")
D = TypeVar("D", bound=date)
YEARS = range(1970, 2500)
UNREADABLE = (ValueError, TypeError, KeyError, OverflowError)


def dump(value: Any) -> Any:
    """What JSON can hold; nothing that is as it would be anyway."""
    if is_dataclass(value):
        return {
            field.name: dump(getattr(value, field.name))
            for field in fields(value)
            if getattr(value, field.name) != field.default
        }
    if isinstance(value, tuple):
        return [dump(item) for item in value]
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return value


def load(kind: Callable[[], T], value: object) -> T:
    """What can be read of `value`, the rest by default. `kind` has a default for every field."""
    if not isinstance(value, dict):
        return kind()
    hints = _hints(kind)
    read = {}
    for name in hints.keys() & value.keys():
        try:
            read[name] = _read(hints[name], value[name])
        except UNREADABLE:
            continue
    return kind(**read)


def _read(hint: Any, value: Any) -> Any:
    """`value` as `hint` says. Raises one of UNREADABLE."""
    if NoneType in get_args(hint):
        return None if value is None else _read(get_args(hint)[0], value)
    if get_origin(hint) is tuple:
        return tuple(_read(get_args(hint)[0], item) for item in _checked(list, value))
    if is_dataclass(hint):
        return _whole(hint, _checked(dict, value))
    return _scalar(hint, value)


def _scalar(hint: Any, value: Any) -> Any:
    if hint is time:
        return time.fromisoformat(value)
    if hint is date:
        return _sane(date.fromisoformat(value))
    if hint is datetime:
        return _sane(_aware(datetime.fromisoformat(value)))
    if issubclass(hint, StrEnum):
        return hint(value)
    return _checked(hint, value)


def _whole(kind: Any, value: dict[str, Any]) -> Any:
    hints = _hints(kind)
    return kind(
        **{
            field.name: _read(hints[field.name], value[field.name])
            for field in fields(kind)
            if field.name in value or _required(field)
        }
    )


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("naive")
    return moment


def _sane(on: D) -> D:
    """Far from the ends of the calendar, over which another zone's clock would fall."""
    if on.year not in YEARS:
        raise ValueError("nobody books then")
    return on


def _checked(kind: Any, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected")
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
