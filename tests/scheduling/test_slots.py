from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.slots import (
    DAY,
    LONGEST_GRID,
    LOOK_BACK,
    Hours,
    Refusal,
    Span,
    Terms,
    WeeklyWindow,
    free_slots,
    free_time,
    local_date,
    merge,
    possible_slots,
    reach,
    refusals,
    without,
)
from tests.scheduling import oracle

MINUTE, HOUR = 60, 3_600
BERLIN = ZoneInfo("Europe/Berlin")
EVERY_DAY = range(7)
ZONES = [
    "UTC",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "Antarctica/Troll",
    "Asia/Almaty",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
]

some = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])


def at(text):
    """The instant of "2025-03-30 00:00+01:00"; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def span(start, end):
    return Span(at(start), at(end))


def window_on(day, start, end):
    """A window on one date; `start` and `end` in hours of the wall clock."""
    return WeeklyWindow(day.weekday(), int(start * HOUR), int(end * HOUR), day, day)


def starts(slots, zone):
    """Day, time and offset of each start, as the clocks of `zone` show it."""
    shown = [datetime.fromtimestamp(slot.start, zone) for slot in slots]
    return [moment.isoformat(" ", "minutes").removeprefix(f"{moment:%Y-%m-}") for moment in shown]


def seconds(spans):
    return {second for span in spans for second in range(span.start, span.end)}


spans_of_seconds = st.builds(Span, st.integers(0, 30), st.integers(0, 30))


# Rules 1 to 8, against the oracle.


@dataclass(frozen=True)
class Question:
    hours: Hours
    terms: Terms
    start: int
    end: int
    now: int

    @property
    def slots(self):
        return self.between(self.start, self.end)

    def between(self, start, end):
        return free_slots(self.hours, self.terms, start=start, end=end, now=self.now)

    def refusals(self, start):
        return refusals(self.hours, self.terms, start=start, now=self.now)


@cache
def clock_changes(zone):
    """The first minute after each clock change of 2024 to 2027, as seconds since 1970."""
    first, last = at("2024-01-01") // MINUTE, at("2028-01-01") // MINUTE
    found = [at("2011-12-30 10:00")] if zone.key == "Pacific/Apia" else []
    for day in range(first, last, 24 * 60):
        if offset(zone, day) != offset(zone, day + 24 * 60):
            minutes = range(day, day + 24 * 60)
            change = next(at for at in minutes if offset(zone, at) != offset(zone, at + 1)) + 1
            found.append(change * MINUTE)
    return found


def offset(zone, minute):
    return datetime.fromtimestamp(minute * MINUTE, zone).utcoffset()


def minutes(least, most, *, by=5):
    return st.integers(least // by, most // by).map(lambda count: count * by * MINUTE)


def mostly(usual, otherwise):
    return st.integers(0, 3).flatmap(lambda chance: otherwise if chance == 3 else st.just(usual))


def days_near(day, most):
    return st.integers(-most, most).map(lambda days: day + timedelta(days=days))


@st.composite
def weekly_windows(draw, today):
    """A window on some weekdays or on all, often near the hours at which clocks change."""
    start = draw(st.one_of(minutes(0, 4 * 60), minutes(0, 23 * 60, by=15)))
    length = draw(st.one_of(minutes(30, 4 * 60), minutes(60, 24 * 60, by=60), st.just(DAY)))
    weekdays = draw(mostly(EVERY_DAY, st.sets(st.sampled_from(EVERY_DAY), min_size=1)))
    valid_from = draw(mostly(date.min, days_near(today, 4)))
    valid_until = draw(mostly(date.max, days_near(today, 4)))
    end = min(start + length, DAY)
    return [WeeklyWindow(weekday, start, end, valid_from, valid_until) for weekday in weekdays]


@st.composite
def spans_near(draw, moment, *, longest):
    start = moment + draw(minutes(-3 * 24 * 60, 3 * 24 * 60))
    return Span(start, start + draw(minutes(5, longest)))


@st.composite
def long_openings(draw, moment):
    """One opening or several that touch, begun at most a little more than a year ago."""
    ago = st.one_of(
        minutes(-20 * 24 * 60, 20 * 24 * 60),
        minutes(0, 370 * 24 * 60),
        minutes(364 * 24 * 60, 369 * 24 * 60),
    )
    edges = sorted(moment - each for each in draw(st.lists(ago, min_size=2, max_size=4)))
    return [Span(start, end) for start, end in pairwise(edges)]


@st.composite
def terms_of_any_kind(draw):
    duration = draw(st.one_of(minutes(5, 60), minutes(5, 180)))
    return Terms(
        duration=duration,
        step=draw(st.one_of(st.just(duration), minutes(5, 240))),
        buffer_before=draw(st.one_of(st.just(0), minutes(0, 60))),
        buffer_after=draw(st.one_of(st.just(0), minutes(0, 60))),
        min_notice=draw(mostly(0, minutes(0, 2 * 24 * 60))),
        max_advance=draw(mostly(366 * DAY, minutes(0, 6 * 24 * 60))),
    )


@st.composite
def hours_near(draw, zone, moment):
    today = local_date(zone, moment)
    weekly = draw(st.lists(weekly_windows(today), min_size=1, max_size=3))
    openings = mostly([], st.lists(spans_near(moment, longest=6 * 60), max_size=2))
    return Hours(
        zone=zone,
        weekly=[window for windows in weekly for window in windows],
        days_off=draw(mostly(set(), st.sets(days_near(today, 2), max_size=2))),
        opened=draw(openings) + draw(mostly([], long_openings(moment))),
        blocked=draw(st.lists(spans_near(moment, longest=4 * 60), max_size=3)),
        occupied=draw(st.lists(spans_near(moment, longest=3 * 60), max_size=5)),
    )


@st.composite
def questions(draw, *, days=2):
    """A range of up to `days` around a change of the clocks, and rows of all kinds about it."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    change = draw(st.sampled_from(clock_changes(zone) or [at("2025-06-15 12:00")]))
    start = change - draw(minutes(0, days * 24 * 60))
    return Question(
        hours=draw(hours_near(zone, change)),
        terms=draw(terms_of_any_kind()),
        start=start,
        end=start + draw(minutes(6 * 60, days * 24 * 60)),
        now=start + draw(mostly(0, minutes(-3 * 24 * 60, 24 * 60))),
    )


