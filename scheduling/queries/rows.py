"""Rows about time, read as the whole seconds that the engine counts in: all in one statement.

Models would do, but for their price: four statements instead of one, and an object for each
instant, are most of what an answer about free time costs. See docs/performance.md.
"""

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper

from scheduling import slots
from scheduling.models import Booking
from scheduling.queries.seconds import instant
from scheduling.slots import Span

# What a row tells. All weekly windows of a specialist are one row, in `words` that `hours.py`
# reads: many have the same. Of a day off `start` is the day, counted from 1970.
WEEKLY, DAY_OFF, OPENED, BLOCKED, OCCUPIED, OFFERED = range(6)


class Row(NamedTuple):
    """`place` is that of the specialist among those who were asked for."""

    place: int
    kind: int
    start: int
    end: int
    words: str | None


_PEOPLE = "WITH people (id, place) AS {people}"
# What opens and closes. A blocked window bears on itself alone, an open one on the grid of what it
# touches, far later.
_OPEN_HOURS = f"""
    SELECT place, {WEEKLY}, 0, 0, {{joined}}(
        weekday || ' ' || {{ceil_clock:start_time}} || ' '
        || CASE WHEN end_time = '00:00:00' THEN 86400 ELSE {{floor_clock:end_time}} END
        || ' ' || COALESCE(CAST(valid_from AS text), '-')
        || ' ' || COALESCE(CAST(valid_until AS text), '-'), ','
    )
    FROM people CROSS JOIN scheduling_schedule WHERE specialist_id = people.id AND is_active
    GROUP BY place
    UNION ALL
    SELECT place, {DAY_OFF}, {{day:date}}, 0, NULL
    FROM people CROSS JOIN scheduling_dayoff
    WHERE specialist_id = people.id AND is_active AND date BETWEEN %(first_day)s AND %(last_day)s
    UNION ALL
    SELECT place, CASE WHEN is_available THEN {OPENED} ELSE {BLOCKED} END,
        CASE WHEN is_available THEN {{ceil:starts_at}} ELSE {{floor:starts_at}} END,
        CASE WHEN is_available THEN {{floor:ends_at}} ELSE {{ceil:ends_at}} END, NULL
    FROM people CROSS JOIN scheduling_availability
    WHERE specialist_id = people.id AND (is_available OR ends_at > %(start)s)
        AND ends_at > %(long_before)s AND starts_at < %(end)s
"""  # noqa: S608 -- our own words
# The condition is that of the index booking_occupied_time, which has all that is asked for. Nothing
# ends at infinity: told so, PostgreSQL expects few rows of any range, and keeps its plan also for
# those who have a long past.
_TAKEN = f"""
    SELECT place, {OCCUPIED}, {{floor:occupied_starts_at}}, {{ceil:occupied_ends_at}}, NULL
    FROM people CROSS JOIN scheduling_booking
    WHERE specialist_id = people.id AND NOT (status = 'cancelled')
        AND occupied_ends_at > %(start)s AND occupied_ends_at < 'infinity'
        AND occupied_starts_at < %(end)s
    {{but:scheduling_booking}}
    UNION ALL
    SELECT place, {OCCUPIED}, {{floor:occupied_starts_at}}, {{ceil:occupied_ends_at}}, NULL
    FROM people CROSS JOIN scheduling_hold
    WHERE specialist_id = people.id AND released_at IS NULL AND expires_at > %(now)s
        AND occupied_ends_at > %(start)s AND occupied_starts_at < %(end)s
    {{but:scheduling_hold}}
"""  # noqa: S608 -- our own words
# Whether they offer a service: a row if so.
_OFFERED = f"""
    SELECT place, {OFFERED}, 0, 0, NULL
    FROM people CROSS JOIN scheduling_service_specialists
    WHERE specialist_id = people.id AND service_id = %(service)s
"""  # noqa: S608 -- our own words
_OFFERS = """
    SELECT 1 FROM scheduling_service_specialists
    WHERE service_id = %(service)s AND specialist_id = %(specialist)s
"""
_COMING = """
    SELECT COUNT(*) FROM (
        SELECT 1 FROM scheduling_booking
        WHERE client_id = %(client)s AND status IN ('pending', 'confirmed') AND starts_at > %(now)s
        LIMIT %(most)s
    ) AS coming
"""


class _Word(str):
    """What an engine calls a thing: `{floor:starts_at}` is its word with the column in it."""

    def __format__(self, column: str) -> str:
        return self.format(column)


