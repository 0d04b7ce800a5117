"""What our own grammar does not read, dateparser may: dates in numbers and odd formats only.

It finds dates where there are none ("I may come") and guesses ("Friday at 9" is a day of
September), so it gets few characters, never words alone, and its answers are dates, not times.
"""

import re
from datetime import datetime

from dateparser.date import DateDataParser

from coachbot.chat.dialog.dates.readings import Days, Found

# It needs time by length: two milliseconds for these.
LONGEST = 24
MOST = 3
# A month by name with a day, or three numbers: "12-dec", "2026/12/03", "dec-3-26".
CANDIDATE = re.compile(r"(?<!\S)(?=\S*\d)[\w]{1,9}[-/.][\w]{1,9}(?:[-/.]\d{1,4})?(?!\S)")


def rewrite(text: str, found: Found) -> str:
    """`text` with a token for the first date that dateparser knows."""
    for match in list(CANDIDATE.finditer(text))[:MOST]:
        days = _parsed(match[0][:LONGEST], found)
        token = found.day_token(days)
        if token:
            return text[: match.start()] + token + text[match.end() :]
    return text


def _parsed(text: str, found: Found) -> Days | None:
    parser = _parser(found.vocabulary.code, found.vocabulary.date_order or "DMY", found.now)
    parsed = parser.get_date_data(text)
    if parsed is None or parsed.date_obj is None or parsed.period != "day":
        return None
    return Days.one(parsed.date_obj.date())


def _parser(code: str, order: str, now: datetime) -> DateDataParser:
    return DateDataParser(
        languages=[code],
        settings={
            "DATE_ORDER": order,
            "PREFER_DATES_FROM": "future",
            "RELATIVE_BASE": now.replace(tzinfo=None),
            "REQUIRE_PARTS": ["day", "month"],
            "RETURN_AS_TIMEZONE_AWARE": False,
            "PARSERS": ["absolute-time"],
        },
    )
