"""The rules about two rows that SQLite holds by triggers, in the words of its SQL.

PostgreSQL holds the same by the exclusion constraints on the models, of the same names. Instants
and times are compared as text, so only Django's own spelling of them is let in.
"""

from coachbot.db.guards import Guard

CONSTRAINTS = ("booking_no_overlap", "hold_no_overlap", "schedule_no_overlap")

_INSTANT = "[0-9]" * 4 + "-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
_TIME = "[0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
_DAY = "[0-9]" * 4 + "-[0-9][0-9]-[0-9][0-9]"


def _misspelt(column: str, pattern: str) -> str:
    """Whether NEW's `column` is neither `pattern` nor `pattern` with six decimals, or no time."""
    return (
        f"(NEW.{column} NOT GLOB '{pattern}' AND NEW.{column} NOT GLOB '{pattern}.{'[0-9]' * 6}')"
        f" OR julianday(NEW.{column}) IS NULL"
    )


# The tables' own words, so that the partial indexes on the same conditions serve the look-ups.
_BOOKING_OCCUPIES = "NOT ({row}status = 'cancelled')"
_HOLD_OCCUPIES = "{row}released_at IS NULL"
_SPAN = ("starts_at", "ends_at", "occupied_starts_at", "occupied_ends_at")


def _no_overlap(table: str, constraint: str, occupies: str) -> str:
    """What keeps the occupied times of one specialist's rows apart; `{event}` is left open."""
    what = table.partition("_")[2]
    return f"""
BEFORE {{event}} ON {table} WHEN {occupies.format(row="NEW.")}
BEGIN
  SELECT RAISE(ABORT, '{what}_instant_spelling') WHERE
    {" OR ".join(_misspelt(column, _INSTANT) for column in _SPAN)};
  SELECT RAISE(ABORT, '{constraint}') WHERE EXISTS (
    SELECT 1 FROM {table} other
    WHERE other.specialist_id = NEW.specialist_id
      AND {occupies.format(row="other.")}
      AND other.id <> NEW.id
      AND other.occupied_ends_at > NEW.occupied_starts_at
      AND other.occupied_starts_at < NEW.occupied_ends_at);
END"""


def _overlapping(table: str, occupies: str) -> str:
    return f"""
SELECT id FROM (
  SELECT id, occupied_starts_at, MAX(occupied_ends_at) OVER (
    PARTITION BY specialist_id ORDER BY occupied_starts_at, id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_until
  FROM {table} WHERE {occupies.format(row="")}) AS spans
WHERE occupied_starts_at < busy_until"""


_END = "CASE {row}.end_time WHEN '00:00:00' THEN '24:00:00' ELSE {row}.end_time END"
_SAME_TIME = f"""
      {{one}}.specialist_id = {{two}}.specialist_id
      AND {{one}}.weekday = {{two}}.weekday
      AND {{one}}.is_active AND {{two}}.is_active
      AND {{one}}.id <> {{two}}.id
      AND {{one}}.start_time < {_END.format(row="{two}")}
      AND {{two}}.start_time < {_END.format(row="{one}")}
      AND COALESCE({{one}}.valid_from, '0001-01-01') <= COALESCE({{two}}.valid_until, '9999-12-31')
      AND COALESCE({{two}}.valid_from, '0001-01-01') <= COALESCE({{one}}.valid_until, '9999-12-31')
"""

_SCHEDULE_BODY = f"""
BEFORE {{event}} ON scheduling_schedule WHEN NEW.is_active
BEGIN
  SELECT RAISE(ABORT, 'schedule_time_spelling') WHERE
    {_misspelt("start_time", _TIME)} OR {_misspelt("end_time", _TIME)}
    OR NEW.valid_from NOT GLOB '{_DAY}' OR NEW.valid_until NOT GLOB '{_DAY}';
  SELECT RAISE(ABORT, 'schedule_no_overlap') WHERE EXISTS (
    SELECT 1 FROM scheduling_schedule other
    WHERE {_SAME_TIME.format(one="other", two="NEW")});
END"""

_SCHEDULE_SEARCH = f"""
SELECT one.id FROM scheduling_schedule one JOIN scheduling_schedule two
ON {_SAME_TIME.format(one="one", two="two")}"""


def _on_insert_and_update(name: str, table: str, body: str, search: str) -> tuple[Guard, ...]:
    return tuple(
        Guard(f"{name}_{event.lower()}", table, body.format(event=event), search)
        for event in ("INSERT", "UPDATE")
    )


GUARDS = (
    *_on_insert_and_update(
        "booking_no_overlap",
        "scheduling_booking",
        _no_overlap("scheduling_booking", "booking_no_overlap", _BOOKING_OCCUPIES),
        _overlapping("scheduling_booking", _BOOKING_OCCUPIES),
    ),
    *_on_insert_and_update(
        "hold_no_overlap",
        "scheduling_hold",
        _no_overlap("scheduling_hold", "hold_no_overlap", _HOLD_OCCUPIES),
        _overlapping("scheduling_hold", _HOLD_OCCUPIES),
    ),
    *_on_insert_and_update(
        "schedule_no_overlap", "scheduling_schedule", _SCHEDULE_BODY, _SCHEDULE_SEARCH
    ),
)
