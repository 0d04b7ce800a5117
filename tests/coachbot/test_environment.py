import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from environ import Env

from coachbot.environment import Rate, boolean, database, database_url, integer, rate


def environment(**variables):
    env = Env()
    env.ENVIRON = variables
    return env


def postgresql(**differences):
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "db",
        "USER": "ann",
        "PASSWORD": "",
        "HOST": "",
        "PORT": "",
        "OPTIONS": {},
        **differences,
    }


@pytest.mark.parametrize("word", ["1", "true", "True", "YES", " on "])
def test_words_for_yes_are_true(word):
    assert boolean(environment(DEBUG=word), "DEBUG", default=False) is True


@pytest.mark.parametrize("word", ["0", "false", "False", "NO", " off "])
def test_words_for_no_are_false(word):
    assert boolean(environment(DEBUG=word), "DEBUG", default=True) is False


@pytest.mark.parametrize("default", [True, False])
def test_a_truth_value_that_is_not_set_has_its_default(default):
    assert boolean(environment(), "DEBUG", default=default) is default


@pytest.mark.parametrize("word", ["ture", "2", "", "yes please"])
def test_a_misspelt_truth_value_is_refused_by_name(word):
    with pytest.raises(ImproperlyConfigured, match=r"^DEBUG must be true or false, not '.*'\.$"):
        boolean(environment(DEBUG=word), "DEBUG", default=False)


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), (" 90 ", 90), ("007", 7)])
def test_a_whole_number_is_read(text, number):
    assert integer(environment(DAYS=text), "DAYS", default=1) == number


def test_a_number_that_is_not_set_has_its_default():
    assert integer(environment(), "DAYS", default=30) == 30


@pytest.mark.parametrize("text", ["", "-1", "1.5", "ten", "1_000", "٣", "0"])
def test_what_is_no_whole_number_in_range_is_refused_by_name(text):
    with pytest.raises(ImproperlyConfigured, match=r"^DAYS must be a whole number of at least 1"):
        integer(environment(DAYS=text), "DAYS", default=5, least=1)


@pytest.mark.parametrize("name", ["DATABASE_URL", "DB_URL", "PG_DATABASE_URL"])
def test_each_name_of_the_database_is_understood(name):
    assert database_url(environment(**{name: "sqlite:///x.db"})) == ("sqlite:///x.db", name)


def test_names_that_agree_are_one():
    env = environment(DB_URL="sqlite:///x.db", PG_DATABASE_URL=" sqlite:///x.db", DATABASE_URL="")

    assert database_url(env) == ("sqlite:///x.db", "DB_URL")


def test_names_that_disagree_are_refused():
    env = environment(DATABASE_URL="sqlite:///x.db", DB_URL="sqlite:///y.db")

    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL and DB_URL name different"):
        database_url(env)


def test_without_a_name_the_database_is_a_file():
    assert database(environment()) == {"ENGINE": "django.db.backends.sqlite3", "NAME": "app.db"}


@pytest.mark.parametrize(
    ("url", "file"),
    [
        pytest.param("sqlite:///app.db", "app.db", id="relative"),
        pytest.param("sqlite:///./app.db", "app.db", id="relative, with a dot"),
        pytest.param("sqlite:///data/app.db", "data/app.db", id="in a folder"),
        pytest.param("sqlite:////var/lib/app.db", "/var/lib/app.db", id="from the root"),
        pytest.param("sqlite+aiosqlite:///./app.db", "app.db", id="SQLAlchemy"),
        pytest.param("SQLite:///app.db?timeout=5", "app.db", id="capitals and options"),
    ],
)
def test_a_file_is_a_database(url, file):
    assert database(environment(DATABASE_URL=url)) == {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
    }