@settings(some, max_examples=120)
@given(questions())
def test_the_slots_are_those_that_the_rules_give_minute_by_minute(question):
    expected = oracle.free_slots(
        question.hours,
        question.terms,
        start=question.start,
        end=question.end,
        now=question.now,
    )

    assert question.slots == expected


@settings(some, max_examples=100)
@given(questions(days=1), st.lists(minutes(0, 24 * 60 - 1, by=1), max_size=20))
def test_nothing_is_refused_exactly_where_a_slot_is_offered(question, moments):
    offered = {slot.start for slot in question.between(question.start, question.start + DAY)}
    tried = offered | {question.start + moment for moment in moments}

    accepted = {start for start in tried if question.refusals(start) == []}

    assert accepted == offered


@settings(some, max_examples=120)
@given(questions(days=30), st.lists(st.integers(0, 30 * DAY), max_size=4))
def test_a_range_has_the_slots_of_its_parts(question, cuts):
    cuts = sorted(min(question.start + cut, question.end) for cut in cuts)
    edges = [question.start, *cuts, question.end]

    parts = [question.between(start, end) for start, end in pairwise(edges)]

    assert [slot for part in parts for slot in part] == question.slots


@settings(some, max_examples=80)
@given(questions(days=30), st.randoms(use_true_random=False))
def test_a_slot_of_a_long_range_is_offered_when_asked_for_alone(question, random):
    slots = question.slots
    picked = random.sample(slots, min(len(slots), 10))

    found = [question.between(slot.start, slot.start + 1) for slot in picked]

    assert found == [[slot] for slot in picked]


@settings(some, max_examples=100)
@given(questions(days=7))
def test_slots_and_their_buffers_never_overlap_occupied_time(question):
    terms = question.terms
    kept = [
        Span(slot.start - terms.buffer_before, slot.end + terms.buffer_after)
        for slot in question.slots
    ]

    overlaps = [
        (held, taken)
        for held in kept
        for taken in question.hours.occupied
        if held.start < taken.end and taken.start < held.end
    ]

    assert overlaps == []


@settings(some, max_examples=100)
@given(questions(), st.lists(minutes(0, 2 * 24 * 60), min_size=3, max_size=3))
def test_rows_out_of_reach_make_no_difference(question, moments):
    starts = [question.start + moment for moment in moments]

    found = [
        replace(question, hours=within_reach(question, start)).between(start, start + HOUR)
        for start in starts
    ]

    assert found == [question.between(start, start + HOUR) for start in starts]


@settings(some, max_examples=100)
@given(questions(days=3))
def test_free_time_is_all_of_which_a_minute_could_be_booked(question):
    a_minute = Terms(duration=MINUTE, step=MINUTE)
    asked = {"start": question.start, "end": question.end, "now": question.start}

    found = free_time(question.hours, Span(question.start, question.end))

    assert found == merge(free_slots(question.hours, a_minute, **asked))


def within_reach(question, start):
    hours, within = question.hours, reach(question.terms, start=start, end=start + HOUR)
    within_grid = within._replace(start=within.start - LOOK_BACK)
    first, last = local_date(hours.zone, within.start), local_date(hours.zone, within.end)
    return replace(
        hours,
        days_off={day for day in hours.days_off if first <= day <= last},
        opened=[row for row in hours.opened if row.overlaps(within_grid)],
        blocked=[row for row in hours.blocked if row.overlaps(within)],
        occupied=[row for row in hours.occupied if row.overlaps(within)],
    )


# Rule 2: days on which the clocks change.


