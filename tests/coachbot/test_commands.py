import os
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, F, Sum
from django.urls import reverse

from accounts.models import User, UserType
from coachbot.db import guards
from coachbot.management.commands import seed_demo
from coachbot.management.demo.people import LOGINS, PASSWORD
from feedback.models import Feedback
from scheduling.models import (
    Availability,
    Booking,
    BookingEvent,
    BookingStatus,
    DayOff,
    Schedule,
    Service,
    Specialist,
)
from scheduling.services import cancel
from tests.factories import BookingFactory, ServiceFactory, SpecialistFactory, UserFactory

SMALL = {"specialists": 3, "clients": 4, "bookings": 8}
TABLES = (
    User.objects,
    Specialist.everything,
    Service.everything,
    Schedule.objects,
    DayOff.objects,
    Availability.objects,
    Booking.objects,
    Service.specialists.through.objects,
    User.groups.through.objects,
)


# What is drawn depends on the day on which it is drawn.
pytestmark = pytest.mark.usefixtures("frozen")


def call(name, *arguments, **options):
    output = StringIO()
    call_command(name, *arguments, stdout=output, **options)
    return output.getvalue()


def seed(*arguments, **options):
    return call("seed_demo", *arguments, force=True, **{**SMALL, **options})


def rows(tables=TABLES):
    """Everything that is stored, to compare."""
    return [sorted(table.values_list(), key=str) for table in tables]


def start(*arguments, url):
    """Another process, on another database."""
    variables = {"PATH": os.environ["PATH"], "ENV_FILE": "", "SECRET_KEY": "x", "DATABASE_URL": url}
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={**variables, "DEBUG": "true"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments, url):
    """The exit code, the output and the errors of a command on another database."""
    process = start(*arguments, url=url)
    output, errors = process.communicate()
    return process.returncode, output, errors


def test_of_two_who_start_on_an_empty_database_one_makes_it_ready(tmp_path):
    url = f"sqlite:///{tmp_path}/new.db"

    both = [start("init_db", url=url) for _ in range(2)]
    idle, busy = sorted((process.communicate() for process in both), key=lambda said: len(said[0]))

    assert idle == (f"Database ready: sqlite {tmp_path}/new.db, nothing to do.\n", "")
    assert busy[0].startswith(f"Database ready: sqlite {tmp_path}/new.db, ")
    assert busy[0].endswith(" migrations applied.\n")


def test_without_tables_seeding_says_what_to_do_first(tmp_path):
    code, output, errors = run("seed_demo", url=f"sqlite:///{tmp_path}/new.db")

    assert (code, output) == (1, "")
    assert errors.startswith("CommandError: The database is not ready (no such table: ")
    assert errors.endswith("run `manage.py init_db` first.\n")


@pytest.mark.django_db
def test_a_database_that_is_ready_has_nothing_to_do():
    assert call("init_db").endswith(", nothing to do.\n")


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has constraints instead")
def test_a_guard_that_was_removed_from_sqlite_is_put_back():
    connection.cursor().execute("DROP TRIGGER booking_no_overlap_insert")

    call("init_db")

    assert guards.missing(connection) == []


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has triggers instead")
def test_a_constraint_that_was_removed_from_postgresql_is_missed():
    connection.cursor().execute("ALTER TABLE scheduling_booking DROP CONSTRAINT booking_no_overlap")

    with pytest.raises(CommandError, match=r"does not hold these rules: booking_no_overlap\."):
        call("init_db")


def test_a_server_that_never_answers_is_waited_for_and_then_named_without_its_password():
    code, output, errors = run(
        "init_db", "--timeout", "0.3", url="postgres://ann:secret@127.0.0.1:1/db"
    )

    assert code == 1
    assert output == "Waiting up to 0.3 s for postgresql db at 127.0.0.1:1 ...\n"
    assert errors.startswith("CommandError: No answer from postgresql db at 127.0.0.1:1 after")
    assert "secret" not in errors


def test_a_file_that_cannot_be_opened_is_not_waited_for(tmp_path):
    code, output, errors = run("init_db", url=f"sqlite:///{tmp_path}/missing/new.db")

    assert (code, output) == (1, "")
    assert errors.startswith(f"CommandError: Cannot open sqlite {tmp_path}/missing/new.db: ")


