"""Backups are made, proven, kept and brought back, on whichever engine the tests run."""

import re
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import count
from threading import Event, Thread

import pyrage
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from environ import Env

from audit.models import AdminLog
from audit.verification import verify, verify_head
from coachbot.backups import archive, census, work
from coachbot.backups.archive import Key, Manifest, Table
from coachbot.backups.errors import BackupFailed
from coachbot.backups.places import name_of
from coachbot.backups.retention import Keep, kept
from coachbot.backups.scratch import connected
from coachbot.db.options import verifying
from coachbot.management.backups import failures_in_words
from scheduling.errors import SlotTaken
from scheduling.models import Booking, BookingEvent
from scheduling.queries import Wish
from scheduling.services import Contact, book_outside_hours
from tests import bucket
from tests.factories import SpecialistFactory, StaffFactory
from tests.processes import database_url

MONDAY = datetime(2026, 12, 7, 8, tzinfo=UTC)
GUEST = Contact("Guest", "guest@example.com")
SECRET = str(pyrage.x25519.Identity.generate())


@pytest.fixture(autouse=True)
def at_home(settings, tmp_path):
    settings.BACKUP_URL = str(tmp_path / "backups")
    settings.BACKUP_KEY = [SECRET]


def call(name, *arguments, **options):
    output = StringIO()
    call_command(name, *arguments, stdout=output, **options)
    return output.getvalue()


def book_as_staff(specialist, starts_at=MONDAY):
    """With an event and an entry in the log."""
    return book_outside_hours(
        wish=Wish(specialist),
        starts_at=starts_at,
        client=None,
        contact=GUEST,
        actor=StaffFactory(),
        reason="By phone",
        now=timezone.now(),
    ).booking


def pack(folder, *, sha256=None, **changes):
    """A backup of no database, as a file."""
    database, target = folder / "text", folder / "packed.tar.gz"
    database.write_bytes(b"rows " * 100_000)
    manifest = Manifest(
        made_at="2026-12-01T08:00:00+00:00",
        engine=connection.vendor,
        server="1",
        django="5",
        migrations=[],
        tables={"some": Table(1)},
        sha256=sha256 or archive.sha256(database),
    )
    archive.pack(database, replace(manifest, **changes), target)
    return target


def test_of_each_day_week_and_month_the_newest_is_kept():
    nights = [datetime(2026, 11, 30, 2, tzinfo=UTC) - timedelta(days=n) for n in range(120)]
    twice = [*nights, nights[0] + timedelta(hours=6)]

    staying = kept(twice, Keep(daily=3, weekly=3, monthly=3))

    assert sorted(f"{at:%m-%d %H}" for at in staying) == [
        "09-30 02",
        "10-31 02",
        "11-22 02",
        "11-28 02",
        "11-29 02",
        "11-30 08",
    ]
    assert kept(twice, Keep(newest=2)) == {twice[-1], nights[0]}


def test_a_backup_that_is_whole_is_read_as_it_was_written(tmp_path):
    packed, sealed = pack(tmp_path), tmp_path / "sealed.age"
    Key([SECRET]).seal(packed, sealed)

    manifest = archive.unpack(sealed, tmp_path / "read", Key([SECRET]), scratch=tmp_path)

    assert manifest.tables == {"some": Table(1)}
    assert (tmp_path / "read").read_bytes() == (tmp_path / "text").read_bytes()


@pytest.mark.parametrize("spoil", ["altered", "cut off", "another key", "only the public key"])
def test_an_encrypted_backup_is_refused(tmp_path, spoil):
    sealed = tmp_path / "sealed.age"
    Key([SECRET]).seal(pack(tmp_path), sealed)
    content, keys = bytearray(sealed.read_bytes()), [SECRET]
    if spoil == "altered":
        content[-100] ^= 1
    elif spoil == "cut off":
        del content[-1:]
    elif spoil == "another key":
        keys = [str(pyrage.x25519.Identity.generate())]
    else:
        keys = [str(Key([SECRET]).recipients[0])]
    sealed.write_bytes(content)

    with pytest.raises(BackupFailed, match="BACKUP_KEY"):
        archive.unpack(sealed, tmp_path / "read", Key(keys), scratch=tmp_path)


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-200]), "damaged"),
        (lambda path: path.write_bytes(b"no backup"), "damaged"),
        (lambda path: pack(path.parent, sha256="0" * 64), "altered: its checksum does not fit"),
        (lambda path: pack(path.parent, format=2), "its format is 2, known is 1"),
    ],
)
def test_a_backup_without_a_key_is_refused_too(tmp_path, spoil, refusal):
    packed = pack(tmp_path)
    spoil(packed)

    with pytest.raises(BackupFailed, match=refusal):
        archive.unpack(packed, tmp_path / "read", Key([]), scratch=tmp_path)


