"""Rows for the figures, made by PostgreSQL itself: a million in seconds.

The same on every run. Ids are UUIDv7 as the application makes them. One specialist, the subject, is
who is asked for; the others are there to be in the way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from psycopg import Connection

SUBJECT = "00000000-0000-7000-8000-000000000001"
SERVICE = "00000000-0000-7000-8000-000000000002"
SUBJECT_BOOKINGS, SUBJECT_DAYS_OFF = 60, 2

UUID7 = """
CREATE FUNCTION pg_temp.uuid7(kind text, n bigint, milliseconds bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(1767225600000 + milliseconds), 12, '0') || '7' || substr(h, 1, 3) || '8'
        || substr(h, 4, 15))::uuid
    FROM md5(kind || n) h
$$
"""
SPECIALISTS = """
INSERT INTO scheduling_specialist (
    id, name, specialization, bio, certifications, languages, location, email, phone, hourly_rate,
    currency, time_zone, default_duration_minutes, is_active, rating_sum, rating_count
)
SELECT pg_temp.uuid7('specialist', n, n::bigint * 2592000), 'Specialist ' || n, 'Physiotherapy',
    repeat('Has seen to backs for years. ', 10), '', '["en"]', 'Berlin', '', '', 60,
    'EUR', 'Europe/Berlin', 60, true, 0, 0
FROM generate_series(1, %(specialists)s) n
"""
HOURS = """
INSERT INTO scheduling_schedule (id, specialist_id, weekday, start_time, end_time, is_active)
SELECT gen_random_uuid(), s.id, weekday, '09:00', '17:00', true
FROM scheduling_specialist s, generate_series(0, %(last_weekday)s) weekday
"""
SERVICES = """
INSERT INTO scheduling_service (
    id, name, description, duration_minutes, buffer_before_minutes, buffer_after_minutes,
    slot_step_minutes, requires_confirmation, price, currency, is_active
) VALUES (%(service)s, 'An hour', '', 60, 0, 0, 30, false, 60, 'EUR', true)
"""
OFFERS = """
INSERT INTO scheduling_service_specialists (service_id, specialist_id)
SELECT %(service)s, id FROM scheduling_specialist
"""
BOOKINGS = """
INSERT INTO scheduling_booking (
    id, reference, specialist_id, service_id, client_name, client_email, client_phone,
    manage_token_hash, starts_at, ends_at, occupied_starts_at, occupied_ends_at, status, notes,
    cancellation_reason, price, currency, version
)
SELECT id, upper(lpad(to_hex(number), 8, '0')), specialist_id, %(service)s,
    'Kim ' || number %% 9999,
    'kim' || number %% 9999 || '@example.com', '+4930' || number %% 9999999, '',
    starts_at,
    starts_at + interval '1 hour', starts_at, starts_at + interval '1 hour', 'confirmed', '', '',
    60, 'EUR', 1
FROM ({rows}) AS rows (id, number, specialist_id, starts_at)
"""
# One a day, at another hour for each: most are past, as in every business that is not new.
OF_OTHERS = """
    SELECT pg_temp.uuid7('booking', n, n * 100), n, s.id,
        %(monday)s + (day - {past}) * interval '1 day' + (8 + (place + day) %% 8) * interval '1h'
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM scheduling_specialist
        WHERE id <> %(subject)s) s
    CROSS JOIN generate_series(0, {each} - 1) day
    CROSS JOIN LATERAL (SELECT %(first)s::bigint + (s.place - 1) * {each} + day AS n) numbered
"""
# Four hours of each working day's eight, others for each.
OF_WEEK = """
    SELECT pg_temp.uuid7('week', n, n), 3000000000 + n, s.id,
        (%(monday)s::date + day + (9 + (place + 2 * part + day) %% 8) * interval '1 hour')
            AT TIME ZONE 'Europe/Berlin'
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM scheduling_specialist
        WHERE id <> %(subject)s) s
    CROSS JOIN generate_series(0, 4) day CROSS JOIN generate_series(0, 3) part
    CROSS JOIN LATERAL (SELECT place * 20 + day * 4 + part AS n) numbered
