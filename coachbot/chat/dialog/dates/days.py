"""How each rule about days is read. Every function takes the match and what was found before, and
gives None where the words mean something else after all."""

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from re import Match

from coachbot.chat.dialog.dates.readings import Clock, Days, Found, Kind, Window, sunday_of
from coachbot.chat.dialog.when import DAY, Problem
from coachbot.chat.vocabulary.language import Rule

LEADING_DIGITS = re.compile(r"\d+")
WEEK = timedelta(days=7)
LOOKING_AHEAD = timedelta(days=13)
DAYS_OF = {"day": 1, "week": 7, "fortnight": 14, "month": 30}
MINUTES_OF = {"minute": 1, "hour": 60}
# A date without a year is the next one: 29 February is at most eight years away.
MOST_YEARS = 8
EDGE_DAYS = 7
# Farther than that is a slip of the pen, and dates end in the year 9999.
LATEST_YEARS = 5
MOST_COUNT = 999


def number(text: str, found: Found) -> int | None:
    if digits := LEADING_DIGITS.match(text):
        return int(digits[0])
    words = found.vocabulary
    for known in (words.numbers, words.some, words.ordinals, words.fractions):
        if text in known:
            return known[text]
    return None


def on_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def iso_date(match: Match[str], found: Found) -> Days | None:
    year, month, day = (int(match[name]) for name in ("year", "month", "day"))
    return _dated(found, year, month, day)


def day_first(match: Match[str], found: Found) -> Days | None:
    day, month = int(match["day"]), int(match["month"])
    return _numbers(found, match["year"], month, day)


def either_first(match: Match[str], found: Found) -> Days | None:
    """12/3 is two dates; 13/3 and 3/13 are one."""
    first, second = int(match["first"]), int(match["second"])
    as_dmy = _numbers(found, match["year"], second, first)
    as_mdy = _numbers(found, match["year"], first, second)
    if as_dmy is None or as_mdy is None or as_dmy == as_mdy:
        return as_dmy or as_mdy
    if found.vocabulary.date_order:
        return as_dmy if found.vocabulary.date_order == "DMY" else as_mdy
    sooner, later = sorted([as_dmy, as_mdy], key=lambda days: days.first)
    return replace(sooner, other=later.first, problem=Problem.AMBIGUOUS_DATE)


def day_month(match: Match[str], found: Found) -> Days | None:
    day = number(match["day"], found)
    if not day:
        return None
    month = found.vocabulary.month_words[match["month"]]
    return _dated(found, int(match["year"]) if match["year"] else None, month, day)


def the_day(match: Match[str], found: Found) -> Days | None:
    """The next 3rd: of this month or of a later one."""
    day = number(match["day"], found) or 0
    for months in range(12):
        first = _first_of_month(found.today, months)
        on = on_date(first.year, first.month, day)
        if on and on >= found.today:
            return Days.one(on)
    return Days(found.today, found.today, problem=Problem.NO_SUCH_DATE)


def today(_match: Match[str], found: Found) -> Days:
    return Days.one(found.today)


def day_word(match: Match[str], found: Found) -> Days:
    return Days.one(found.today + DAY * found.vocabulary.day_words[match["word"]])


def weekday(match: Match[str], found: Found) -> Days:
    """The next one; today is one of them, too."""
    ahead = (_weekday(match, found) - found.today.weekday()) % 7
    return replace(Days.one(found.today + DAY * ahead), weekday=True)


def this_weekday(match: Match[str], found: Found) -> Days:
    return weekday(match, found)


def next_weekday(match: Match[str], found: Found) -> Days:
    """That of next week, whose first day is Monday."""
    return Days.one(sunday_of(found.today) + DAY * (_weekday(match, found) + 1))


def last_weekday(match: Match[str], found: Found) -> Days:
    back = (found.today.weekday() - _weekday(match, found) - 1) % 7 + 1
    return Days.one(found.today - DAY * back)


def week_after(match: Match[str], found: Found) -> Days:
    return Days.one(weekday(match, found).first + WEEK)


def workdays(_match: Match[str], found: Found) -> Days:
    return Days(found.today, found.today + WEEK, weekdays=(0, 1, 2, 3, 4), weekday=True)


