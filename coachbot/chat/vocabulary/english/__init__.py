"""English: words in `words.py`, sentences in `sentences.py`."""

from coachbot.chat.vocabulary.english.sentences import SENTENCES
from coachbot.chat.vocabulary.language import Vocabulary

ENGLISH = Vocabulary(
    code="en",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    sentences=SENTENCES,
)