# SQLite keeps text, and would round what is less than a millisecond.
_WORDS = {
    "postgresql": {
        "people": _Word(
            "(SELECT id, place - 1 FROM UNNEST(%(keys)s::uuid[]) WITH ORDINALITY AS k (id, place))"
        ),
        "person": _Word("NOT MATERIALIZED (SELECT %(keys)s::uuid, 0)"),
        "floor": _Word("FLOOR(EXTRACT(EPOCH FROM {}))::bigint"),
        "ceil": _Word("CEIL(EXTRACT(EPOCH FROM {}))::bigint"),
        "floor_clock": _Word("FLOOR(EXTRACT(EPOCH FROM {}))::bigint"),
        "ceil_clock": _Word("CEIL(EXTRACT(EPOCH FROM {}))::bigint"),
        "day": _Word("{} - DATE '1970-01-01'"),
        "joined": _Word("STRING_AGG"),
        "but": _Word("AND {}.id <> ALL(%(aside)s::uuid[])"),
    },
    "sqlite": {
        "people": _Word("(SELECT value, key FROM json_each(%(keys)s))"),
        "person": _Word("(SELECT %(keys)s, 0)"),
        "floor": _Word("CAST(STRFTIME('%%s', SUBSTR({0}, 1, 19)) AS integer)"),
        "ceil": _Word("(STRFTIME('%%s', SUBSTR({0}, 1, 19)) + (SUBSTR({0}, 20) > '.000000'))"),
        "floor_clock": _Word(
            "CAST(STRFTIME('%%s', '1970-01-01 ' || SUBSTR({0}, 1, 8)) AS integer)"
        ),
        "ceil_clock": _Word(
            "(STRFTIME('%%s', '1970-01-01 ' || SUBSTR({0}, 1, 8)) + (SUBSTR({0}, 9) > '.000000'))"
        ),
        "day": _Word("STRFTIME('%%s', {}) / 86400"),
        "joined": _Word("GROUP_CONCAT"),
        "but": _Word("AND {}.id NOT IN (SELECT value FROM json_each(%(aside)s))"),
    },
}


def open_hours(keys: Collection[UUID], reach: Span) -> list[Row]:
    """When these specialists work: what bears on `reach`."""
    return _read(_OPEN_HOURS, keys, reach)


def taken(keys: Collection[UUID], reach: Span, now: datetime) -> list[Row]:
    """What of their time is booked, and what is held at `now` for those who wait."""
    return _read(_TAKEN, keys, reach, now)


def hours_and_taken(
    keys: Collection[UUID],
    reach: Span,
    now: datetime,
    *,
    aside: Collection[UUID] = (),
    service: UUID | None = None,
) -> list[Row]:
    """Both at once, and who of them offers `service`. The bookings and holds `aside` take
    nothing."""
    both = f"{_OPEN_HOURS} UNION ALL {_TAKEN}"
    if service is None:
        return _read(both, keys, reach, now, aside)
    return _read(f"{both} UNION ALL {_OFFERED}", keys, reach, now, aside, service)


def is_offered(service: UUID, specialist: UUID) -> bool:
    """Whether that specialist offers that service, whatever else keeps people from booking it."""
    connection = connections[router.db_for_read(Booking)]
    keys = {"service": service, "specialist": specialist}
    with connection.cursor() as cursor:
        cursor.execute(_OFFERS, {name: _key(connection, key) for name, key in keys.items()})
        return cursor.fetchone() is not None


def coming_of(client: UUID, now: datetime, *, most: int) -> int:
    """How many bookings a client has before them; `most` for any more."""
    connection = connections[router.db_for_write(Booking)]
    adapted = connection.ops.adapt_datetimefield_value(now)
    parameters = {"client": _key(connection, client), "now": adapted, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(_COMING, parameters)
        number: int = cursor.fetchone()[0]
    return number


def _read(
    statement: str,
    keys: Collection[UUID],
    reach: Span,
    now: datetime | None = None,
    aside: Collection[UUID] = (),
    service: UUID | None = None,
) -> list[Row]:
    connection = connections[router.db_for_read(Booking)]
    start, end = instant(reach.start), instant(reach.end)
    margin = timedelta(days=1)
    adapted = connection.ops.adapt_datetimefield_value
    parameters: dict[str, Any] = {
        "keys": _key(connection, *keys) if len(keys) == 1 else _list(connection, keys),
        "start": adapted(start),
        "end": adapted(end),
        "long_before": adapted(instant(reach.start - slots.LOOK_BACK)),
        "first_day": (start - margin).date().isoformat(),
        "last_day": (end + margin).date().isoformat(),
    }
    if now is not None:
        parameters["now"] = adapted(now)
    if service is not None:
        parameters["service"] = _key(connection, service)
    if aside:
        parameters["aside"] = _list(connection, aside)
    with connection.cursor() as cursor:
        cursor.execute(
            _in_words_of(
                connection.vendor, _PEOPLE + statement, alone=len(keys) == 1, but=bool(aside)
            ),
            parameters,
        )
        found: list[Row] = cursor.fetchall()
    return found


def _key(connection: BaseDatabaseWrapper, key: UUID) -> UUID | str:
    return key if connection.vendor == "postgresql" else key.hex


def _list(connection: BaseDatabaseWrapper, keys: Collection[UUID]) -> str:
    """As text, which is read sooner than a thousand values are written one by one."""
    if connection.vendor == "postgresql":
        return f"{{{','.join([key.hex for key in keys])}}}"
    return json.dumps([key.hex for key in keys])


@cache
def _in_words_of(vendor: str, statement: str, *, alone: bool, but: bool) -> str:
    """What is set aside is asked for only where there is any: an index has no ids to tell. Of one
    person alone, the plan is the same for everybody: the server keeps it."""
    words = _WORDS[vendor]
    people, aside = words["person" if alone else "people"], words["but"] if but else _Word()
    return statement.format_map({**words, "people": people, "but": aside})