def week_of_month(match: Match[str], found: Found) -> Days | None:
    """The first week is that of the 1st, from its Monday on."""
    whole = _period(match["month"], found, ahead=0, clipped=False)
    place = found.vocabulary.ordinals[match["ordinal"]]
    on = whole.first + WEEK * (place - 1) if place else whole.last
    last = sunday_of(on)
    return _from_today(Days(last - DAY * 6, last), found.today) if last >= found.today else None


def week_of(match: Match[str], found: Found) -> Days:
    last = sunday_of(_day(match["date"], found).first)
    return _from_today(Days(last - DAY * 6, last), found.today)


def in_count(match: Match[str], found: Found) -> Days | Window | None:
    """In two weeks: that day. In two hours: from then on, today; tomorrow is another word."""
    words = found.vocabulary
    if match["count"] in words.unit_minutes:
        return _in_minutes(words.unit_minutes[match["count"]], found)
    count, unit = number(match["count"], found), words.units[match["unit"]]
    if count is None or count > MOST_COUNT:
        return None
    if unit in DAYS_OF:
        return Days.one(_after(found, count, unit))
    return _in_minutes(count * MINUTES_OF[unit], found)


def next_count(match: Match[str], found: Found) -> Days | None:
    count = number(match["count"], found)
    unit = found.vocabulary.units[match["unit"]]
    if count is None or count > MOST_COUNT:
        return None
    if unit in DAYS_OF:
        return Days(found.today, _after(found, count, unit))
    return Days.one(found.today)


def period(match: Match[str], found: Found) -> Days:
    return _period(match["period"], found, ahead=0)


def next_period(match: Match[str], found: Found) -> Days:
    return _period(match["period"], found, ahead=1)


def edge(match: Match[str], found: Found) -> Days:
    """Start, middle or end of a week or a month; never before today."""
    whole = _period(match["period"], found, ahead=1 if match["next"] else 0, clipped=False)
    first, last = _edge(whole, found.vocabulary.edges[match["edge"]])
    return Days(min(max(first, found.today), last), last)


def month(match: Match[str], found: Found) -> Days:
    return _period(match["month"], found, ahead=0)


def alternatives(match: Match[str], found: Found) -> Days:
    return either(_day(match["first"], found), _day(match["second"], found))


def span(match: Match[str], found: Found) -> Days | None:
    """Monday to Wednesday; from Friday to Monday, too. Not where something is moved."""
    first, second = _day(match["first"], found), _day(match["second"], found)
    if found.moving:
        return None
    if second.weekday and second.first < first.first:
        second = Days.one(second.first + WEEK)
    return Days(first.first, second.last) if first.first <= second.last else None


def from_day(match: Match[str], found: Found) -> Days | None:
    """From that day on for as long as people look ahead; to that day, where something is moved."""
    first = _day(match["date"], found).first
    return None if found.moving else Days(first, first + LOOKING_AHEAD)


def after_day(match: Match[str], found: Found) -> Days:
    first = _day(match["date"], found).last + DAY
    return Days(first, first + LOOKING_AHEAD)


def before_day(match: Match[str], found: Found) -> Days:
    last = _day(match["date"], found).first - DAY
    return Days(min(found.today, last), last)


def until_day(match: Match[str], found: Found) -> Days | None:
    last = _day(match["date"], found).last
    return None if found.moving else Days(min(found.today, last), last)


def narrowed(days: Sequence[Days]) -> Days:
    """The first, or of it what a later one names: "this weekend, best on Saturday"."""
    first, *others = days
    for other in others:
        if not first.is_one and other.is_one and first.first <= other.first <= first.last:
            return other
    return first


def either(one: Days, two: Days) -> Days:
    """Both of two readings that stand side by side, or the narrower of them."""
    wide, narrow = (two, one) if one.weekday else (one, two)
    if not wide.is_one and narrow.weekday:
        return _only(wide, narrow.weekdays or (narrow.first.weekday(),))
    if wide.is_one and (one.weekday != two.weekday):
        return _checked(*((two, one) if one.weekday else (one, two)))
    first, last = min(one.first, two.first), max(one.last, two.last)
    if one.is_one and two.is_one and (last - first).days > 1:
        return Days(first, last, weekdays=tuple(sorted({first.weekday(), last.weekday()})))
    return Days(first, last)


def _checked(dated: Days, named: Days) -> Days:
    """ "Friday 3 December" which is a Thursday: which one is meant?"""
    if dated.first.weekday() == named.first.weekday():
        return dated
    return replace(dated, other=named.first, problem=Problem.AMBIGUOUS_DATE)


