"""English: words, how they make dates (`patterns`), what phrases do, and the bot's sentences."""

from coachbot.chat.vocabulary.english import patterns, words
from coachbot.chat.vocabulary.english.answers import ANSWERS
from coachbot.chat.vocabulary.english.phrases import PHRASES
from coachbot.chat.vocabulary.english.sentences import EXAMPLES, SENTENCES
from coachbot.chat.vocabulary.language import Vocabulary

ENGLISH = Vocabulary(
    code="en",
    weekdays=words.WEEKDAYS,
    months=words.MONTHS,
    weekday_words=words.WEEKDAY_WORDS,
    month_words=words.MONTH_WORDS,
    clear_month_words=words.CLEAR_MONTH_WORDS,
    day_words=words.DAY_WORDS,
    numbers=words.NUMBERS,
    some=words.SOME,
    fractions=words.FRACTIONS,
    ordinals=words.ORDINALS,
    units=words.UNITS,
    unit_minutes=words.UNIT_MINUTES,
    periods=words.PERIODS,
    parts=words.PARTS,
    edges=words.EDGES,
    halves=words.HALVES,
    rules=patterns.RULES,
    phrases=PHRASES,
    picks=patterns.PICKS,
    to_words=words.TO_WORDS,
    instead_words=words.INSTEAD_WORDS,
    booking_words=words.BOOKING_WORDS,
    reference_words=words.REFERENCE_WORDS,
    name_words=words.NAME_WORDS,
    generic=words.GENERIC,
    filler=words.FILLER,
    suffixes=words.SUFFIXES,
    spellings=words.SPELLINGS,
    symbols=words.SYMBOLS,
    # British or American? Nobody knows: ask.
    date_order="",
    sentences={**SENTENCES, **ANSWERS},
    examples=EXAMPLES,
)