@pytest.mark.parametrize(
    ("zone", "day", "opens", "closes", "expected"),
    [
        pytest.param(
            "Europe/Berlin",
            date(2025, 3, 30),
            0,
            4,
            ["30 00:00+01:00", "30 01:00+01:00", "30 03:00+02:00"],
            id="Berlin loses an hour",
        ),
        pytest.param(
            "Europe/Berlin",
            date(2025, 10, 26),
            0,
            4,
            [
                "26 00:00+02:00",
                "26 01:00+02:00",
                "26 02:00+02:00",
                "26 02:00+01:00",
                "26 03:00+01:00",
            ],
            id="Berlin gains an hour",
        ),
        pytest.param(
            "Europe/Berlin",
            date(2025, 3, 30),
            2.5,
            4.5,
            ["30 03:00+02:00"],
            id="a start in the gap is the end of the gap",
        ),
        pytest.param(
            "Europe/Berlin",
            date(2025, 3, 30),
            0.5,
            2.5,
            ["30 00:30+01:00"],
            id="an end in the gap is the end of the gap",
        ),
        pytest.param(
            "Europe/Berlin",
            date(2025, 3, 30),
            2,
            3,
            [],
            id="nothing is left of a window in the gap",
        ),
        pytest.param(
            "Europe/Berlin",
            date(2025, 10, 26),
            2,
            3,
            ["26 02:00+02:00", "26 02:00+01:00"],
            id="a window on the hour that comes twice has both",
        ),
        pytest.param(
            "Europe/Berlin",
            date(2025, 10, 26),
            2.5,
            3.5,
            ["26 02:30+02:00", "26 02:30+01:00"],
            id="a start that comes twice is the first",
        ),
        pytest.param(
            "Europe/Berlin",
            date(2025, 10, 26),
            1.5,
            2.5,
            ["26 01:30+02:00", "26 02:30+02:00"],
            id="an end that comes twice is the second",
        ),
        pytest.param(
            "Africa/Cairo",
            date(2025, 4, 25),
            0,
            3,
            ["25 01:00+03:00", "25 02:00+03:00"],
            id="Cairo has no midnight to start at",
        ),
        pytest.param(
            "Africa/Cairo",
            date(2025, 4, 24),
            22,
            24,
            ["24 22:00+02:00", "24 23:00+02:00"],
            id="Cairo has no midnight to end at",
        ),
        pytest.param(
            "Africa/Cairo",
            date(2025, 10, 30),
            22,
            24,
            ["30 22:00+03:00", "30 23:00+03:00", "30 23:00+02:00"],
            id="Cairo has the last hour of a day twice",
        ),
        pytest.param(
            "America/Havana",
            date(2025, 11, 2),
            0,
            2,
            ["02 00:00-04:00", "02 00:00-05:00", "02 01:00-05:00"],
            id="Havana has the first hour of a day twice",
        ),
        pytest.param(
            "America/Nuuk",
            date(2025, 3, 29),
            21,
            24,
            ["29 21:00-02:00", "29 22:00-02:00"],
            id="Nuuk loses the last hour of a day",
        ),
        pytest.param(
            "Australia/Lord_Howe",
            date(2025, 4, 6),
            1,
            2.5,
            ["06 01:00+11:00", "06 01:30+10:30"],
            id="Lord Howe gains half an hour",
        ),
        pytest.param(
            "Australia/Lord_Howe",
            date(2025, 10, 5),
            1,
            4,
            ["05 01:00+10:30", "05 02:30+11:00"],
            id="Lord Howe loses half an hour",
        ),
        pytest.param(
            "Africa/Casablanca",
            date(2025, 2, 23),
            1,
            4,
            ["23 01:00+01:00", "23 02:00+01:00", "23 02:00+00:00", "23 03:00+00:00"],
            id="Casablanca gains an hour in the spring, for Ramadan",
        ),
        pytest.param(
            "Pacific/Apia",
            date(2011, 12, 29),
            22,
            24,
            ["29 22:00-10:00", "29 23:00-10:00"],
            id="Apia ends the last day before the one it skips",
        ),
        pytest.param(
            "Pacific/Apia", date(2011, 12, 30), 0, 24, [], id="Apia skips a day, windows and all"
        ),
        pytest.param(
            "Asia/Kathmandu",
            date(2025, 3, 30),
            0,
            2,
            ["30 00:00+05:45", "30 01:00+05:45"],
            id="Kathmandu leaves its clocks alone",
        ),
    ],
)
def test_a_window_is_as_long_as_the_clocks_make_it(zone, day, opens, closes, expected):
    zone, start, end = ZoneInfo(zone), at(f"{day} 12:00") - 2 * DAY, at(f"{day} 12:00") + 2 * DAY
    hours = Hours(zone=zone, weekly=[window_on(day, opens, closes)])

    slots = free_slots(hours, Terms(duration=HOUR, step=HOUR), start=start, end=end, now=start)

    assert starts(slots, zone) == expected


@pytest.mark.parametrize(
    ("zone", "day", "around"),
    [
        pytest.param(
            "Europe/Berlin",
            date(2025, 3, 30),
            ["29 23:00+01:00", "31 00:00+02:00"],
            id="Berlin's day of 23 hours",
        ),
        pytest.param(
            "Europe/Berlin",
            date(2025, 10, 26),
            ["25 23:00+02:00", "27 00:00+01:00"],
            id="Berlin's day of 25 hours",
        ),
        pytest.param(
            "Africa/Cairo",
            date(2025, 4, 25),
            ["24 23:00+02:00", "26 00:00+03:00"],
            id="Cairo's day that begins at one",
        ),
        pytest.param(
            "Africa/Cairo",
            date(2025, 4, 24),
            ["23 23:00+02:00", "25 01:00+03:00"],
            id="Cairo's day before the one that begins at one",
        ),
        pytest.param(
            "America/Havana",
            date(2025, 11, 1),
            ["31 23:00-04:00", "02 00:00-04:00"],
            id="Havana's day before the one with two midnights",
        ),
        pytest.param(
            "America/Havana",
            date(2025, 11, 2),
            ["01 23:00-04:00", "03 00:00-05:00"],
            id="Havana's day with two midnights",
        ),
        pytest.param(
            "Pacific/Apia",
            date(2011, 12, 29),
            ["28 23:00-10:00", "31 00:00+14:00"],
            id="Apia's day before the one it skips",
        ),
    ],
)
def test_a_day_off_is_the_whole_local_day(zone, day, around):
    zone, start, end = ZoneInfo(zone), at(f"{day} 12:00") - 2 * DAY, at(f"{day} 12:00") + 2 * DAY
    hours = Hours(zone=zone, opened=[Span(start, end)], days_off={day})

    slots = free_slots(hours, Terms(duration=HOUR, step=HOUR), start=start, end=end, now=start)

    gaps = [[before, after] for before, after in pairwise(slots) if before.end < after.start]
    assert [starts(gap, zone) for gap in gaps] == [around]


