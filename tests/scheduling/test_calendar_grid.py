from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from scheduling.admin.calendar_grid import (
    Axis,
    Mark,
    clock_change,
    gaps,
    hours_around,
    lanes,
    pixels_per_minute,
    week_of,
)
from scheduling.slots import Span

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
BEIRUT = ZoneInfo("Asia/Beirut")
SPRING, AUTUMN, PLAIN = date(2027, 3, 28), date(2026, 10, 25), date(2026, 12, 7)
DAY = 24 * 60


def at(day, hour, minute=0):
    """Seconds of an instant, in UTC."""
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("zone", "day", "change"),
    [
        pytest.param(BERLIN, PLAIN, (0, 0), id="none"),
        pytest.param(BERLIN, SPRING, (120, 180), id="spring"),
        pytest.param(BERLIN, AUTUMN, (180, 120), id="autumn"),
        pytest.param(LORD_HOWE, date(2026, 10, 4), (120, 150), id="half an hour"),
        pytest.param(BEIRUT, date(2026, 3, 29), (0, 0), id="at midnight: the day begins after it"),
    ],
)
def test_a_clock_is_put_from_one_minute_of_its_day_to_another(zone, day, change):
    assert clock_change(zone, day) == change


def test_on_a_plain_day_a_place_is_the_minute_of_the_day():
    axis = Axis.of(BERLIN, [PLAIN])

    places = [axis.place(PLAIN, at(PLAIN, hour, 15)) for hour in (0, 9, 22, 23)]

    assert (places, axis.length) == ([75, 615, 1395, DAY], DAY)


def test_what_the_clock_shows_twice_is_on_the_page_twice():
    axis = Axis.of(BERLIN, [AUTUMN])

    places = [axis.place(AUTUMN, at(AUTUMN, hour, 30)) for hour in (0, 1, 2)]

    assert (places, axis.length) == ([150, 210, 270], 25 * 60)
    assert axis.marks()[1:5] == [
        Mark(60, "01:00"),
        Mark(120, "02:00"),
        Mark(180, "02:00 again"),
        Mark(240, "03:00"),
    ]


def test_an_hour_that_does_not_exist_is_missing():
    axis = Axis.of(BERLIN, [SPRING])

    assert axis.missing(SPRING) == [Span(120, 180)]
    assert axis.stretch(SPRING, Span(at(SPRING, 0, 30), at(SPRING, 1, 30))) == Span(90, 210)


def test_a_day_that_begins_after_midnight_misses_what_is_before():
    axis = Axis.of(BEIRUT, [date(2026, 3, 29)])

    assert axis.missing(date(2026, 3, 29)) == [Span(0, 60)]


def test_beside_a_day_of_25_hours_the_others_keep_their_height_and_miss_the_second_hour():
    week = week_of(AUTUMN)
    axis = Axis.of(BERLIN, week)

    nine = [axis.place(day, at(day, 8 if day == AUTUMN else 7)) for day in week]

    assert nine == [600] * 7
    assert [axis.missing(day) for day in week] == [[Span(180, 240)]] * 6 + [[]]


def test_what_reaches_over_midnight_is_cut_at_the_ends_of_the_day():
    axis = Axis.of(BERLIN, [PLAIN])
    night = Span(at(date(2026, 12, 6), 22), at(PLAIN, 1))

    assert axis.stretch(PLAIN, night) == Span(0, 120)
    assert axis.stretch(date(2026, 12, 6), night) == Span(1380, DAY)
    assert axis.stretch(date(2026, 12, 8), night) is None


def test_what_lasts_seconds_is_a_minute_tall():
    axis = Axis.of(BERLIN, [PLAIN])

    assert axis.stretch(PLAIN, Span(at(PLAIN, 8), at(PLAIN, 8) + 1)) == Span(540, 541)


@pytest.mark.parametrize(
    ("spans", "found"),
    [
        pytest.param([], [Span(10, 20)], id="nothing"),
        pytest.param([Span(12, 14), Span(13, 15)], [Span(10, 12), Span(15, 20)], id="the middle"),
        pytest.param([Span(0, 12), Span(18, 30)], [Span(12, 18)], id="beyond both ends"),
        pytest.param([Span(0, 30)], [], id="everything"),
        pytest.param([Span(25, 30)], [Span(10, 20)], id="elsewhere"),
    ],
)
def test_gaps_are_what_nothing_covers(spans, found):
    assert gaps(spans, Span(10, 20)) == found


@pytest.mark.parametrize(
    ("spans", "found"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([Span(0, 5), Span(5, 9)], [(0, 1), (0, 1)], id="touching is no overlap"),
        pytest.param([Span(0, 5), Span(0, 5)], [(0, 2), (1, 2)], id="the same time"),
        pytest.param(
            [Span(0, 9), Span(1, 3), Span(4, 6), Span(9, 12)],
            [(0, 2), (1, 2), (1, 2), (0, 1)],
            id="a lane is used again",
        ),
    ],
)
def test_what_overlaps_shares_the_width(spans, found):
    assert lanes(spans) == found


def test_whole_hours_are_shown_around_what_there_is():
    assert hours_around([Span(545, 600), Span(700, 721)], DAY) == Span(540, 780)
    assert hours_around([], DAY) == Span(480, 1080)


@pytest.mark.parametrize(
    ("lengths", "scale"), [([60], 1.1), ([60, 15], 1.6), ([5], 2.4), ([], 1.1)]
)
def test_a_minute_is_tall_enough_for_the_shortest(lengths, scale):
    assert pixels_per_minute(lengths) == scale
