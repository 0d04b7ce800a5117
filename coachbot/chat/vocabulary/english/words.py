"""English words, lower case, without accents and apostrophes: "don't" is "dont"."""

from datetime import time

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
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
)
SHORT_WEEKDAYS = {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
WEEKDAY_WORDS = (
    {name.lower(): number for number, name in enumerate(WEEKDAYS)}
    | {name.lower()[:3]: number for number, name in enumerate(WEEKDAYS)}
    | SHORT_WEEKDAYS
)
MONTH_WORDS = (
    {name.lower(): number for number, name in enumerate(MONTHS, 1)}
    | {name.lower()[:3]: number for number, name in enumerate(MONTHS, 1)}
    | {"sept": 9, "new year": 1}
)
# "I may come", "a march", "mar".
CLEAR_MONTH_WORDS = frozenset(MONTH_WORDS) - {"may", "march", "mar"}

DAY_WORDS = {
    "today": 0,
    "tomorrow": 1,
    "tmrw": 1,
    "tmr": 1,
    "2moro": 1,
    "day after tomorrow": 2,
    "the day after tomorrow": 2,
    "yesterday": -1,
    "the day before yesterday": -2,
    "day before yesterday": -2,
}
ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
TEENS = (
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
)
TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
NUMBERS = (
    {word: number for number, word in enumerate((*ONES, *TEENS), 1)}
    | TENS
    | {"twenty five": 25, "forty five": 45}
)
SOME = {"a": 1, "an": 1, "a couple of": 2, "couple of": 2, "a few": 3}
FRACTIONS = {"quarter": 15, "a quarter": 15, "half": 30}
ORDINAL_WORDS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty first",
    "twenty second",
    "twenty third",
    "twenty fourth",
    "twenty fifth",
    "twenty sixth",
    "twenty seventh",
    "twenty eighth",
    "twenty ninth",
    "thirtieth",
    "thirty first",
)
ORDINALS = {word: number for number, word in enumerate(ORDINAL_WORDS, 1)} | {"last": 0, "latest": 0}
UNITS = {
    "minute": "minute",
    "minutes": "minute",
    "mins": "minute",
    "min": "minute",
    "hour": "hour",
    "hours": "hour",
    "hrs": "hour",
    "hr": "hour",
    "h": "hour",
    "day": "day",
    "days": "day",
    "week": "week",
    "weeks": "week",
    "fortnight": "fortnight",
    "month": "month",
    "months": "month",
}
UNIT_MINUTES = {
    "half an hour": 30,
    "half hour": 30,
    "a half hour": 30,
    "quarter of an hour": 15,
    "three quarters of an hour": 45,
    "hour and a half": 90,
    "an hour and a half": 90,
    "one and a half hours": 90,
}
PERIODS = {"week": "week", "weekend": "weekend", "month": "month"}
MORNING = (time(6), time(12))
LUNCH = (time(12), time(14))
AFTERNOON = (time(12), time(18))
EVENING = (time(17), time())
PARTS = {
    "morning": MORNING,
    "mornings": MORNING,
    "forenoon": MORNING,
    "first thing in the morning": (time(6), time(9)),
    "lunch": LUNCH,
    "lunchtime": LUNCH,
    "lunch time": LUNCH,
    "lunch break": LUNCH,
    "afternoon": AFTERNOON,
    "afternoons": AFTERNOON,
    "arvo": AFTERNOON,
    "evening": EVENING,
    "evenings": EVENING,
    "night": EVENING,
    "tonight": EVENING,
    "tonite": EVENING,
}
EDGES = {
    "beginning": "start",
    "start": "start",
    "early": "start",
    "middle": "middle",
    "mid": "middle",
    "end": "end",
    "late": "end",
}
HALVES = {"am": 0, "a m": 0, "pm": 12, "p m": 12}

TO_WORDS = frozenset({"to", "until", "till", "for", "onto", "into"})
INSTEAD_WORDS = frozenset({"instead of", "rather than"})
BOOKING_NOUNS = "appointment appointments booking bookings session sessions reservation one"
BOOKING_WORDS = frozenset(BOOKING_NOUNS.split())
REFERENCE_WORDS = frozenset({"booking", "reference", "ref", "code", "number", "no", "appointment"})
NAME_WORDS = frozenset({"a", "an", "the", "with", "for", "some", "another"})
GENERIC = frozenset(
    [
        "session",
        "sessions",
        "appointment",
        "appointments",
        "booking",
        "class",
        "lesson",
        "and",
        "the",
        "a",
        "an",
        "of",
        "with",
        "for",
        "in",
        "first",
        "second",
        "next",
        "new",
    ]
)
SUFFIXES = ("ists", "ist", "ers", "er", "ors", "or", "ings", "ing", "ions", "ion", "ies", "y", "s")
SPELLINGS = ((r"\b([ap])\.? ?m\.?(?!\w)", r"\1m"), (r"(?<=\d)(?=ish\b)", " "))
SYMBOLS = {"👍": "yes", "✅": "yes", "👌": "yes", "👎": "no", "❌": "no", "☑": "yes", "✔": "yes"}
# Words that change nothing, and such as are one slip away from words that do.
FILLER_TEXT = """
a about actually after again all also am an and any are ask assistant at back be because before
big body boss bot both but by cake call calls came can care case cause cheers choose cold come
cook cool core could course cure data date dates dear did do does down dude each er every few
for friend from get give go going gone good got great guys had hand has hate have he head her
here hey his hmm hold home house how i id if ill im in instead into is it its ive just kindly
know late launch left lend less let lets life like little live long look love lovely madam made
make many mate me mean meant mine mode moon more most mouse move much my need new nice no not
now of off oh ok old on only or other others our out over own people perfect person pick please
pls plz possible post prefer pure rate read really right robot said same sand saw say see send
shall she should since sir small so some something soon sorry spend still such super sure take
tell test than thank thanks that thats the them then there theres these they theyre thing this
those though thx time to told too true u uh um under until up us very w wanna want was we well
went were what whats when whens where which while who why will with wore work working works
would yes you your youre youve
"""
FILLER = frozenset(FILLER_TEXT.split())
