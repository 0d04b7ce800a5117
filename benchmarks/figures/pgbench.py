"""What the database alone would do: pgbench, in the same schema."""

import re
import subprocess
import tempfile
from pathlib import Path

from benchmarks.figures.databases import connected
from benchmarks.figures.rows import SERVICE
from benchmarks.server import address
from tests.postgres import newest_programs

TABLES = """
CREATE SEQUENCE bench_number;
CREATE TABLE bench_people AS
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM scheduling_specialist;
ALTER TABLE bench_people ADD PRIMARY KEY (place);
"""
NUMBER = """
SELECT n, id AS person, timestamptz '2040-01-02 08:00Z' + n / 1000 * interval '1 hour' AS at
FROM (SELECT nextval('bench_number') AS n) numbers JOIN bench_people ON place = n % 1000 \\gset
"""
INSERT = f"""
INSERT INTO scheduling_booking (
    id, reference, specialist_id, service_id, client_name, client_email, client_phone,
    manage_token_hash, starts_at, ends_at, occupied_starts_at, occupied_ends_at, status, notes,
    cancellation_reason, price, currency, version
) VALUES (
    gen_random_uuid(), upper(lpad(to_hex(2000000000 + :n), 8, '0')), :person, '{SERVICE}', 'Kim',
    'kim@example.com', '', '', :at, :at::timestamptz + interval '1 hour', :at,
    :at::timestamptz + interval '1 hour', 'confirmed', '', '', 60, 'EUR', 1
);
"""  # noqa: S608 -- our own words
LOCK_CHECK_INSERT = f"""
BEGIN;
SELECT id FROM scheduling_specialist WHERE id = :person FOR NO KEY UPDATE;
SELECT count(*) FROM scheduling_booking
WHERE specialist_id = :person AND NOT (status = 'cancelled')
    AND occupied_ends_at > :at AND occupied_starts_at < :at::timestamptz + interval '1 hour';
{INSERT}
COMMIT;
"""  # noqa: S608 -- our own words
# A look-up of whom and when comes first in both.
SCRIPTS = {"insert": NUMBER + INSERT, "lock_check_insert": NUMBER + LOCK_CHECK_INSERT}


def prepare(url: str) -> None:
    with connected(url) as connection:
        connection.execute(TABLES)


def without_guard(url: str) -> None:
    with connected(url) as connection:
        connection.execute("ALTER TABLE scheduling_booking DROP CONSTRAINT booking_no_overlap")


def per_second(url: str, script: str, *, clients: int, seconds: float) -> float:
    """Transactions per second of so many clients."""
    place = {name: str(value) for name, value in address(url).items() if value}
    known = {"host": "--host", "port": "--port", "user": "--username"}
    where = [word for name, flag in known.items() if name in place for word in (flag, place[name])]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(SCRIPTS[script])
        file.flush()
        done = subprocess.run(  # noqa: S603 -- PostgreSQL's own program
            [
                *(_program(), "--no-vacuum", "--protocol=prepared", "--file", file.name),
                *("--client", str(clients), "--jobs", str(min(clients, 2))),
                *("--time", str(max(1, round(seconds))), *where),
                place["dbname"],
            ],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if not found:
        raise RuntimeError(f"pgbench said: {done.stdout}")
    return float(found.group(1))


def _program() -> Path:
    return newest_programs() / "pgbench"
