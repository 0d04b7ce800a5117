"""What was typed as plain words: one case, no accents, no ornaments, typos mended."""

import re
import unicodedata
from collections.abc import Collection

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from coachbot.chat.vocabulary.language import Vocabulary

# The API takes as many; of more, the beginning is read.
LONGEST = 2000
MOST_MENDED = 60
SHORTEST = 3
LONG = 7
ORNAMENT = re.compile(r"[^\w\s.:/,#@-]|_")
# Points and commas stay within numbers and at the end of "3.12."
POINT = re.compile(r"(?<!\d)[.,]|[.,](?!\d)")
HYPHEN = re.compile(r"(?<![\w])-|-(?![\w])|(?<=[^\W\d])-(?=[^\W\d])")
COLON = re.compile(r"(?<!\d):|:(?!\d)|(?<!\d)/|/(?!\d)|,(?= )")
# U+2019 is what telephones type, U+00B4 what is next to the key.
APOSTROPHE = re.compile("['`\u2019\u00b4]")
WORD = re.compile(r"[^\W\d]+")


def plain(text: str, vocabulary: Vocabulary) -> str:
    """Lower case, without accents; words of letters, digits and what belongs to numbers."""
    text = text[:LONGEST]
    for symbol, word in vocabulary.symbols.items():
        text = text.replace(symbol, f" {word} ")
    # Some characters fold into many.
    text = APOSTROPHE.sub("", folded(text)[:LONGEST])
    for written, meant in vocabulary.spellings:
        text = re.sub(written, meant, text)
    for pattern in (ORNAMENT, POINT, COLON, HYPHEN):
        text = pattern.sub(" ", text)
    return " ".join(text.split())


def folded(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def mended(text: str, known: Collection[str], targets: Collection[str]) -> str:
    """`text` with words that are not `known` replaced by the one of `targets` nearly the same."""
    words = text.split(" ")
    unknown = dict.fromkeys(
        word
        for word in words
        if len(word) >= SHORTEST and WORD.fullmatch(word) and word not in known
    )
    fixes = {word: _nearest(word, targets) for word in list(unknown)[:MOST_MENDED]}
    return " ".join(fixes.get(word, word) for word in words)


def _nearest(word: str, targets: Collection[str]) -> str:
    """One slip, two in long words; never the first letter, and never a guess between two."""
    slips = 2 if len(word) >= LONG else 1
    alike = [other for other in targets if other[0] == word[0] and len(other) > SHORTEST]
    best = extract(word, alike, scorer=OSA.distance, score_cutoff=slips, limit=2)
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):
        return word
    return best[0][0]
