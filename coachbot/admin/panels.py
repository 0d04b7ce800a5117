"""What apps add to pages of apps that they stand on, and that know nothing of them."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import Model
from django.http import HttpRequest


class Panel(NamedTuple):
    """A part of a page: `template` finds `content` under the name `panel`. What is urgent stands
    before everything else."""

    template: str
    content: Any
    is_urgent: bool = False


class Link(NamedTuple):
    title: str
    address: str


_start: list[Callable[[HttpRequest], Panel | None]] = []
_of_rows: dict[type[Model], list[Callable[[HttpRequest, Any], Panel | None]]] = defaultdict(list)
_links: dict[type[Model], list[Callable[[Any], Link]]] = defaultdict(list)


def on_start_page(make: Callable[[HttpRequest], Panel | None]) -> None:
    """Have `make` add its panel, or None for who may not see it."""
    _start.append(make)


def start_panels(request: HttpRequest) -> list[Panel]:
    made = [make(request) for make in _start]
    return [panel for panel in made if panel is not None]


def below_page_of(model: type[Model], make: Callable[[HttpRequest, Any], Panel | None]) -> None:
    """Have the page of a row of `model` end with a panel, or None for who may not see it."""
    _of_rows[model].append(make)


def panels_below(request: HttpRequest, row: Model) -> list[Panel]:
    made = [make(request, row) for make in _of_rows[type(row)]]
    return [panel for panel in made if panel is not None]


def on_page_of(model: type[Model], make: Callable[[Any], Link]) -> None:
    """Have the page of a row of `model` link to what `make` gives for the row."""
    _links[model].append(make)


def links_from(row: Model) -> list[Link]:
    return [make(row) for make in _links[type(row)]]