@pytest.mark.parametrize(
    ("url", "config"),
    [
        pytest.param(
            "postgresql://ann:secret@host:5433/db",
            postgresql(PASSWORD="secret", HOST="host", PORT=5433),
            id="all parts",
        ),
        pytest.param("postgres://ann@host/db", postgresql(HOST="host"), id="short scheme"),
        pytest.param(
            "postgresql+asyncpg://ann@host/db", postgresql(HOST="host"), id="SQLAlchemy, asyncpg"
        ),
        pytest.param(
            "postgresql+psycopg2://ann@host/db", postgresql(HOST="host"), id="SQLAlchemy, psycopg"
        ),
        pytest.param(
            "postgres://ann:a%2Fb%40c+d%25@host/db",
            postgresql(PASSWORD="a/b@c+d%", HOST="host"),
            id="signs in the password",
        ),
        pytest.param("postgres://ann@[::1]:5/db", postgresql(HOST="::1", PORT=5), id="IPv6"),
        pytest.param(
            "postgres://ann@//run/postgresql/db", postgresql(HOST="/run/postgresql"), id="socket"
        ),
        pytest.param(
            "postgresql://ann@%2Frun%2FPostgreSQL/db",
            postgresql(HOST="/run/PostgreSQL"),
            id="socket as a host",
        ),
        pytest.param(
            "postgresql://ann@%2Frun%2Fpostgresql:5433/db",
            postgresql(HOST="/run/postgresql", PORT=5433),
            id="socket as a host, with a port",
        ),
        pytest.param("postgres:///db", postgresql(USER=""), id="the system's own socket"),
        pytest.param(
            "postgresql+asyncpg://ann@host/db?ssl=require",
            postgresql(HOST="host", OPTIONS={"sslmode": "require"}),
            id="asyncpg's word for sslmode",
        ),
        pytest.param(
            "postgres://ann@host/db?sslmode=require",
            postgresql(HOST="host", OPTIONS={"sslmode": "require"}),
            id="options",
        ),
    ],
)
def test_an_address_of_postgresql_is_understood(url, config):
    assert database(environment(DATABASE_URL=url)) == config


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("postgrse://ann@host/db", id="misspelt scheme"),
        pytest.param("mysql://ann@host/db", id="another engine"),
        pytest.param("host:5432/db", id="no scheme"),
        pytest.param("app.db", id="a bare file"),
        pytest.param("postgres://ann@host:port/db", id="port in words"),
        pytest.param("postgres://ann@host:70000/db", id="port out of range"),
        pytest.param("postgres://ann@host", id="no database"),
        pytest.param("postgres://ann@host/", id="no database after the slash"),
        pytest.param("postgres://[::1/db", id="half an IPv6 address"),
        pytest.param("sqlite://app.db", id="two slashes"),
        pytest.param("sqlite://", id="nothing"),
        pytest.param("sqlite:///", id="no file"),
        pytest.param("sqlite:///:memory:", id="in memory"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_by_name(url):
    with pytest.raises(ImproperlyConfigured, match=r"^DB_URL .*\.$"):
        database(environment(DB_URL=url))


@pytest.mark.parametrize(
    "url",
    [
        "postgres://ann:secret/word@host:5432/db",
        "postgres://ann:secret#word@host/db",
        "postgres://ann:secret?word@host/db",
        "postgres//ann:secret@host/db",
        "mysql://ann:secret@host/db",
        "ann:secret@host/db",
    ],
)
def test_a_refusal_does_not_repeat_the_password(url):
    with pytest.raises(ImproperlyConfigured) as refusal:
        database(environment(DATABASE_URL=url))

    assert "secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        pytest.param({"DEBUG": "ture"}, "Configuration: DEBUG must be", id="misspelt"),
        pytest.param({}, "Configuration: SECRET_KEY is missing.", id="no key"),
        pytest.param({"SECRET_KEY": ""}, "Configuration: SECRET_KEY is missing.", id="empty key"),
        pytest.param(
            {"SECRET_KEY": "x", "DATABASE_URL": "mysql://host/db"},
            "Configuration: DATABASE_URL must look like",
            id="another engine",
        ),
    ],
)
def test_a_wrong_setting_stops_a_command_with_one_sentence(variables, sentence):
    command = [sys.executable, "manage.py", "check"]

    done = subprocess.run(
        command,
        check=False,
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "ENV_FILE": "", **variables},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1


def test_an_option_that_postgresql_does_not_know_is_refused_by_name():
    env = environment(DATABASE_URL="postgres://ann@host/db?sslmod=require")

    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL has options .*sslmod"):
        database(env)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("20/h", Rate(20, 3600)), (" 5/15m ", Rate(5, 900)), ("1/1d", Rate(1, 86400)), ("", None)],
)
def test_a_rate_is_read(text, expected):
    assert rate(environment(SEARCH=text), "SEARCH", default="9/s") == expected


@pytest.mark.parametrize("text", ["20", "0/h", "20/hour", "-1/h", "5/0m", "/h", "1.5/h"])
def test_what_is_no_rate_is_refused_by_name(text):
    with pytest.raises(ImproperlyConfigured, match=r"^SEARCH must look like 20/h or 5/15m"):
        rate(environment(SEARCH=text), "SEARCH", default="9/s")
