"""What operators do to a database, on one that is new: made, checked, taken back, made again."""

import json
import os
import subprocess
import sys

import psycopg
import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests.processes import PROJECT, environment_here

pytestmark = pytest.mark.django_db(transaction=True)

NEW = f"coachbot_new_{os.getpid()}"


@pytest.fixture
def new(tmp_path):
    """The environment of programs that work on an empty database."""
    if connection.vendor == "sqlite":
        yield environment_here(DATABASE_URL=f"sqlite:///{tmp_path}/new.db")
        return
    here = environment_here()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {NEW}")
        cursor.execute(f"CREATE DATABASE {NEW}")
    yield {**here, "DATABASE_URL": f"{here['DATABASE_URL'].rpartition('/')[0]}/{NEW}"}
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {NEW} WITH (FORCE)")


def start(new, *arguments, program="manage.py", **variables):
    return subprocess.Popen(
        [sys.executable, program, *arguments],
        cwd=PROJECT,
        env={**new, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(new, *arguments, **options):
    """The exit code and all that was said."""
    process = start(new, *arguments, **options)
    said, _ = process.communicate()
    return process.returncode, said


SCHEDULING = sorted(
    name for app, name in MigrationLoader(None).disk_migrations if app == "scheduling"
)
BROKEN = "tests/coachbot/broken_migration.py"
SUPERUSER = {
    "DJANGO_SUPERUSER_USERNAME": "kim",
    "DJANGO_SUPERUSER_EMAIL": "kim@example.com",
    "DJANGO_SUPERUSER_PASSWORD": "long-and-hard-to-guess",
}


def test_an_empty_database_is_made_from_the_models_where_migrations_fail(new):
    failed = run(new, "--fallback", program=BROKEN)
    checked = run(new, "check_db", "--json")
    run(new, "createsuperuser", "--noinput", **SUPERUSER)
    refused = run(new, "rollback", "--all", "--noinput")
    run(new, "rollback", "--to", "scheduling", SCHEDULING[-2])
    unchecked = run(new, "check_db", "--json")
    not_empty = run(new, "--fallback", program=BROKEN)

    assert (failed[0], "THE MIGRATIONS FAILED: DatabaseError('a mistake')" in failed[1]) == (
        0,
        True,
    )
    assert (checked[0], json.loads(checked[1])["ok"]) == (0, True)
    assert (refused[0], "  accounts_user: 1 row\n" in refused[1]) == (1, True)
    assert refused[1].endswith("This drops data. Say --drop-data if that is meant.\n")
    problems = [f"pending migration: scheduling {SCHEDULING[-1]}"]
    assert (unchecked[0], json.loads(unchecked[1])["problems"]) == (1, problems)
    assert (not_empty[0], not_empty[1].strip()) == (1, "refused: a mistake")


def test_migrations_are_undone_and_a_table_in_use_is_waited_for(new):
    later = [name for name in SCHEDULING if name > "0005"]

    made = run(new, "init_db")
    last = run(new, "rollback", "--dry-run")
    planned = run(new, "rollback", "--to", "scheduling", "0004", "--dry-run")
    undone = run(new, "rollback", "--to", "scheduling", "0004")
    current = run(new, "db_current")
    again = made_again_while_in_use(new)
    history = run(new, "db_history")

    plan = [line for line in planned[1].splitlines() if line.startswith("  scheduling")]
    assert (made[0], last[0], undone[0]) == (0, 0, 0)
    assert last[1].startswith("Undoes, in this order:\n  ")
    # Other apps' migrations that need these go with them.
    assert plan == [f"  scheduling {name}" for name in reversed(later)]
    assert planned[1].endswith("Drops no data.\n")
    assert f"scheduling 0004_wider_prices, {len(later)} pending\n" in current[1]
    assert again[-1].endswith(" migrations applied.\n")
    assert f"  scheduling {SCHEDULING[-1]}\n" in history[1]
    assert "pending" not in history[1]


def made_again_while_in_use(new):
    """The lines of `init_db`. On PostgreSQL somebody holds a table until it says that it waits."""
    process = start(new, "init_db")
    if connection.vendor == "sqlite":
        return process.communicate()[0].splitlines(keepends=True)
    with psycopg.connect(new["DATABASE_URL"]) as somebody:
        somebody.execute("LOCK TABLE scheduling_booking")
        first = process.stdout.readline()
        somebody.rollback()
    assert first == "A table is in use. Trying again (2 of 8) ...\n"
    return process.communicate()[0].splitlines(keepends=True)