def test_a_day_off_that_the_calendar_skips_closes_nothing():
    zone = ZoneInfo("Pacific/Apia")
    across = span("2011-12-29 23:30-10:00", "2011-12-31 00:30+14:00")
    hours = Hours(zone=zone, opened=[across], days_off={date(2011, 12, 30)})
    terms = Terms(duration=HOUR, step=HOUR)

    slots = free_slots(hours, terms, start=across.start, end=across.end, now=across.start)
    refused = refusals(hours, terms, start=across.start, now=across.start)

    assert (slots, refused) == ([across], [])


@pytest.mark.parametrize(
    ("start", "offered", "refused"),
    [
        pytest.param("22:00", True, [], id="ends as the day off begins"),
        pytest.param("22:30", False, [Refusal.DAY_OFF], id="runs into the day off"),
        pytest.param("23:30", False, [Refusal.DAY_OFF], id="runs through the rest of the night"),
    ],
)
def test_a_slot_on_the_eve_of_a_day_off_ends_by_midnight(start, offered, refused):
    opened = span("2025-01-15 20:00+01:00", "2025-01-16 20:00+01:00")
    hours = Hours(zone=BERLIN, opened=[opened], days_off={date(2025, 1, 16)})
    terms, start = Terms(duration=2 * HOUR, step=HOUR // 2), at(f"2025-01-15 {start}+01:00")

    slots = free_slots(hours, terms, start=start, end=start + 1, now=start)

    assert slots == [Span(start, start + 2 * HOUR)] * offered
    assert refusals(hours, terms, start=start, now=start) == refused


# Rules 3 to 8 on an ordinary Wednesday in winter, when Berlin is an hour ahead of UTC.


WEDNESDAY = date(2025, 1, 15)
NINE_TO_ONE = Hours(zone=BERLIN, weekly=[window_on(WEDNESDAY, 9, 13)])


def wednesday(start, end):
    return span(f"2025-01-15 {start}+01:00", f"2025-01-15 {end}+01:00")


def starts_on_wednesday(hours, terms, now="2025-01-14 00:00+01:00"):
    start, end = wednesday("00:00", "23:59")
    slots = free_slots(hours, terms, start=start, end=end, now=at(now))
    return [f"{datetime.fromtimestamp(slot.start, BERLIN):%H:%M}" for slot in slots]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param({}, ["09:00", "10:00", "11:00", "12:00"], id="nothing else known"),
        pytest.param(
            {"opened": [wednesday("13:00", "14:00")]},
            ["09:00", "10:00", "11:00", "12:00", "13:00"],
            id="open time that touches merges",
        ),
        pytest.param(
            {"opened": [wednesday("08:30", "09:30")]},
            ["08:30", "09:30", "10:30", "11:30"],
            id="open time that overlaps moves the grid",
        ),
        pytest.param(
            {"opened": [wednesday("13:10", "14:30")]},
            ["09:00", "10:00", "11:00", "12:00", "13:10"],
            id="open time apart has a grid of its own",
        ),
        pytest.param({"days_off": {WEDNESDAY}}, [], id="a day off"),
        pytest.param(
            {"days_off": {WEDNESDAY}, "opened": [wednesday("15:00", "16:00")]},
            [],
            id="a day off wins over an opening",
        ),
        pytest.param(
            {"blocked": [wednesday("09:10", "09:20")]},
            ["10:00", "11:00", "12:00"],
            id="closed time does not move the grid",
        ),
        pytest.param(
            {"blocked": [wednesday("10:00", "11:00")]},
            ["09:00", "11:00", "12:00"],
            id="closed time touches",
        ),
        pytest.param(
            {"blocked": [wednesday("10:59", "11:01")]},
            ["09:00", "12:00"],
            id="closed time overlaps two by a minute",
        ),
        pytest.param(
            {"blocked": [wednesday("10:30", "10:30")]},
            ["09:00", "10:00", "11:00", "12:00"],
            id="closed time without length closes nothing",
        ),
        pytest.param(
            {"occupied": [wednesday("10:00", "11:00")]},
            ["09:00", "11:00", "12:00"],
            id="a booking touches",
        ),
        pytest.param(
            {"occupied": [wednesday("10:00", "11:00"), wednesday("11:00", "11:30")]},
            ["09:00", "12:00"],
            id="bookings that touch each other",
        ),
        pytest.param(
            {"occupied": [wednesday("07:00", "18:00"), wednesday("09:00", "09:30")]},
            [],
            id="one booking within another",
        ),
    ],
)
def test_rows_open_and_close_time(rows, expected):
    hours = replace(NINE_TO_ONE, **rows)

    assert starts_on_wednesday(hours, Terms(duration=HOUR, step=HOUR)) == expected


