"""Who and what was meant: names of the catalogue found in a text."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from coachbot.chat.dialog.catalogue import Catalogue, Name
from coachbot.chat.dialog.spelling import folded
from coachbot.chat.vocabulary.language import Vocabulary

# "physio" is enough of "physiotherapy".
SHORTEST_PREFIX = 5
TOKEN = "§n"  # noqa: S105 -- stands for a name
REFERENCE_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
REFERENCE_LENGTH = 8
PIECE = re.compile(rf"[{REFERENCE_ALPHABET}]+(?:-[{REFERENCE_ALPHABET}]+)*")


@dataclass(frozen=True, slots=True)
class Named:
    """Keys of the catalogue. `services` and `specialists` are several where several fit alike."""

    services: tuple[Name, ...] = ()
    specialists: tuple[Name, ...] = ()
    specialization: Name | None = None

    def __bool__(self) -> bool:
        return bool(self.services or self.specialists or self.specialization)


@dataclass(frozen=True)
class Index:
    """The words of some names, each with the names that have it."""

    names: dict[str, Name]
    sizes: dict[str, int]
    keys: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


@dataclass(frozen=True)
class Directory:
    """A catalogue made ready for look-ups."""

    services: Index
    specialists: Index
    specializations: Index
    words: frozenset[str]


@lru_cache(maxsize=8)
def directory(catalogue: Catalogue, vocabulary: Vocabulary) -> Directory:
    everything = (*catalogue.services, *catalogue.specialists, *catalogue.specializations)
    return Directory(
        services=_index(catalogue.services, vocabulary, stemmed=True),
        specialists=_index(catalogue.specialists, vocabulary, stemmed=False),
        specializations=_index(catalogue.specializations, vocabulary, stemmed=True),
        words=frozenset(word for name in everything for word in _words(name.name)),
    )


def find(text: str, names: Directory, vocabulary: Vocabulary) -> tuple[str, Named]:
    """`text` with a token where a name was, and who or what it is."""
    words = text.split(" ")
    stems = [vocabulary.stem(word) for word in words]
    people, people_at, _ = _best(words, names.specialists, vocabulary)
    services, services_at, service_score = _best(stems, names.services, vocabulary)
    fields, fields_at, field_score = _best(stems, names.specializations, vocabulary)
    used = people_at
    if service_score >= field_score:
        used, fields = used | services_at, ()
    else:
        used, services = used | fields_at, ()
    named = Named(services, people, fields[0] if fields else None)
    return _replaced(words, used), named


def reference(text: str, vocabulary: Vocabulary) -> tuple[str, str | None]:
    """`text` with a token where a booking's reference was, and the reference."""
    words = text.split(" ")
    for index, word in enumerate(words):
        pair = "".join(words[index : index + 2])
        if _is_reference(word, words[index - 1] if index else "", vocabulary):
            return _put(words, index, 1), _as_reference(word)
        if (
            len(word) == REFERENCE_LENGTH / 2
            and _mixed(word)
            and _is_reference(pair, "", vocabulary)
        ):
            return _put(words, index, 2), _as_reference(pair)
    return text, None


def _put(words: list[str], index: int, count: int) -> str:
    return " ".join([*words[:index], "§r0", *words[index + count :]])


def _as_reference(word: str) -> str:
    return word.replace("-", "").upper()


def _is_reference(word: str, before: str, vocabulary: Vocabulary) -> bool:
    """Letters alone are one only after a word that says so."""
    if len(word.replace("-", "")) != REFERENCE_LENGTH or not PIECE.fullmatch(word):
        return False
    if word.isalpha():
        return before in vocabulary.reference_words and word not in vocabulary.words
    return _mixed(word) and "-" not in word[:2]


def _mixed(word: str) -> bool:
    return any(c.isalpha() for c in word) and any(c.isdecimal() for c in word)


def _index(names: Iterable[Name], vocabulary: Vocabulary, *, stemmed: bool) -> Index:
    index = Index({}, {})
    for name in names:
        words = {word for word in _words(name.name) if word not in vocabulary.generic}
        words = words or set(_words(name.name))
        index.names[name.key] = name
        index.sizes[name.key] = len(words) or 1
        for word in words:
            index.keys[vocabulary.stem(word) if stemmed else word].add(name.key)
    return index


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", folded(name))


def _best(
    words: list[str], index: Index, vocabulary: Vocabulary
) -> tuple[tuple[Name, ...], set[int], float]:
    """The names of which the largest part was said, and where they were said."""
    said: dict[str, set[str]] = defaultdict(set)
    places: dict[str, set[int]] = defaultdict(set)
    for place, word in enumerate(words):
        for known in _entries(word, index, vocabulary):
            for key in index.keys[known]:
                said[key].add(known)
                places[key].add(place)
    scores = {
        key: len(known) / index.sizes[key]
        for key, known in said.items()
        if _tells(known, key, index, vocabulary)
    }
    best = max(scores.values(), default=0.0)
    keys = [key for key in index.names if scores.get(key) == best and best]
    used = {place for key in keys for place in places[key]}
    return tuple(index.names[key] for key in keys), used, best


def _tells(known: set[str], key: str, index: Index, vocabulary: Vocabulary) -> bool:
    """Words that mean something else as well (May, initial) tell a name only when it is whole."""
    return len(known) == index.sizes[key] or not known <= vocabulary.words


def _entries(word: str, index: Index, vocabulary: Vocabulary) -> Iterator[str]:
    """Whole, or cut short; a word of the language is no other one cut short."""
    if word in index.keys:
        yield word
    elif len(word) >= SHORTEST_PREFIX and word not in vocabulary.words:
        yield from (known for known in index.keys if known.startswith(word))


def _replaced(words: list[str], used: set[int]) -> str:
    """Names become one token each; words that belong together, one token together."""
    kept = [TOKEN if place in used else word for place, word in enumerate(words)]
    return " ".join(
        word
        for place, word in enumerate(kept)
        if word != TOKEN or kept[place - 1 : place] != [TOKEN]
    )
