"""Languages: words in, sentences out. A language is a package beside `english`."""

from coachbot.chat.vocabulary.english import ENGLISH
from coachbot.chat.vocabulary.language import Vocabulary

LANGUAGES = {vocabulary.code: vocabulary for vocabulary in (ENGLISH,)}

__all__ = ["ENGLISH", "LANGUAGES", "Vocabulary"]