@pytest.mark.parametrize(
    ("terms", "rows", "expected"),
    [
        pytest.param(
            Terms(duration=HOUR, step=90 * MINUTE),
            {},
            ["09:00", "10:30", "12:00"],
            id="a step longer than the duration",
        ),
        pytest.param(
            Terms(duration=3 * HOUR, step=30 * MINUTE),
            {},
            ["09:00", "09:30", "10:00"],
            id="a step shorter than the duration",
        ),
        pytest.param(Terms(duration=4 * HOUR, step=HOUR), {}, ["09:00"], id="the whole window"),
        pytest.param(
            Terms(duration=4 * HOUR + 1, step=HOUR), {}, [], id="a second more than the window"
        ),
        pytest.param(
            Terms(duration=HOUR, step=HOUR, buffer_before=HOUR, buffer_after=HOUR),
            {},
            ["09:00", "10:00", "11:00", "12:00"],
            id="buffers reach out of the window",
        ),
        pytest.param(
            Terms(duration=HOUR, step=HOUR, buffer_before=HOUR, buffer_after=HOUR),
            {"blocked": [wednesday("10:00", "11:00")]},
            ["09:00", "11:00", "12:00"],
            id="buffers reach into closed time",
        ),
        pytest.param(
            Terms(duration=HOUR, step=HOUR, buffer_before=30 * MINUTE),
            {"occupied": [wednesday("10:00", "10:30")]},
            ["09:00", "11:00", "12:00"],
            id="a buffer before that touches a booking",
        ),
        pytest.param(
            Terms(duration=HOUR, step=HOUR, buffer_before=30 * MINUTE + 1),
            {"occupied": [wednesday("10:00", "10:30")]},
            ["09:00", "12:00"],
            id="a buffer before that overlaps a booking by a second",
        ),
        pytest.param(
            Terms(duration=HOUR, step=HOUR, buffer_after=30 * MINUTE),
            {"occupied": [wednesday("11:30", "12:00")]},
            ["09:00", "10:00", "12:00"],
            id="a buffer after that touches a booking",
        ),
        pytest.param(
            Terms(duration=HOUR, step=HOUR, buffer_after=30 * MINUTE + 1),
            {"occupied": [wednesday("11:30", "12:00")]},
            ["09:00", "12:00"],
            id="a buffer after that overlaps a booking by a second",
        ),
    ],
)
def test_a_service_sets_its_terms(terms, rows, expected):
    hours = replace(NINE_TO_ONE, **rows)

    assert starts_on_wednesday(hours, terms) == expected


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        pytest.param("occupied", wednesday("08:00", "08:31"), id="a booking before its buffer"),
        pytest.param("occupied", wednesday("10:29", "11:00"), id="a booking after its buffer"),
        pytest.param("blocked", wednesday("09:59", "10:00"), id="closed time at its end"),
        pytest.param("opened", wednesday("08:30", "09:00"), id="an opening that moves the grid"),
    ],
)
def test_what_takes_a_slot_away_is_within_its_reach(kind, row):
    terms = Terms(duration=HOUR, step=HOUR, buffer_before=30 * MINUTE, buffer_after=30 * MINUTE)
    start = at("2025-01-15 09:00+01:00")
    hours = replace(NINE_TO_ONE, **{kind: [row]})

    within = reach(terms, start=start, end=start + 1)
    slots = free_slots(hours, terms, start=start, end=start + 1, now=start)

    assert (row.overlaps(within), slots) == (True, [])


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2025-01-15 08:00:00+01:00", ["10:00", "11:00"], id="both exactly met"),
        pytest.param("2025-01-15 07:59:59+01:00", ["10:00"], id="a second too far"),
        pytest.param("2025-01-15 08:00:01+01:00", ["11:00"], id="a second too soon"),
        pytest.param("2025-01-15 06:59:59+01:00", ["09:00"], id="two hours before"),
        pytest.param("2025-01-15 05:59:59+01:00", [], id="before the window comes near"),
        pytest.param("2025-01-15 10:00:01+01:00", [], id="after the last start"),
    ],
)
def test_notice_and_advance_are_met_to_the_second(now, expected):
    terms = Terms(duration=HOUR, step=HOUR, min_notice=2 * HOUR, max_advance=3 * HOUR)

    assert starts_on_wednesday(NINE_TO_ONE, terms, now) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param("10:00", "12:00", ["10:00", "11:00"], id="from its start up to its end"),
        pytest.param("10:01", "12:01", ["11:00", "12:00"], id="slots may end after it"),
        pytest.param("10:00", "10:00", [], id="empty"),
        pytest.param("12:00", "10:00", [], id="inverted"),
        pytest.param("13:00", "20:00", [], id="after hours"),
    ],
)
def test_a_range_holds_the_slots_that_begin_in_it(start, end, expected):
    start, end = wednesday(start, end)

    slots = free_slots(
        NINE_TO_ONE, Terms(duration=HOUR, step=HOUR), start=start, end=end, now=start
    )

    assert [f"{datetime.fromtimestamp(slot.start, BERLIN):%H:%M}" for slot in slots] == expected


def test_windows_that_meet_at_midnight_are_one():
    evening = WeeklyWindow(2, 22 * HOUR, DAY)
    morning = WeeklyWindow(3, 0, 2 * HOUR)
    hours = Hours(zone=BERLIN, weekly=[evening, morning])
    start = at("2025-01-15 00:00+01:00")

    slots = free_slots(
        hours,
        Terms(duration=90 * MINUTE, step=45 * MINUTE),
        start=start,
        end=start + 2 * DAY,
        now=start,
    )

    assert starts(slots, BERLIN) == [
        "15 22:00+01:00",
        "15 22:45+01:00",
        "15 23:30+01:00",
        "16 00:15+01:00",
    ]


def test_a_schedule_holds_from_its_first_date_through_its_last():
    weekly = [WeeklyWindow(2, 9 * HOUR, 10 * HOUR, date(2025, 1, 15), date(2025, 1, 29))]
    hours = Hours(zone=BERLIN, weekly=weekly)
    start = at("2025-01-01 00:00+01:00")

    slots = free_slots(
        hours, Terms(duration=HOUR, step=HOUR), start=start, end=start + 60 * DAY, now=start
    )

    assert starts(slots, BERLIN) == ["15 09:00+01:00", "22 09:00+01:00", "29 09:00+01:00"]


# Rule 6, where open time is long or has no end.


EVERY_FIFTY_MINUTES = Terms(duration=50 * MINUTE, step=50 * MINUTE)
EVERY_FIVE_HOURS = Terms(duration=HOUR, step=5 * HOUR, max_advance=500 * DAY)
EVERY_SEVEN_HOURS = Terms(duration=HOUR, step=7 * HOUR)