def _only(wide: Days, weekdays: tuple[int, ...]) -> Days:
    dates = [wide.first + DAY * n for n in range((wide.last - wide.first).days + 1)]
    fitting = [on for on in dates if on.weekday() in weekdays]
    if len(fitting) == 1:
        return Days.one(fitting[0])
    return replace(wide, weekdays=weekdays)


def _day(token: str, found: Found) -> Days:
    return found.days[int(token[-1])]


def _weekday(match: Match[str], found: Found) -> int:
    return found.vocabulary.weekday_words[match["weekday"]]


def _in_minutes(minutes: int, found: Found) -> Window | None:
    then = found.now.hour * 60 + found.now.minute + minutes
    return Window(Kind.AFTER, Clock(then)) if then < 24 * 60 else None


def _after(found: Found, count: int, unit: str) -> date:
    return found.today + DAY * count * DAYS_OF[unit]


def _first_of_month(on: date, months: int) -> date:
    years, month0 = divmod(on.month - 1 + months, 12)
    return date(on.year + years, month0 + 1, 1)


def _period(word: str, found: Found, *, ahead: int, clipped: bool = True) -> Days:
    today = found.today
    kind = found.vocabulary.periods.get(word)
    if kind == "month":
        first = _first_of_month(today, ahead)
    elif kind is None:
        months = (found.vocabulary.month_words[word] - today.month) % 12
        first = _first_of_month(today, months)
    else:
        last = sunday_of(today) + WEEK * ahead
        whole = Days(last - DAY * (6 if kind == "week" else 1), last)
        return _from_today(whole, today) if clipped else whole
    whole = Days(first, first.replace(day=monthrange(first.year, first.month)[1]))
    return _from_today(whole, today) if clipped else whole


def _from_today(days: Days, today: date) -> Days:
    return replace(days, first=max(days.first, today))


def _edge(whole: Days, which: str) -> tuple[date, date]:
    if (whole.last - whole.first).days < EDGE_DAYS:
        week = {"start": (0, 1), "middle": (2, 3), "end": (4, 6)}
        first, last = week[which]
        return whole.first + DAY * first, min(whole.first + DAY * last, whole.last)
    if which == "end":
        return whole.last - DAY * (EDGE_DAYS - 1), whole.last
    first = 1 if which == "start" else 11
    return whole.first.replace(day=first), whole.first.replace(day=first + 9)


def _numbers(found: Found, year: str | None, month: int, day: int) -> Days | None:
    """None where numbers cannot be a month and a day at all: then they are something else."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    full = None if year is None else int(year) + (2000 if len(year) == 2 else 0)
    return _dated(found, full, month, day)


def _dated(found: Found, year: int | None, month: int, day: int) -> Days:
    years = [year] if year else range(found.today.year, found.today.year + MOST_YEARS + 1)
    dates = (on_date(each, month, day) for each in years)
    for on in dates:
        if on and (year or on >= found.today) and on.year <= found.today.year + LATEST_YEARS + 3:
            return Days.one(on)
    return Days(found.today, found.today, problem=Problem.NO_SUCH_DATE)


READERS: dict[Rule, Callable[[Match[str], Found], Days | Window | None]] = {
    Rule.ISO_DATE: iso_date,
    Rule.DAY_FIRST: day_first,
    Rule.EITHER_FIRST: either_first,
    Rule.DAY_MONTH: day_month,
    Rule.THE_DAY: the_day,
    Rule.TODAY: today,
    Rule.DAY_WORD: day_word,
    Rule.WEEKDAY: weekday,
    Rule.THIS_WEEKDAY: this_weekday,
    Rule.NEXT_WEEKDAY: next_weekday,
    Rule.LAST_WEEKDAY: last_weekday,
    Rule.WEEK_AFTER: week_after,
    Rule.WORKDAYS: workdays,
    Rule.WEEK_OF_MONTH: week_of_month,
    Rule.WEEK_OF: week_of,
    Rule.IN_COUNT: in_count,
    Rule.NEXT_COUNT: next_count,
    Rule.PERIOD: period,
    Rule.NEXT_PERIOD: next_period,
    Rule.EDGE: edge,
    Rule.MONTH: month,
    Rule.ALTERNATIVES: alternatives,
    Rule.FROM_DAY: from_day,
    Rule.AFTER_DAY: after_day,
    Rule.BEFORE_DAY: before_day,
    Rule.UNTIL_DAY: until_day,
    Rule.RANGE: span,
}
