"""What can be asked for by name: plain data that the caller reads from its tables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """`key` is the caller's own id: the dialog gives it back and looks into none."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Specializations have no table: their key may be the text itself."""

    services: tuple[Name, ...] = ()
    specialists: tuple[Name, ...] = ()
    specializations: tuple[Name, ...] = ()