def around_the_clock(zone, valid_from=date.min, valid_until=date.max):
    weekly = [WeeklyWindow(day, 0, DAY, valid_from, valid_until) for day in EVERY_DAY]
    return Hours(zone=zone, weekly=weekly)


def asked_for_one_by_one(hours, terms, slots):
    """What is offered when each of `slots` is asked for alone, if nothing refuses it."""
    return [
        slot
        for each in slots
        for slot in free_slots(hours, terms, start=each.start, end=each.start + 1, now=each.start)
        if refusals(hours, terms, start=each.start, now=each.start) == []
    ]


def test_an_opening_of_thirty_days_has_one_grid():
    opened = span("2025-06-01 10:30+02:00", "2025-07-01 10:30+02:00")
    hours = Hours(zone=BERLIN, opened=[opened])

    slots = free_slots(
        hours, EVERY_FIFTY_MINUTES, start=opened.start - DAY, end=opened.end, now=opened.start
    )

    assert len(slots) == 864
    assert [slot.start for slot in slots] == list(range(opened.start, opened.end, 50 * MINUTE))
    assert all(before.end == after.start for before, after in pairwise(slots))
    assert asked_for_one_by_one(hours, EVERY_FIFTY_MINUTES, slots) == slots


def test_openings_that_touch_have_the_grid_of_the_first():
    first = at("2025-06-01 10:30+02:00")
    edges = [first + day * DAY + day % 7 * MINUTE for day in range(61)]
    hours = Hours(zone=BERLIN, opened=[Span(*edge) for edge in pairwise(edges)][::-1])
    last = edges[-1]

    slots = free_slots(hours, EVERY_FIFTY_MINUTES, start=last - DAY, end=last, now=first)

    grid = range(first, last - 50 * MINUTE + 1, 50 * MINUTE)
    assert [slot.start for slot in slots] == [start for start in grid if start >= last - DAY]
    assert asked_for_one_by_one(hours, EVERY_FIFTY_MINUTES, slots) == slots


def test_who_never_closes_since_a_hundred_days_has_the_grid_of_the_first_midnight():
    hours = around_the_clock(BERLIN, valid_from=date(2025, 3, 1))
    first, start = at("2025-03-01 00:00+01:00"), at("2025-06-09 00:00+02:00")

    slots = free_slots(hours, EVERY_FIFTY_MINUTES, start=start, end=start + DAY, now=start)

    grid = range(first, start + DAY, 50 * MINUTE)
    assert [slot.start for slot in slots] == [each for each in grid if each >= start]
    assert asked_for_one_by_one(hours, EVERY_FIFTY_MINUTES, slots) == slots


def test_who_never_closes_has_the_same_slots_however_they_are_asked_for():
    hours, start = around_the_clock(BERLIN), at("2025-10-20 00:00+02:00")
    midnights = [at(f"2025-10-{day} 00:00+02:00") for day in range(20, 27)]
    grids = pairwise([*midnights, at("2025-10-27 00:00+01:00")])

    slots = free_slots(
        hours, EVERY_FIFTY_MINUTES, start=start, end=at("2025-10-27 00:00+01:00"), now=start
    )

    assert [slot.start for slot in slots] == [
        each for first, last in grids for each in range(first, last, 50 * MINUTE)
    ]
    assert asked_for_one_by_one(hours, EVERY_FIFTY_MINUTES, slots) == slots


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param("2025-06-02 12:00+02:00", id="on the first day"),
        pytest.param("2025-06-03 12:00+02:00", id="on the second day"),
        pytest.param("2025-07-20 12:00+02:00", id="weeks later"),
        pytest.param("2026-06-03 20:00+02:00", id="on the last evening before the grid is new"),
    ],
)
def test_a_long_opening_that_touches_a_weekly_window_has_the_grid_of_that(asked):
    monday = WeeklyWindow(0, 9 * HOUR + 20 * MINUTE, 17 * HOUR)
    opened = span("2025-06-02 17:00+02:00", "2026-08-01 00:00+02:00")
    hours = Hours(zone=BERLIN, weekly=[monday], opened=[opened])
    first, asked = at("2025-06-02 09:20+02:00"), at(asked)

    end = asked + 4 * HOUR

    slots = free_slots(hours, EVERY_FIFTY_MINUTES, start=asked, end=end, now=asked)

    grid = range(first, end, 50 * MINUTE)
    assert [slot.start for slot in slots] == [each for each in grid if each >= asked]
    assert asked_for_one_by_one(hours, EVERY_FIFTY_MINUTES, slots) == slots


def test_a_midnight_that_comes_twice_cuts_no_window_however_it_is_asked_for():
    zone, saturday = ZoneInfo("America/Havana"), WeeklyWindow(5, 22 * HOUR, DAY)
    opened = span("2025-11-02 00:00-05:00", "2025-11-04 00:00-05:00")
    hours = Hours(zone=zone, weekly=[saturday], opened=[opened])
    first = at("2025-11-01 22:00-04:00")

    slots = free_slots(hours, EVERY_FIFTY_MINUTES, start=first, end=opened.end, now=first)

    grid = range(first, opened.end - 50 * MINUTE + 1, 50 * MINUTE)
    assert [slot.start for slot in slots] == list(grid)
    assert asked_for_one_by_one(hours, EVERY_FIFTY_MINUTES, slots) == slots


def test_an_evening_with_two_midnights_is_offered_until_the_second_when_asked_for_alone():
    zone = ZoneInfo("America/Havana")
    weekly = [WeeklyWindow(5, 22 * HOUR, DAY), WeeklyWindow(6, 9 * HOUR, 10 * HOUR)]
    hours = Hours(zone=zone, weekly=weekly)
    terms, first = Terms(duration=HOUR, step=HOUR), at("2025-11-01 22:00-04:00")
    wanted = [Span(first + hour * HOUR, first + (hour + 1) * HOUR) for hour in range(3)]

    assert asked_for_one_by_one(hours, terms, wanted) == wanted