"""
# Monday to Friday of 4 weeks, 3 a day; nobody books the days off.
OF_SUBJECT = """
    SELECT pg_temp.uuid7('own', n, n), 4000000000 + n, %(subject)s::uuid,
        (%(monday)s::date + day + at) AT TIME ZONE 'Europe/Berlin'
    FROM unnest(ARRAY[0,1,2,3,4, 7,8,9,10,11, 14,15,16,17,18, 21,22,23,24,25]) day
    CROSS JOIN unnest(ARRAY['9:00', '11:30', '15:00']::interval[]) at
    CROSS JOIN LATERAL (SELECT day * 24 + extract(hour FROM at)::int AS n) numbered
"""
OF_SUBJECTS_PAST = """
    SELECT pg_temp.uuid7('past', n, n), 4100000000 + n, %(subject)s::uuid,
        %(monday)s - (n + 1) * interval '61 minutes'
    FROM generate_series(1, {count}) n
"""
DAYS_OFF = """
INSERT INTO scheduling_dayoff (id, specialist_id, date, reason, is_active)
SELECT gen_random_uuid(), %(subject)s, %(monday)s::date + day, '', true
FROM unnest(ARRAY[28, 29]) day
"""
# What writing and searching need, each in the order in which it can be taken away.
NOT_FOR_SLOTS = """
SELECT format('ALTER TABLE scheduling_booking DROP CONSTRAINT %I', conname) FROM pg_constraint
WHERE conrelid = 'scheduling_booking'::regclass AND contype IN ('x', 'u', 'f', 'c')
UNION ALL
SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index
WHERE indrelid = 'scheduling_booking'::regclass AND indexrelid NOT IN (
    SELECT conindid FROM pg_constraint WHERE conindid <> 0)
"""
FOR_SLOTS = """
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indexrelid IN (
    'booking_occupied_time'::regclass, 'booking_specialist_start'::regclass)
"""


class Rows:
    """Writes rows through one connection, past the services; what guards tables is in force."""

    def __init__(self, connection: Connection[Any], monday: datetime) -> None:
        self.connection = connection
        self.known = {"subject": SUBJECT, "service": SERVICE, "monday": monday}
        connection.execute("SET synchronous_commit = off")
        connection.execute(UUID7)

    def people(self, specialists: int, *, last_weekday: int = 4) -> None:
        """Specialists who work from nine to five, the subject one of them, and one service."""
        self._run(SPECIALISTS, specialists=specialists)
        self._run("UPDATE scheduling_specialist SET id = %(subject)s WHERE name = 'Specialist 1'")
        self._run(HOURS, last_weekday=last_weekday)
        self._run(SERVICES)
        self._run(OFFERS)

    def subject(self) -> None:
        """What the subject has in the thirty days."""
        self._book(OF_SUBJECT)
        self._run(DAYS_OFF)

    def others(self, *, each: int, past: int, first: int = 1) -> None:
        """Bookings of all others, one a day: so many days, of which so many are past."""
        self._book(OF_OTHERS.format(each=each, past=past), first=first)

    def week_of_others(self) -> None:
        """Twenty bookings of each of the others in the five days from Monday on."""
        self._book(OF_WEEK)

    def past_of_subject(self, count: int) -> None:
        self._book(OF_SUBJECTS_PAST.format(count=count))

    @contextmanager
    def few_indexes(self) -> Iterator[None]:
        """What is written meanwhile has no guards, and afterwards the indexes that slots are read
        by: building all of them takes far longer than what there is to measure."""
        indexes = self.connection.execute(FOR_SLOTS).fetchall()
        for (statement,) in self.connection.execute(NOT_FOR_SLOTS).fetchall():
            self.connection.execute(statement)
        yield
        for (statement,) in indexes:
            self.connection.execute(statement)

    def settle(self) -> None:
        """As autovacuum leaves tables that have been there for a while."""
        self.connection.execute("VACUUM (ANALYZE)")

    def _book(self, rows: str, **more: Any) -> None:
        self._run(BOOKINGS.format(rows=rows), **more)

    def _run(self, statement: str, **more: Any) -> None:
        self.connection.execute(statement, {**self.known, **more})
