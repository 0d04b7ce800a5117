import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from environ import Env

from coachbot.db import options
from coachbot.environment import (
    LOCAL_KEY,
    MAIL_SERVICES,
    Rate,
    boolean,
    chat_model,
    database,
    database_url,
    email,
    integer,
    integers,
    rate,
    secret,
    secret_key,
    secret_list,
    telegram,
)


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
            {"SECRET_KEY": "short"},
            "Configuration: SECRET_KEY must be 32 characters",
            id="short key",
        ),
        pytest.param(
            {"SECRET_KEY_FILE": "/nowhere"},
            "Configuration: SECRET_KEY_FILE names what cannot be read: '/nowhere'.",
            id="no such file",
        ),
        pytest.param(
            {"DEBUG": "true", "DATABASE_URL": "mysql://host/db"},
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


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param("s3cret", "s3cret", id="as it is"),
        pytest.param("s3cret\n", "s3cret", id="a newline at its end"),
        pytest.param("s3cret\r\n", "s3cret", id="a newline from Windows"),
        pytest.param(" $s3\ncret \n\n", " $s3\ncret \n", id="nothing else is taken away"),
    ],
)
def test_a_secret_may_stand_in_a_file(tmp_path, content, text):
    file = tmp_path / "key"
    file.write_bytes(content.encode())

    assert secret(environment(KEY_FILE=str(file)), "KEY") == text


def test_a_secret_may_stand_in_the_environment_and_begin_with_a_dollar():
    assert secret(environment(KEY="$HOME", KEY_FILE="", HOME="/root"), "KEY") == "$HOME"


def test_a_secret_that_is_not_set_is_empty():
    assert secret(environment(), "KEY") == ""


def test_a_secret_in_two_places_is_refused_by_both_names(tmp_path):
    file = tmp_path / "key"
    file.write_text("s3cret")

    with pytest.raises(ImproperlyConfigured) as refusal:
        secret(environment(KEY="s3cret", KEY_FILE=str(file)), "KEY")

    assert str(refusal.value) == "KEY and KEY_FILE are both set: set only one."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(None, "names what cannot be read", id="missing"),
        pytest.param(b"s3cret\xff", "names what cannot be read", id="no UTF-8"),
        pytest.param(b"", "names an empty file", id="empty"),
        pytest.param(b" \n", "names an empty file", id="blank"),
    ],
)
def test_a_file_without_a_secret_is_refused_by_its_path_and_not_repeated(
    tmp_path, content, sentence
):
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ImproperlyConfigured) as refusal:
        secret(environment(KEY_FILE=str(file)), "KEY")

    assert str(refusal.value) == f"KEY_FILE {sentence}: '{file}'."
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("path", ["/", "a\x00b"])
def test_a_path_that_is_no_file_is_refused(path):
    with pytest.raises(ImproperlyConfigured, match=r"^KEY_FILE names what cannot be read"):
        secret(environment(KEY_FILE=path), "KEY")


def test_the_address_of_the_database_may_stand_in_a_file(tmp_path):
    file = tmp_path / "url"
    file.write_text("sqlite:///x.db\n")

    found = database_url(environment(DB_URL_FILE=str(file)))

    assert found == ("sqlite:///x.db", "DB_URL")


@pytest.mark.parametrize("key", ["", "short", "x" * 31, LOCAL_KEY])
def test_a_key_that_can_be_guessed_is_refused(key):
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY (is missing|must be 32)"):
        secret_key(environment(SECRET_KEY=key), debug=False)


def test_a_long_key_is_taken():
    assert secret_key(environment(SECRET_KEY="$" * 32), debug=False) == "$" * 32


@pytest.mark.parametrize(("given", "key"), [("", LOCAL_KEY), ("x", "x")])
def test_while_debugging_any_key_will_do(given, key):
    assert secret_key(environment(SECRET_KEY=given), debug=True) == key


@pytest.mark.parametrize(
    ("text", "keys"), [("", []), ("a", ["a"]), ("a, $b,", ["a", "$b"]), ("a\nb\r\n", ["a", "b"])]
)
def test_secrets_in_a_list(text, keys):
    assert secret_list(environment(OLD=text), "OLD") == keys