@pytest.mark.parametrize("timeout", ["-1", "soon", "nan", "3601"])
def test_a_timeout_that_cannot_be_meant_is_refused(timeout):
    with pytest.raises(CommandError, match="is not a number of seconds from 0 to 3600"):
        call("init_db", f"--timeout={timeout}")


@pytest.mark.django_db
def test_seeding_makes_people_hours_and_bookings():
    output = seed()

    assert output.startswith("Demo data ready: 3 specialists, 9 services, 4 clients, 8 bookings, ")
    assert Booking.objects.count() == 8
    assert {str(row.time_zone) for row in Specialist.objects.all()} == {
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kathmandu",
    }
    assert list(
        User.objects.values_list("user_type").annotate(Count("pk")).order_by("user_type")
    ) == [
        (UserType.CLIENT, 4),
        (UserType.SPECIALIST, 3),
        (UserType.STAFF, 2),
    ]
    assert Schedule.objects.values("specialist").distinct().count() == 3
    assert DayOff.objects.values("specialist").distinct().count() == 3
    assert set(Availability.objects.values_list("is_available", flat=True)) == {True, False}


@pytest.mark.django_db
def test_everything_that_is_seeded_would_pass_a_form():
    seed()

    for table in TABLES[:7]:
        for row in table.all():
            row.full_clean()


@pytest.mark.django_db
def test_seeded_bookings_have_lived_up_to_now(now):
    seed(bookings=40, weeks=1)

    past, coming = (Booking.objects.filter(**{f"ends_at__{how}": now}) for how in ("lte", "gt"))
    assert not past.active().exists()
    assert not coming.filter(starts_at__gt=now, status=BookingStatus.COMPLETED).exists()
    assert past.filter(status=BookingStatus.COMPLETED).exists()
    assert coming.filter(status=BookingStatus.CONFIRMED).exists()
    waiting = coming.filter(status=BookingStatus.PENDING)
    assert waiting.count() == waiting.filter(service__requires_confirmation=True).count() > 0
    # Nine days are a week of local days, wherever the specialist lives.
    assert not Booking.objects.filter(starts_at__lt=now - timedelta(days=9)).exists()
    assert not Booking.objects.filter(ends_at__gt=now + timedelta(days=9)).exists()


@pytest.mark.django_db
def test_a_client_is_not_in_two_places_at_once():
    seed(clients=3, bookings=30, weeks=1)

    bookings = Booking.objects.exclude(client=None)
    meanwhile = bookings.filter(
        client__bookings__starts_at__lt=F("ends_at"), client__bookings__ends_at__gt=F("starts_at")
    ).exclude(client__bookings__pk=F("pk"))
    assert bookings.count() > 0
    assert list(meanwhile) == []


@pytest.mark.django_db
def test_what_people_have_entered_before_stays_as_it_is():
    mine = SpecialistFactory(name="Mara Lindner", user=UserFactory(username="admin"))
    ServiceFactory(name="Personal training", specialists=[mine])
    BookingFactory(specialist=mine)
    before = rows()

    seed()

    for old, new in zip(before, rows(), strict=True):
        assert [row for row in new if row in old] == old


@pytest.mark.django_db
def test_clients_rate_what_took_place_before_now():
    seed(bookings=60, weeks=2)

    said = Feedback.objects.all()
    assert said.count() > 5
    assert said.filter(booking__ends_at__gte=F("created_at")).count() == 0
    assert said.filter(created_at__gt=datetime.now(UTC)).count() == 0
    assert said.exclude(comment="").count() > 0
    counted = Specialist.objects.aggregate(number=Sum("rating_count"))
    assert counted == {"number": said.visible().count()}


@pytest.mark.django_db
def test_seeding_again_brings_back_nothing_and_keeps_every_change(now):
    seed()
    upcoming = Booking.objects.active().filter(starts_at__gt=now).first()
    cancel(booking=upcoming, actor=User.objects.get(email=LOGINS[0]), now=now, reason="x")
    Specialist.objects.filter(services__requires_confirmation=True).update(name="Someone Else")
    Specialist.objects.get(name="Sunita Gurung").delete()
    User.objects.filter(email=LOGINS[0]).update(email="boss@example.com", is_superuser=False)
    Feedback.objects.all().delete()
    BookingEvent.objects.exclude(booking=upcoming).delete()
    Booking.objects.exclude(pk=upcoming.pk).delete()
    before = rows()

    output = seed()

    assert rows() == before
    assert output.startswith("Demo data is here already: nothing was changed, nor brought back.")
    assert LOGINS[0] not in output
    assert LOGINS[1] in output


