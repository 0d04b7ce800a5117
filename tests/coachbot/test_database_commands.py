"""What operators do to a database, on one that is new: made, checked, taken back, made again."""

import json
import os
import pty
import subprocess
import sys
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from scheduling.models import Specialist
from tests.factories import SpecialistFactory
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


def start(new, *arguments, program="manage.py", stdin=subprocess.DEVNULL, **variables):
    return subprocess.Popen(
        [sys.executable, program, *arguments],
        cwd=PROJECT,
        env={**new, **variables},
        stdin=stdin,
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
RIGHTS_OF_CHATS = """
from django.contrib.auth.models import Group
print(sorted({each.name for each in Group.objects.filter(permissions__codename="view_chat")}))
"""
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
    run(new, "rollback", "--to", "chat", "0002_staff_rights")
    unchecked = run(new, "check_db", "--json")
    not_empty = run(new, "--fallback", program=BROKEN)
    rights = run(new, "shell", "-v0", "-c", RIGHTS_OF_CHATS)
    undone = run_at_a_terminal(new, "yes", "rollback", "--all")

    assert rights == (0, "['Auditors', 'Managers']\n")
    assert (undone[0], "Type `yes` to go on: Undone: " in undone[1]) == (0, True)
    assert (failed[0], "THE MIGRATIONS FAILED: DatabaseError('a mistake')" in failed[1]) == (
        0,
        True,
    )
    assert (checked[0], json.loads(checked[1])["ok"]) == (0, True)
    assert (refused[0], "  accounts_user: 1 row\n" in refused[1]) == (1, True)
    assert refused[1].endswith("This drops data. Say --drop-data if that is meant.\n")
    problems = ["pending migration: chat 0003_telegram"]
    assert (unchecked[0], json.loads(unchecked[1])["problems"]) == (1, problems)
    assert (not_empty[0], not_empty[1].strip()) == (1, "refused: a mistake")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a file knows no roles")
def test_who_does_not_own_the_database_is_told_so_in_words(new):
    with psycopg.connect(new["DATABASE_URL"], autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {NEW} LOGIN PASSWORD 'x'")
        owner.execute(f"GRANT CREATE ON SCHEMA public TO {NEW}")
        url = new["DATABASE_URL"].partition("@")[2]
        try:
            code, said = run(new, "init_db", DATABASE_URL=f"postgres://{NEW}:x@{url}")
        finally:
            owner.execute(f"DROP OWNED BY {NEW}")
            owner.execute(f"DROP ROLE {NEW}")

    assert (code, len(said.splitlines())) == (1, 1)
    assert said.startswith('CommandError: permission denied to create extension "btree_gist"')
    assert "The database's user must own the database" in said


def run_at_a_terminal(new, typed, *arguments):
    """The exit code and all that a terminal shows where `typed` is what the keys say."""
    keys, terminal = pty.openpty()
    os.write(keys, f"{typed}\n".encode())
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=new,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    os.close(terminal)
    said, _ = process.communicate()
    os.close(keys)
    return process.returncode, said


class Terminal(StringIO):
    """What somebody types."""

    def isatty(self):
        return True


class Interrupted(Terminal):
    """Somebody presses Ctrl-C."""

    def readline(self, *args):
        raise KeyboardInterrupt


@pytest.mark.parametrize("keys", [Terminal("no\n"), Terminal(""), Interrupted()])
def test_data_stays_unless_somebody_says_yes(monkeypatch, keys):
    specialist = SpecialistFactory()
    monkeypatch.setattr(sys, "stdin", keys)
    said = StringIO()

    with pytest.raises(CommandError, match=r"^Nothing was changed\.$"):
        call_command("rollback", "--to", "scheduling", "0001", stdout=said)

    assert "Drops:\n  scheduling_specialist: 1 row\n" in said.getvalue()
    assert "Code, whose rows are not counted: " in said.getvalue()
    assert "coachbot.0004_staff_groups" in said.getvalue()
    assert list(Specialist.objects.all()) == [specialist]


def test_a_command_that_is_ended_leaves_no_copy_of_the_data_behind(tmp_path):
    SpecialistFactory()
    work = tmp_path / "work"
    work.mkdir()
    here = environment_here(TMPDIR=str(work), BACKUP_URL=str(tmp_path / "backups"))
    run(here, "backup")
    restoring = start(here, "restore", "latest", stdin=subprocess.PIPE)
    while "All of it will be replaced" not in restoring.stdout.readline():
        assert restoring.poll() is None
    copies = [folder.name.rpartition("-")[0] for folder in work.iterdir()]
    restoring.terminate()
    restoring.communicate()

    assert copies == ["coachbot-restore"]
    assert (restoring.returncode > 0, list(work.iterdir())) == (True, [])


@pytest.mark.parametrize("command", ["db_current", "db_history", "rollback", "check_data"])
def test_a_database_that_is_away_is_told_of_in_one_line(command):
    code, said = run(environment_here(DATABASE_URL="postgres://u:hidden@127.0.0.1:1/x"), command)

    assert (code, len(said.splitlines()), "hidden" in said) == (1, 1, False)
    assert "Connection refused" in said


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