@pytest.mark.parametrize(
    ("url", "config"),
    [
        pytest.param("", {"EMAIL_BACKEND": "console"}, id="not set"),
        pytest.param("consolemail://", {"EMAIL_BACKEND": "console"}, id="console"),
        pytest.param(
            "filemail:///mails",
            {"EMAIL_BACKEND": "filebased", "EMAIL_FILE_PATH": "/base/mails"},
            id="folder",
        ),
        pytest.param(
            "filemail:////var/mails",
            {"EMAIL_BACKEND": "filebased", "EMAIL_FILE_PATH": "/var/mails"},
            id="folder from the root",
        ),
        pytest.param(
            "smtp://host",
            {"EMAIL_BACKEND": "smtp", "EMAIL_HOST": "host", "EMAIL_PORT": 25},
            id="smtp",
        ),
        pytest.param(
            "smtp+tls://ann:s%2Fe%40@host/",
            {
                "EMAIL_BACKEND": "smtp",
                "EMAIL_HOST": "host",
                "EMAIL_PORT": 587,
                "EMAIL_HOST_USER": "ann",
                "EMAIL_HOST_PASSWORD": "s/e@",
                "EMAIL_USE_TLS": True,
            },
            id="STARTTLS",
        ),
        pytest.param(
            "smtp+ssl://host:2465",
            {
                "EMAIL_BACKEND": "smtp",
                "EMAIL_HOST": "host",
                "EMAIL_PORT": 2465,
                "EMAIL_USE_SSL": True,
            },
            id="TLS",
        ),
    ],
)
def test_mail_goes_where_the_address_says(url, config):
    backend = f"django.core.mail.backends.{config['EMAIL_BACKEND']}.EmailBackend"

    found = email(environment(EMAIL_URL=url), base=Path("/base"))

    assert found == {**config, "EMAIL_BACKEND": backend}


def test_a_service_that_sends_mail_is_told_what_stands_behind_the_question_mark():
    url = "mailgun://?api_key=secret%2Fx&sender_domain=mg.example.com"

    found = email(environment(EMAIL_URL=url), base=Path("/base"))

    assert found == {
        "EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend",
        "ANYMAIL": {"MAILGUN_API_KEY": "secret/x", "MAILGUN_SENDER_DOMAIN": "mg.example.com"},
    }


@pytest.mark.parametrize("name", sorted(MAIL_SERVICES))
def test_every_service_for_mail_is_one_that_anymail_has(name):
    assert find_spec(f"anymail.backends.{name}")


@pytest.mark.parametrize("url", ["mailgun://secret", "mailgun://", "mailgun://?secret", "brevo:x"])
def test_a_service_without_its_settings_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL must look like") as refusal:
        email(environment(EMAIL_URL=url), base=Path("/base"))

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(("text", "hours"), [("", []), ("24", [24]), (" 24, 2 ", [24, 2])])
def test_several_numbers_stand_with_commas_between_them(text, hours):
    assert integers(environment(HOURS=text), "HOURS", default="9", most=24) == hours


@pytest.mark.parametrize("text", ["0", "25", "1,,2", "a", "1.5", "-1", "²"])
def test_what_is_no_list_of_numbers_is_refused(text):
    with pytest.raises(ImproperlyConfigured, match="HOURS must be whole numbers from 1 to 24"):
        integers(environment(HOURS=text), "HOURS", default="", most=24)


@pytest.mark.parametrize(
    "url",
    [
        *("smtp", "smtp://", "smtp://host:port", "smtp://host/path", "smtp://host?ssl=1"),
        *("smtp://host#x", "smtps://host", "filemail://", "filemail://folder/x", "mailto:a@b.c"),
        *("http://host", "consolemail", "consolemail://host", "smtp://ann:secret/x@host:25"),
        *("smtp://ann:secret#x@host", "memorymail://", "smtp://[::1"),
    ],
)
def test_an_address_for_mail_that_cannot_be_one_is_refused_and_not_repeated(url):
    with pytest.raises(ImproperlyConfigured) as refusal:
        email(environment(EMAIL_URL=url), base=Path("/base"))

    assert str(refusal.value).startswith("EMAIL_URL must look like smtp+tls://")
    assert "secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


# --- What the chat may reach


def test_the_chat_reaches_nothing_unless_it_is_set():
    assert (chat_model(environment()), telegram(environment())) == ({}, {})


