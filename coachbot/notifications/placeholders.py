"""Texts with names in braces. No template language: staff write them, and a text can ask for
nothing but what it is given."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from django.utils.html import conditional_escape, escape, linebreaks
from django.utils.safestring import SafeString, mark_safe

# What somebody meant for a placeholder; what else stands in braces, as in CSS, is left alone.
PLACEHOLDER = re.compile(r"\{\s*(\w+)\s*\}")


class Block(NamedTuple):
    """What takes lines of its own, and looks different in HTML. Both may be empty."""

    text: str
    html: SafeString


Values = Mapping[str, str | Block]


def unknown_in(text: str, allowed: Collection[str]) -> list[str]:
    """The placeholders of `text` that are not `allowed`, each once."""
    return [name for name in dict.fromkeys(PLACEHOLDER.findall(text)) if name not in allowed]


def fill(text: str, values: Values) -> str:
    """`text` with its placeholders replaced, without the gaps that empty ones leave."""
    filled = PLACEHOLDER.sub(lambda found: _plain(values, found), text)
    return re.sub(r"\n{3,}", "\n\n", filled.replace(" ,", ",")).strip()


def fill_html(html: str, values: Values) -> SafeString:
    """The same in HTML: what is filled in is escaped, blocks are HTML."""
    filled = PLACEHOLDER.sub(lambda found: _marked_up(values, found), html)
    return mark_safe(filled.replace(" ,", ","))  # noqa: S308 -- staff's own HTML, and what is filled in is escaped


def as_html(text: str, values: Values) -> SafeString:
    """A text as paragraphs, its blocks between them."""
    return mark_safe("\n".join(_parts(text, values)))  # noqa: S308 -- every part is escaped


def _parts(text: str, values: Values) -> Iterator[str]:
    names = "|".join(name for name, value in values.items() if isinstance(value, Block))
    for part in re.split(rf"(\{{\s*(?:{names})\s*\}})", text):
        if part.strip():
            found = fill_html(escape(part), values)
            yield found if re.fullmatch(rf"\{{\s*({names})\s*\}}", part) else _paragraphs(found)


def _paragraphs(filled: SafeString) -> str:
    return linebreaks(filled.strip(), autoescape=False)


def _plain(values: Values, found: re.Match[str]) -> str:
    value = values.get(found[1], found[0])
    return value.text if isinstance(value, Block) else value


def _marked_up(values: Values, found: re.Match[str]) -> str:
    value = values.get(found[1], found[0])
    return value.html if isinstance(value, Block) else conditional_escape(value)