def test_where_there_is_a_key_nothing_is_taken_that_anybody_could_have_written(tmp_path):
    with pytest.raises(BackupFailed, match=r"is not encrypted, though BACKUP_KEY is set"):
        archive.unpack(pack(tmp_path), tmp_path / "read", Key([SECRET]), scratch=tmp_path)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"engine": "oracle"}, "This is a backup of oracle, the database is "),
        ({"migrations": ["scheduling.9999_later"]}, "does not know scheduling.9999_later: install"),
    ],
)
def test_what_this_program_cannot_serve_is_refused(tmp_path, settings, changes, refusal):
    settings.BACKUP_KEY = []
    packed = pack(tmp_path, **changes)

    with pytest.raises(BackupFailed, match=refusal), work.opened(str(packed), connection):
        pass


@pytest.mark.django_db(transaction=True)
def test_a_backup_comes_back_with_its_guards_and_its_log(specialist):
    book_as_staff(specialist)
    stored, manifest = work.make(connection, now=timezone.now())

    with work.opened("latest", connection) as backup, work.scratch(connection) as scratch:
        assert work.load(backup, scratch) == []
        assert census.count_in(scratch) == manifest.tables == census.count_in(connection)
        head = verify(AdminLog.objects.using(scratch.alias).order_by("sequence"))
        verify_head(head, using=scratch.alias)

    assert manifest.tables["scheduling_booking"].rows == head.sequence == 1
    assert stored.is_encrypted
    assert call("verify_backup").startswith(f"{stored.name} is good: ")


@pytest.mark.django_db(transaction=True)
def test_verifying_names_what_differs_and_leaves_nothing_behind(specialist, tmp_path):
    book_as_staff(specialist)
    work.make(connection, now=timezone.now())
    with work.opened("latest", connection) as backup:
        claimed = {**backup.manifest.tables, "scheduling_booking": Table(2), "gone": Table(0)}
        lying = replace(backup.manifest, tables=claimed)
        archive.pack(backup.database, lying, tmp_path / "packed")
    Key([SECRET]).seal(tmp_path / "packed", tmp_path / "lying.age")

    with pytest.raises(CommandError) as refusal:
        call("verify_backup", str(tmp_path / "lying.age"))

    assert str(refusal.value).splitlines() == [
        "lying.age is not what it should be:",
        "gone: the table is missing",
        "scheduling_booking: 2 rows expected, 1 found",
    ]
    assert scratch_databases() == []


@pytest.mark.django_db(transaction=True)
def test_a_backup_of_an_older_version_says_what_is_left_to_do(settings, tmp_path):
    settings.BACKUP_KEY = []
    work.make(connection, now=timezone.now())
    with work.opened("latest", connection) as backup:
        older = replace(backup.manifest, migrations=backup.manifest.migrations[:-2])
        archive.pack(backup.database, older, tmp_path / "older")

    assert "older than this program by 2 migrations" in call(
        "verify_backup", str(tmp_path / "older")
    )
    with work.scratch(connection) as fresh, serving(fresh):
        assert call("restore", str(tmp_path / "older")).endswith("run `manage.py init_db`.\n")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite counts its own copy")