def test_a_window_of_366_days_has_one_grid():
    opened = span("2025-06-01 10:30+02:00", "2026-06-02 10:30+02:00")
    hours = Hours(zone=BERLIN, opened=[opened])

    slots = free_slots(
        hours, EVERY_FIVE_HOURS, start=opened.start, end=opened.end + DAY, now=opened.start
    )

    assert opened.end - opened.start == LONGEST_GRID
    assert [slot.start for slot in slots] == list(range(opened.start, opened.end, 5 * HOUR))


def test_a_window_longer_than_366_days_has_a_new_grid_at_each_local_midnight():
    opened = span("2025-06-01 10:30+02:00", "2026-06-05 10:00+02:00")
    renewed = at("2026-06-03 00:00+02:00")
    hours = Hours(zone=BERLIN, opened=[opened])

    slots = free_slots(
        hours, EVERY_FIVE_HOURS, start=opened.start, end=opened.end + DAY, now=opened.start
    )

    assert [slot.start for slot in slots] == [
        *range(opened.start, renewed, 5 * HOUR),
        *range(renewed, renewed + DAY, 5 * HOUR),
        *range(renewed + DAY, renewed + 2 * DAY, 5 * HOUR),
        *range(renewed + 2 * DAY, opened.end - HOUR + 1, 5 * HOUR),
    ]
    assert asked_for_one_by_one(hours, EVERY_FIVE_HOURS, slots) == slots


def test_a_start_on_the_grid_from_before_the_new_one_is_refused():
    opened = span("2025-06-01 10:30+02:00", "2026-06-05 10:00+02:00")
    hours = Hours(zone=BERLIN, opened=[opened])
    old, new = opened.start + 1760 * 5 * HOUR, at("2026-06-03 00:00+02:00") + 5 * HOUR

    refused = [
        refusals(hours, EVERY_FIVE_HOURS, start=start, now=opened.start) for start in (old, new)
    ]

    assert refused == [[Refusal.OFF_GRID], []]


def test_a_window_of_366_days_and_a_night_has_a_new_grid_for_its_last_hours():
    opened = span("2025-06-01 10:30+02:00", "2026-06-03 06:00+02:00")
    renewed = at("2026-06-03 00:00+02:00")
    hours = Hours(zone=BERLIN, opened=[opened])

    slots = free_slots(
        hours, EVERY_FIVE_HOURS, start=opened.start, end=opened.end, now=opened.start
    )

    assert [slot.start for slot in slots] == [
        *range(opened.start, renewed, 5 * HOUR),
        renewed,
        renewed + 5 * HOUR,
    ]


def test_a_window_that_begins_at_midnight_has_its_new_grid_366_days_later():
    first, renewed = at("2025-06-01 00:00+02:00"), at("2026-06-02 00:00+02:00")
    hours = around_the_clock(BERLIN, valid_from=date(2025, 6, 1))

    slots = free_slots(
        hours, EVERY_FIVE_HOURS, start=first - DAY, end=renewed + 2 * DAY, now=first - DAY
    )

    assert [slot.start for slot in slots] == [
        *range(first, renewed, 5 * HOUR),
        *range(renewed, renewed + DAY, 5 * HOUR),
        *range(renewed + DAY, renewed + 2 * DAY, 5 * HOUR),
    ]
    assert renewed - first == LONGEST_GRID
    assert asked_for_one_by_one(hours, EVERY_FIVE_HOURS, slots[-20:]) == slots[-20:]


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        pytest.param(
            "Europe/Berlin",
            date(2025, 6, 15),
            ["15 00:00+02:00", "15 07:00+02:00", "15 14:00+02:00", "15 21:00+02:00"],
            id="an ordinary day",
        ),
        pytest.param(
            "Europe/Berlin",
            date(2025, 3, 30),
            ["30 00:00+01:00", "30 08:00+02:00", "30 15:00+02:00", "30 22:00+02:00"],
            id="a day of 23 hours",
        ),
        pytest.param(
            "Europe/Berlin",
            date(2025, 10, 26),
            ["26 00:00+02:00", "26 06:00+01:00", "26 13:00+01:00", "26 20:00+01:00"],
            id="a day of 25 hours",
        ),
        pytest.param(
            "Africa/Cairo",
            date(2025, 4, 25),
            ["25 01:00+03:00", "25 08:00+03:00", "25 15:00+03:00", "25 22:00+03:00"],
            id="a day without a midnight",
        ),
        pytest.param(
            "America/Havana",
            date(2025, 11, 2),
            ["02 00:00-04:00", "02 06:00-05:00", "02 13:00-05:00", "02 20:00-05:00"],
            id="a day with two midnights",
        ),
    ],
)
def test_who_never_closes_has_a_grid_for_each_day(zone, day, expected):
    zone, start, end = ZoneInfo(zone), at(f"{day} 12:00") - 2 * DAY, at(f"{day} 12:00") + 2 * DAY

    slots = free_slots(around_the_clock(zone), EVERY_SEVEN_HOURS, start=start, end=end, now=start)

    shown = starts(slots, zone)
    assert [start for start in shown if start.startswith(f"{day:%d}")] == expected


def test_the_midnight_slot_of_who_never_closes_is_offered_when_asked_for_alone():
    hours, midnight = around_the_clock(BERLIN), at("2025-06-16 00:00+02:00")

    slots = free_slots(hours, EVERY_SEVEN_HOURS, start=midnight, end=midnight + 1, now=midnight)
    refused = refusals(hours, EVERY_SEVEN_HOURS, start=midnight, now=midnight)

    assert (slots, refused) == ([Span(midnight, midnight + HOUR)], [])