@pytest.mark.django_db
def test_seeding_that_is_interrupted_leaves_nothing_and_can_be_repeated(monkeypatch):
    def interrupted(bookings, *args, **kwargs):
        yield next(bookings)
        raise KeyboardInterrupt

    before = rows()

    with monkeypatch.context() as patch:
        patch.setattr(seed_demo, "tqdm", interrupted)
        with pytest.raises(CommandError, match=r"^Interrupted: nothing was written\.$"):
            seed()

    assert rows() == before
    assert "8 bookings" in seed()


@pytest.mark.django_db
def test_demo_users_that_are_there_already_are_kept_and_the_rest_is_added():
    for email in LOGINS:
        UserFactory(username=email, email=email, first_name="Own", user_type=UserType.STAFF)
    kept = User.objects.values_list()
    before = list(kept)

    output = seed()

    assert "3 specialists, 9 services, 3 clients, 8 bookings" in output
    assert list(kept.filter(first_name="Own")) == before
    assert Specialist.objects.filter(user__first_name="Own").count() == 0


@pytest.mark.django_db
def test_one_seed_draws_the_same_demonstration():
    def drawn(number):
        with suppress(InterruptedError), transaction.atomic():
            seed(seed=number)
            found.append(
                list(
                    Booking.objects.order_by("starts_at", "client_email").values_list(
                        "starts_at", "specialist__name", "service__name", "client_email", "status"
                    )
                )
            )
            raise InterruptedError

    found = []
    for number in (1, 1, 2):
        drawn(number)

    assert found[0] == found[1]
    assert found[0] != found[2]


@pytest.mark.django_db
def test_the_printed_logins_work_and_the_front_desk_is_no_superuser():
    output = seed()

    users = [User.objects.get(email=email) for email in LOGINS]
    assert output.splitlines()[-5:] == [
        "Sign in as                        Password            Role",
        "admin@demo.coachbot.example       demo-coachbot-2026  superuser",
        "reception@demo.coachbot.example   demo-coachbot-2026  staff",
        "specialist@demo.coachbot.example  demo-coachbot-2026  specialist",
        "client@demo.coachbot.example      demo-coachbot-2026  client",
    ]
    assert {user.password for user in User.objects.all()} == {users[0].password}
    assert check_password(PASSWORD, users[0].password)
    assert [user.is_superuser for user in users] == [True, False, False, False]
    assert [group.name for group in users[1].groups.all()] == ["Receptionists"]
    assert users[1].has_perm("scheduling.change_booking")
    assert not users[1].has_perm("scheduling.change_service")


@pytest.mark.django_db
def test_the_public_password_passes_the_rules_for_all_who_have_it():
    seed()

    for user in User.objects.all():
        validate_password(PASSWORD, user)


@pytest.mark.django_db
def test_the_printed_addresses_are_those_of_the_site():
    output = seed("--base-url", "https://demo.example/")

    assert output.splitlines()[2:5] == [
        f"Admin     https://demo.example{reverse('admin:index')}",
        f"API docs  https://demo.example{reverse('docs')}",
        f"API       https://demo.example{reverse('docs').removesuffix('docs/')}",
    ]


@pytest.mark.django_db
def test_where_the_team_has_no_more_time_there_are_fewer_bookings():
    output = seed(specialists=1, clients=1, bookings=60, weeks=1)

    assert f" {Booking.objects.count()} bookings, " in output
    assert 0 < Booking.objects.count() < 60


@pytest.mark.django_db
def test_seeding_is_silent_beside_its_output_unless_at_a_terminal(capsys):
    seed()

    assert capsys.readouterr() == ("", "")


@pytest.mark.django_db
def test_a_site_that_others_can_reach_is_not_seeded():
    with pytest.raises(CommandError, match=r"^DEBUG is off.* or use --force\.$"):
        call("seed_demo")

    assert not User.objects.exists()


@pytest.mark.parametrize(
    "option",
    ["--bookings=-1", "--bookings=many", "--clients=0", "--specialists=1e3", "--base-url=here"],
)
def test_an_option_that_cannot_be_meant_is_refused(option):
    with pytest.raises(CommandError, match=r"^Error: argument --"):
        call("seed_demo", option)