@pytest.mark.django_db(transaction=True)
def test_a_migration_that_is_applied_meanwhile_is_no_part_of_the_backup():
    def apply_another(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if "pg_export_snapshot" in sql:
            with connection.copy().cursor() as cursor:
                cursor.execute("INSERT INTO django_migrations VALUES (0, 'x', '9999', now())")
                cursor.db.close()
        return result

    try:
        with connection.execute_wrapper(apply_another):
            _, manifest = work.make(connection, now=timezone.now())
        applied = census.count_in(connection)["django_migrations"].rows
    finally:
        MigrationRecorder.Migration.objects.filter(app="x").delete()

    rows = manifest.tables["django_migrations"].rows
    assert (applied - rows, len(manifest.migrations)) == (1, rows)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a file has neither")
@pytest.mark.django_db(transaction=True)
def test_a_limit_of_the_role_ends_no_count_and_pgbouncer_is_no_way_to_a_backup():
    limited = {**connection.settings_dict["OPTIONS"], "options": "-c statement_timeout=15s"}
    with connected(connection, OPTIONS=limited) as one:
        census.count_in(one)
        with one.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            limit = cursor.fetchone()[0]
    with (
        connected(connection, DISABLE_SERVER_SIDE_CURSORS=True) as behind,
        pytest.raises(BackupFailed, match="Not through PgBouncer: set DATABASE_URL to the address"),
    ):
        work.make(behind, now=timezone.now())

    assert limit == "0"


@pytest.mark.django_db(transaction=True)
def test_another_server_proves_what_the_server_of_the_site_may_not(settings):
    env = Env()
    url = database_url() if connection.vendor == "postgresql" else "postgres://nowhere/x"
    env.ENVIRON = {"BACKUP_VERIFY_URL": url, "DB_SSLMODE": "prefer", "DB_PGBOUNCER": "true"}
    settings.BACKUP_VERIFY_DATABASE = verifying(env)
    stored, _ = work.make(connection, now=timezone.now())

    said = call("verify_backup")

    assert said.startswith(f"{stored.name} is good: ")
    assert settings.BACKUP_VERIFY_DATABASE["OPTIONS"]["sslmode"] == "prefer"
    assert scratch_databases() == []


def test_no_server_that_proves_is_a_file():
    env = Env()
    env.ENVIRON = {"BACKUP_VERIFY_URL": "sqlite:///x.db"}

    with pytest.raises(ImproperlyConfigured, match="BACKUP_VERIFY_URL must name a server of"):
        verifying(env)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a file can be spoilt by anybody")
@pytest.mark.django_db(transaction=True)
def test_over_what_cannot_be_kept_nothing_is_restored(tmp_path):
    work.make(connection, now=timezone.now())
    spoilt = tmp_path / "spoilt.db"
    spoilt.write_bytes(b"SQLite format 3\0" + b"x" * 8000)

    with (
        connected(connection, NAME=str(spoilt)) as there,
        serving(there),
        pytest.raises(CommandError, match=r"cannot be read, so not be kept: .* into an empty one"),
    ):
        call("restore", "latest", "--noinput", "--overwrite")

    assert spoilt.stat().st_size == 8016


@pytest.mark.django_db(transaction=True)
def test_a_restored_database_serves_and_data_is_not_replaced_unasked(specialist, monkeypatch):
    book_as_staff(specialist)
    stored, _ = work.make(connection, now=timezone.now() - timedelta(days=1))

    with work.scratch(connection) as fresh, serving(fresh):
        first = call("restore", "latest")
        with pytest.raises(CommandError, match=r"^Nothing was changed: --overwrite replaces"):
            call("restore", stored.name, "--noinput")
        late = book_as_staff(specialist, MONDAY + timedelta(hours=2))
        with pytest.raises(SlotTaken):
            book_as_staff(specialist)
        with pytest.raises(IntegrityError), transaction.atomic():
            Booking.objects.filter(pk=late.pk).update(occupied_starts_at=MONDAY, starts_at=MONDAY)
        monkeypatch.setattr("sys.stdin", StringIO("yes\n"))
        with pytest.raises(CommandError, match=r"^Nothing was changed\.$"):
            call("restore", stored.name)
        monkeypatch.setattr("sys.stdin", StringIO("replace\n"))
        second = call("restore", stored.name)
        left = Booking.objects.count()

    assert first.startswith(f"Restored {stored.name} to ")
    assert re.search(r"^scheduling_booking +2 +1$", second, re.MULTILINE)
    assert "What was there is kept in coachbot-" in second
    assert left == 1
    assert len(work.place().list()) == 2


@contextmanager
def serving(fresh):
    """The block runs on the database `fresh`."""
    before = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = fresh
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = before


@pytest.mark.django_db(transaction=True)
def test_what_is_backed_up_while_others_book_is_of_one_moment():
    stop, numbers, specialists = Event(), count(), [SpecialistFactory() for _ in range(2)]
    staff = StaffFactory()

    def book_on_and_on(specialist):
        while not stop.is_set():
            book_outside_hours(
                wish=Wish(specialist),
                starts_at=MONDAY + timedelta(hours=next(numbers)),
                client=None,
                contact=GUEST,
                actor=staff,
                reason="By phone",
                now=timezone.now(),
            )
        connection.close()

    writers = [Thread(target=book_on_and_on, args=[each]) for each in specialists]
    for writer in writers:
        writer.start()
    try:
        wait_until(lambda: Booking.objects.count() >= 20)
        _, manifest = work.make(connection, now=timezone.now())
        wait_until(lambda: Booking.objects.count() > manifest.tables["scheduling_booking"].rows)
        # What is read table by table does not fit together.
        wait_until(lambda: Booking.objects.count() < BookingEvent.objects.count())
    finally:
        stop.set()
        for writer in writers:
            writer.join()

    with work.opened("latest", connection) as backup, work.scratch(connection) as scratch:
        assert work.load(backup, scratch) == []
        bookings, events, entries = (
            table.objects.using(scratch.alias) for table in (Booking, BookingEvent, AdminLog)
        )
        verify_head(verify(entries.order_by("sequence")), using=scratch.alias)
        assert 20 <= bookings.count() == events.count() == entries.count()
        assert not bookings.filter(events=None).exists()


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_a_bucket_keeps_them_too(settings, monkeypatch):
    with bucket.server() as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ours")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        settings.BACKUP_URL = "s3://ours/site"
        assert call("backups").startswith("No backups at s3://ours/site yet")
        old, _ = work.make(connection, now=datetime(2026, 1, 1, tzinfo=UTC))

        assert call("backups").splitlines()[1].startswith(f"{old.name}  2026-01-01 00:00:00 ")
        assert call("verify_backup").startswith(f"{old.name} is good: ")
        SpecialistFactory()
        assert call("backup", keep_daily=1).endswith(f"Deleted {old.name}.\n")
        assert len(work.place().list()) == 1


@pytest.mark.django_db(transaction=True)
def test_only_what_is_too_old_and_a_backup_of_this_engine_is_deleted(tmp_path):
    SpecialistFactory()
    home = tmp_path / "backups"
    home.mkdir()
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[connection.vendor]
    old, of_another, of_a_wrong_clock = (
        name_of(datetime(year, 1, 1, tzinfo=UTC), engine, encrypted=False)
        for year, engine in ((2025, connection.vendor), (2025, other), (2099, connection.vendor))
    )
    staying = {of_another, of_a_wrong_clock, "notes.txt"}
    for name in {old, *staying}:
        (home / name).touch()

    output = call("backup", "--keep", "1")

    (new,) = {path.name for path in home.iterdir()} - staying
    assert output.startswith(f"Stored {new} ")
    assert output.splitlines()[1:] == [f"Deleted {old}."]
    assert (home / new).stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db(transaction=True)
def test_nothing_is_deleted_in_favour_of_a_backup_that_holds_no_data(capsys):
    old, _ = work.make(connection, now=datetime(2026, 1, 1, tzinfo=UTC))

    call("backup", "--keep", "1")

    assert capsys.readouterr().err == (
        "This backup holds no data: nothing was deleted in favour of it.\n"
    )
    assert [old, len(work.place().list())] == [work.place().list()[0], 2]


@pytest.mark.django_db(transaction=True)
def test_a_database_without_tables_is_not_taken_for_the_right_one():
    with (
        work.scratch(connection) as fresh,
        serving(fresh),
        pytest.raises(CommandError, match="There is nothing to back up: the database of DATABASE"),
    ):
        call("backup")

    assert work.place().list() == []


def test_what_the_database_refuses_is_told_without_the_row_it_is_about():
    refusal = IntegrityError('violates "a_check"\nDETAIL:  Failing row contains (Kim,\nLee).\n')

    with pytest.raises(CommandError) as told, failures_in_words():
        raise refusal

    assert str(told.value) == (
        'The database of DATABASE_URL refuses: violates "a_check" DETAIL: (left out)'
    )


@pytest.mark.parametrize("url", ["ftp://host/x", "s3://", "file://host/x", ""])
def test_a_place_that_cannot_be_one_is_refused(settings, url):
    settings.BACKUP_URL = url

    with pytest.raises(CommandError, match="BACKUP_URL must name a folder"):
        call("backups")


def scratch_databases():
    if connection.vendor == "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'coachbot_verify_%'")
        return cursor.fetchall()