def test_a_model_and_a_bot_are_read_whole(tmp_path):
    (tmp_path / "key").write_text("sk-1\n")

    model = chat_model(
        environment(
            CHAT_MODEL_URL="https://llm.example/v1/",
            CHAT_MODEL_NAME="tiny",
            CHAT_MODEL_KEY_FILE=str(tmp_path / "key"),
        )
    )
    bot = telegram(
        environment(
            TELEGRAM_BOT_TOKEN="1:aB-_",
            TELEGRAM_WEBHOOK_SECRET="x" * 16,
            TELEGRAM_BOT_NAME="@CoachBotBot",
        )
    )

    assert model == {
        "URL": "https://llm.example/v1",
        "NAME": "tiny",
        "KEY": "sk-1",
        "SECONDS": 8,
    }
    assert bot == {
        "TOKEN": "1:aB-_",
        "SECRET": "x" * 16,
        "NAME": "CoachBotBot",
        "API": "https://api.telegram.org",
    }


@pytest.mark.parametrize(
    "variables",
    [
        {"CHAT_MODEL_URL": "https://llm.example"},
        {"CHAT_MODEL_NAME": "hidden"},
        {"CHAT_MODEL_KEY": "hidden"},
        *(
            {"CHAT_MODEL_URL": url, "CHAT_MODEL_NAME": "tiny"}
            for url in (
                *("llm.example", "ftp://hidden", "https://", "https://hidden@host"),
                *("https://host?key=hidden", "https://host:port", "https://[hidden"),
            )
        ),
        {"CHAT_MODEL_URL": "http://h", "CHAT_MODEL_NAME": "t", "CHAT_MODEL_KEY": "hid\nden"},
        {"TELEGRAM_BOT_TOKEN": "1:hidden"},
        {"TELEGRAM_WEBHOOK_SECRET": "hidden-hidden-hidden"},
        {"TELEGRAM_BOT_TOKEN": "hidden", "TELEGRAM_WEBHOOK_SECRET": "x" * 16},
        {"TELEGRAM_BOT_TOKEN": "1:a", "TELEGRAM_WEBHOOK_SECRET": "hidden"},
    ],
)
def test_half_a_model_or_bot_is_refused_by_name_and_not_repeated(variables):
    read = chat_model if any(name.startswith("CHAT") for name in variables) else telegram

    with pytest.raises(ImproperlyConfigured, match=r"^(CHAT_MODEL|TELEGRAM)_") as refusal:
        read(environment(**variables))

    assert "hidden" not in str(refusal.value)


def test_sqlalchemys_words_shape_the_pool():
    env = environment(
        DB_POOL_SIZE="4", DB_MAX_OVERFLOW="2", DB_POOL_RECYCLE="60", DB_POOL_TIMEOUT="2"
    )

    assert options.pool(env) == {"max_size": 6, "max_lifetime": 60, "timeout": 2}
    assert options.pool(environment(DB_POOL_SIZE="0")) is None


def test_the_limits_of_connections_have_defaults_and_the_address_wins():
    given = {"connect_timeout": "9", "options": "-c lock_timeout=1s"}

    assert options.postgresql(environment(DB_SSLMODE="require"), given) == {
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": {
            "application_name": "coachbot",
            "connect_timeout": "9",
            "keepalives_idle": 10,
            "server_side_binding": True,
            "prepare_threshold": 5,
            "tcp_user_timeout": 20_000,
            "sslmode": "require",
            "options": "-c lock_timeout=5s -c idle_in_transaction_session_timeout=15s "
            "-c lock_timeout=1s",
        },
    }


def test_behind_pgbouncer_nothing_is_kept_between_two_transactions():
    behind = options.postgresql(environment(DB_PGBOUNCER="true"), {})

    assert behind["DISABLE_SERVER_SIDE_CURSORS"]
    assert not {"options", "prepare_threshold"} & behind["OPTIONS"].keys()


@pytest.mark.parametrize(
    ("given", "mode", "said"),
    [
        pytest.param({}, "on", "DB_SSLMODE must be one of disable, ", id="unknown"),
        pytest.param({"sslmode": "require"}, "prefer", "different modes", id="said twice"),
    ],
)
def test_how_connections_are_encrypted_is_said_once_and_in_libpqs_words(given, mode, said):
    with pytest.raises(ImproperlyConfigured, match=said):
        options.postgresql(environment(DB_SSLMODE=mode), given)