@settings(some, max_examples=60)
@given(questions(days=3), st.integers(-370, -362) | st.integers(-370, -1))
def test_who_never_closes_has_the_slots_that_the_rules_give(question, opens_in):
    zone = question.hours.zone
    opening = local_date(zone, question.start) + timedelta(days=opens_in)
    hours = replace(question.hours, weekly=around_the_clock(zone, valid_from=opening).weekly)
    expected = oracle.free_slots(
        hours, question.terms, start=question.start, end=question.end, now=question.now
    )

    slots = replace(question, hours=hours).slots

    assert slots == expected


@settings(some, max_examples=60)
@given(questions())
def test_what_is_possible_is_what_is_free_where_nothing_is_closed_or_taken(question):
    bare = replace(question.hours, days_off=set(), blocked=[], occupied=[])
    terms = replace(question.terms, min_notice=0, max_advance=366 * DAY)

    possible = possible_slots(question.hours, terms, start=question.start, end=question.end)

    assert list(possible) == free_slots(
        bare, terms, start=question.start, end=question.end, now=question.start
    )


# Refusals, merging and terms.


@pytest.mark.parametrize(
    ("start", "rows", "expected"),
    [
        pytest.param("10:00", {}, [], id="a slot"),
        pytest.param(
            "08:30", {}, [Refusal.OUTSIDE_OPEN_HOURS, Refusal.TOO_SOON], id="partly before hours"
        ),
        pytest.param(
            "12:30", {}, [Refusal.OUTSIDE_OPEN_HOURS, Refusal.TOO_FAR], id="partly after hours"
        ),
        pytest.param("10:10", {}, [Refusal.OFF_GRID], id="off the grid"),
        pytest.param("10:00", {"days_off": {WEDNESDAY}}, [Refusal.DAY_OFF], id="a day off"),
        pytest.param(
            "10:00", {"blocked": [wednesday("10:59", "12:00")]}, [Refusal.BLOCKED], id="blocked"
        ),
        pytest.param(
            "10:00", {"blocked": [wednesday("11:00", "12:00")]}, [], id="not quite blocked"
        ),
        pytest.param(
            "10:00",
            {"blocked": [wednesday("10:30", "10:30")]},
            [],
            id="what has no length blocks nothing",
        ),
        pytest.param(
            "10:00",
            {"occupied": [wednesday("11:00", "12:00")]},
            [Refusal.TAKEN],
            id="the buffer taken",
        ),
        pytest.param(
            "10:00", {"occupied": [wednesday("11:15", "12:00")]}, [], id="not quite taken"
        ),
        pytest.param("09:00", {}, [Refusal.TOO_SOON], id="too soon"),
        pytest.param("11:00", {}, [Refusal.TOO_FAR], id="too far"),
        pytest.param(
            "08:10",
            {
                "days_off": {WEDNESDAY},
                "blocked": [wednesday("08:00", "09:00")],
                "occupied": [wednesday("09:00", "10:00")],
            },
            [
                Refusal.OUTSIDE_OPEN_HOURS,
                Refusal.DAY_OFF,
                Refusal.BLOCKED,
                Refusal.TAKEN,
                Refusal.TOO_SOON,
            ],
            id="every reason is named",
        ),
    ],
)
def test_a_start_is_refused_for_each_rule_it_breaks(start, rows, expected):
    hours = replace(NINE_TO_ONE, **rows)
    terms = Terms(
        duration=HOUR,
        step=30 * MINUTE,
        buffer_after=15 * MINUTE,
        min_notice=2 * HOUR,
        max_advance=2 * HOUR + 45 * MINUTE,
    )
    wanted, now = at(f"2025-01-15 {start}+01:00"), at("2025-01-15 08:00+01:00")

    assert refusals(hours, terms, start=wanted, now=now) == expected


@pytest.mark.parametrize(
    ("given_spans", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([Span(3, 4), Span(1, 2)], [Span(1, 2), Span(3, 4)], id="sorted"),
        pytest.param([Span(1, 2), Span(2, 3)], [Span(1, 3)], id="touching"),
        pytest.param([Span(1, 3), Span(2, 4)], [Span(1, 4)], id="overlapping"),
        pytest.param([Span(1, 9), Span(2, 3), Span(4, 5)], [Span(1, 9)], id="one within another"),
        pytest.param([Span(1, 2), Span(1, 2)], [Span(1, 2)], id="twice the same"),
        pytest.param([Span(1, 1), Span(5, 4)], [], id="empty and inverted"),
        pytest.param(
            [Span(1, 2), Span(2, 2), Span(3, 4)],
            [Span(1, 2), Span(3, 4)],
            id="empty joins nothing",
        ),
    ],
)
def test_merge_keeps_the_time_and_drops_the_seams(given_spans, expected):
    assert merge(given_spans) == expected


@given(st.lists(spans_of_seconds), st.lists(spans_of_seconds))
def test_without_leaves_every_second_that_is_not_taken(given_spans, taken):
    left = without(given_spans, taken)

    assert seconds(left) == seconds(given_spans) - seconds(taken)
    assert left == merge(left)


@pytest.mark.parametrize(
    ("duration", "step"),
    [pytest.param(0, HOUR, id="no duration"), pytest.param(HOUR, 0, id="no step")],
)
def test_a_duration_and_a_step_are_longer_than_nothing(duration, step):
    with pytest.raises(ValueError, match="longer than nothing"):
        Terms(duration=duration, step=step)
