"""What the environment says, read strictly: a value that cannot be meant is refused by name."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env
from psycopg.pq import Conninfo

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})

RATE = re.compile(r"([1-9]\d{0,8})/([1-9]\d{0,3})?([smhd])", re.ASCII)
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

# All three name the same setting; the first is ours, the others are common elsewhere.
DATABASE_NAMES = ("DATABASE_URL", "DB_URL", "PG_DATABASE_URL")
DEFAULT_DATABASE = "sqlite:///app.db"
DATABASE_VARIABLES = frozenset({*DATABASE_NAMES, *(f"{name}_FILE" for name in DATABASE_NAMES)})
ENGINES = {"postgres": "postgres", "postgresql": "postgres", "sqlite": "sqlite"}

LOCAL_KEY = "django-insecure-for-local-work-only"
SHORTEST_KEY = 32

# The port of each scheme; of django-environ's others, `smtps` does not do what one expects.
# Services that send mail, by the names that django-anymail gives them.
MAIL_SERVICES = frozenset(
    {
        *("brevo", "mailersend", "mailgun", "mailjet", "mandrill", "mailtrap", "postal"),
        *("postmark", "resend", "sendgrid", "sparkpost", "unisender_go"),
    }
)

SMTP_PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}


class Rate(NamedTuple):
    """At most `most` times in `seconds`, which begin with the first time."""

    most: int
    seconds: int


def boolean(env: Env, name: str, *, default: bool) -> bool:
    """`name` as a truth value. Raises ImproperlyConfigured for anything but a known word."""
    text = env.str(name, default=str(default)).strip().lower()
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}.")


def integer(env: Env, name: str, *, default: int, least: int = 0) -> int:
    """`name` as a whole number of at least `least`. Raises ImproperlyConfigured otherwise."""
    text = env.str(name, default=str(default)).strip()
    if text.isascii() and text.isdigit() and int(text) >= least:
        return int(text)
    raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {text!r}.")


def integers(env: Env, name: str, *, default: str, most: int) -> list[int]:
    """`name` as whole numbers from 1 to `most` with commas between them; empty for none. Raises
    ImproperlyConfigured otherwise."""
    text = env.str(name, default=default).strip()
    parts = [part.strip() for part in text.split(",")] if text else []
    if all(part.isascii() and part.isdigit() and 1 <= int(part) <= most for part in parts):
        return [int(part) for part in parts]
    raise ImproperlyConfigured(
        f"{name} must be whole numbers from 1 to {most} like 24,2 or empty, not {text!r}."
    )


def word(env: Env, name: str, *, of: tuple[str, ...], default: str) -> str:
    """`name` as one of the words `of`, in any case. Raises ImproperlyConfigured otherwise."""
    text = env.str(name, default="").strip() or default
    for known in of:
        if text.lower() == known.lower():
            return known
    raise ImproperlyConfigured(f"{name} must be one of {', '.join(of)}, not {text!r}.")


def rate(env: Env, name: str, *, default: str) -> Rate | None:
    """`name` as a rate like 20/h or 5/15m: so many times in so many seconds (s), minutes (m),
    hours (h) or days (d). Empty: no limit. Raises ImproperlyConfigured otherwise."""
    text = env.str(name, default=default).strip()
    if not text:
        return None
    if found := RATE.fullmatch(text):
        most, units, unit = found.groups()
        return Rate(int(most), int(units or 1) * SECONDS[unit])
    raise ImproperlyConfigured(f"{name} must look like 20/h or 5/15m, or be empty, not {text!r}.")


def networks(env: Env, name: str, *, default: str) -> list[IPv4Network | IPv6Network]:
    """`name` as addresses and networks with commas between them; empty for none. Raises
    ImproperlyConfigured for what is neither."""
    texts = [text.strip() for text in env.str(name, default=default).split(",")]
    try:
        return [ip_network(text) for text in texts if text]
    except ValueError as mistake:
        raise ImproperlyConfigured(
            f"{name} must be networks like 10.0.0.0/8,::1 or empty: {mistake}."
        ) from None


def metrics_token(env: Env) -> str:
    """What opens /metrics from anywhere; empty for nothing. Raises ImproperlyConfigured for one
    that could be guessed."""
    token = secret(env, "METRICS_TOKEN").strip()
    if token and not re.fullmatch(rf"[!-~]{{{SHORTEST_KEY},}}", token):
        raise ImproperlyConfigured(
            f"METRICS_TOKEN must be {SHORTEST_KEY} printable ASCII characters or more. "
            'This makes one: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return token


def secret(env: Env, name: str) -> str:
    """`name`, or else what the file holds that `name`_FILE names; empty if neither is set.

    One newline at the file's end is not part of it. Raises ImproperlyConfigured if both are set,
    or if the file holds nothing that can be read; the secret is never repeated.
    """
    # Not through env.str: that takes what begins with $ for the name of another variable.
    variables: Mapping[str, str] = env.ENVIRON
    given, path = variables.get(name, ""), variables.get(f"{name}_FILE", "")
    if not path:
        return given
    if given:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: set only one.")
    try:
        text = re.sub(r"\r?\n\Z", "", Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ImproperlyConfigured(f"{name}_FILE names what cannot be read: {path!r}.") from None
    if not text.strip():
        raise ImproperlyConfigured(f"{name}_FILE names an empty file: {path!r}.")
    return text


def secret_key(env: Env, *, debug: bool) -> str:
    """What signs and seals. Raises ImproperlyConfigured unless it is hard to guess; with `debug`
    anything will do."""
    key = secret(env, "SECRET_KEY")
    if debug:
        return key or LOCAL_KEY
    if not key:
        raise ImproperlyConfigured(
            "SECRET_KEY is missing. Set it in the environment or in .env (`make run` writes one), "
            "or set DEBUG=true for local work."
        )
    if len(key) < SHORTEST_KEY or key == LOCAL_KEY:
        raise ImproperlyConfigured(
            f"SECRET_KEY must be {SHORTEST_KEY} characters or more that nobody can guess. "
            'This makes one: python3 -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    return key


def address(env: Env, name: str, *, default: str = "") -> str:
    """`name` as the address of a server, without a slash at its end; empty if it is not set.
    Raises ImproperlyConfigured, and repeats nothing: people put keys into addresses."""
    url: str = env.str(name, default=default).strip().rstrip("/")
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if url and (not right or parts.query or parts.fragment or parts.username is not None):
        raise ImproperlyConfigured(
            f"{name} must look like https://host/path: no user, no question mark, no hash."
        )
    return url


def chat_model(env: Env) -> dict[str, Any]:
    """The language model that the chat may ask; empty if none is set. Raises
    ImproperlyConfigured for half of one."""
    url, name = address(env, "CHAT_MODEL_URL"), env.str("CHAT_MODEL_NAME", default="").strip()
    key = secret(env, "CHAT_MODEL_KEY").strip()
    seconds = integer(env, "CHAT_MODEL_TIMEOUT_SECONDS", default=8, least=1)
    if bool(url) != bool(name) or (key and not url):
        raise ImproperlyConfigured("CHAT_MODEL_URL and CHAT_MODEL_NAME go together: set both.")
    if not re.fullmatch("[!-~]*", key):
        raise ImproperlyConfigured("CHAT_MODEL_KEY must be printable ASCII without blanks.")
    return {"URL": url, "NAME": name, "KEY": key, "SECONDS": seconds} if url else {}


def telegram(env: Env) -> dict[str, Any]:
    """The bot of Telegram that speaks for us; empty if none is set. Raises ImproperlyConfigured
    for half of one; secrets are never repeated."""
    token = secret(env, "TELEGRAM_BOT_TOKEN").strip()
    webhook_secret = secret(env, "TELEGRAM_WEBHOOK_SECRET").strip()
    name = env.str("TELEGRAM_BOT_NAME", default="").strip().removeprefix("@")
    api = address(env, "TELEGRAM_API_URL", default="https://api.telegram.org")
    if bool(token) != bool(webhook_secret):
        raise ImproperlyConfigured(
            "TELEGRAM_BOT_TOKEN and TELEGRAM_WEBHOOK_SECRET go together: set both. This makes the "
            'second: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    for variable, value, pattern in (
        ("TELEGRAM_BOT_TOKEN", token, r"\d+:[\w-]+"),
        ("TELEGRAM_WEBHOOK_SECRET", webhook_secret, r"[\w-]{16,256}"),
        ("TELEGRAM_BOT_NAME", name, r"\w{5,32}"),
    ):
        if value and not re.fullmatch(pattern, value, re.ASCII):
            raise ImproperlyConfigured(f"{variable} must match {pattern}.")
    if not token:
        return {}
    return {"TOKEN": token, "SECRET": webhook_secret, "NAME": name, "API": api}


def secret_list(env: Env, name: str) -> list[str]:
    """Secrets with commas or line ends between them."""
    return [each.strip() for each in re.split(r"[,\n]", secret(env, name)) if each.strip()]


def email(env: Env, *, base: Path) -> dict[str, Any]:
    """Django's settings for sending mail, from EMAIL_URL; printed to the console unless set.

    A folder that does not begin with a slash lies in `base`. Raises ImproperlyConfigured for an
    address that cannot be one.
    """
    url = secret(env, "EMAIL_URL").strip() or "consolemail://"
    if (service := url.partition("://")[0]) in MAIL_SERVICES:
        return mail_service(service, url)
    mistake = ImproperlyConfigured(
        "EMAIL_URL must look like smtp+tls://user:password@host:587, smtp+ssl://…, smtp://…, "
        "filemail:///folder, mailgun://?api_key=… or consolemail://; write / ? # @ in a password "
        "as %2F %3F %23 %40."
    )
    try:
        parts = urlsplit(url)
        config: dict[str, Any] = Env.email_url_config(url)
    except (ValueError, ImproperlyConfigured):
        raise mistake from None
    if parts.scheme in SMTP_PORTS:
        right = config["EMAIL_HOST"] and parts.path in ("", "/")
        config["EMAIL_PORT"] = config["EMAIL_PORT"] or SMTP_PORTS[parts.scheme]
    elif parts.scheme == "filemail":
        right = config["EMAIL_FILE_PATH"] and not parts.netloc
        config["EMAIL_FILE_PATH"] = str(base / config["EMAIL_FILE_PATH"])
    else:
        right = url == "consolemail://"
    if not right or parts.query or parts.fragment:
        raise mistake
    return {name: value for name, value in config.items() if value not in (None, "")}


def mail_service(service: str, url: str) -> dict[str, Any]:
    """What django-anymail is told about `service`: what stands behind the question mark, under
    the names of its documentation without that of the service. Raises ImproperlyConfigured."""
    try:
        parts = urlsplit(url)
        given = dict(parse_qsl(parts.query, strict_parsing=True))
    except ValueError:
        given = {}
    if not given or parts.netloc or parts.path or parts.fragment:
        raise ImproperlyConfigured(
            f"EMAIL_URL must look like {service}://?name=value&other=value, with the settings that "
            "django-anymail documents: mailgun://?api_key=…&sender_domain=mg.example.com."
        )
    prefix = service.upper()
    return {
        "EMAIL_BACKEND": f"anymail.backends.{service}.EmailBackend",
        "ANYMAIL": {f"{prefix}_{name.upper()}": value for name, value in given.items()},
    }


def database_url(env: Env) -> tuple[str, str]:
    """The database's address and the name of the variable that gave it.

    Raises ImproperlyConfigured when two of the names are set to different addresses.
    """
    found = {name: secret(env, name).strip() for name in DATABASE_NAMES}
    given = {name: url for name, url in found.items() if url}
    if len(set(given.values())) > 1:
        raise ImproperlyConfigured(f"{' and '.join(given)} name different databases: set only one.")
    return next(((url, name) for name, url in given.items()), (DEFAULT_DATABASE, "DATABASE_URL"))


def database(env: Env) -> dict[str, Any]:
    """Django's settings for the database. SQLAlchemy's spellings are understood:
    `postgresql+asyncpg://…` is PostgreSQL, `sqlite:///./app.db` a file beside manage.py.

    Raises ImproperlyConfigured, naming the variable, for an address that cannot be one.
    """
    return database_at(*database_url(env))


def replica(env: Env) -> dict[str, Any] | None:
    """Django's settings for a standby of PostgreSQL, from DATABASE_REPLICA_URL; None without."""
    url = secret(env, "DATABASE_REPLICA_URL").strip()
    if not url:
        return None
    config = database_at(url, "DATABASE_REPLICA_URL")
    if config["ENGINE"] != database(env)["ENGINE"] or config["ENGINE"].endswith("sqlite3"):
        raise ImproperlyConfigured(
            "DATABASE_REPLICA_URL must name a standby of the PostgreSQL in DATABASE_URL."
        )
    return config


def database_at(url: str, name: str) -> dict[str, Any]:
    """The settings for `url`, which the variable `name` gave."""
    scheme, separator, rest = url.partition("://")
    engine = ENGINES.get(scheme.split("+")[0].lower())
    if not separator or engine is None:
        raise ImproperlyConfigured(
            f"{name} must look like postgresql://user:password@host:5432/name or "
            f"sqlite:///app.db; it begins with {scheme.partition(':')[0][:20]!r}."
        )
    return sqlite(rest, name) if engine == "sqlite" else postgresql(rest, name)


def sqlite(rest: str, name: str) -> dict[str, Any]:
    path = rest.partition("?")[0]
    if not path.startswith("/"):
        raise ImproperlyConfigured(
            f"{name} needs three slashes before a file (sqlite:///app.db), four before a "
            "path from the root (sqlite:////var/lib/coachbot/app.db)."
        )
    file = path[1:]
    if file in ("", ":memory:"):
        raise ImproperlyConfigured(f"{name} must name a file: a database in memory is lost.")
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": file.removeprefix("./")}


def postgresql(rest: str, name: str) -> dict[str, Any]:
    """A socket's folder may stand for the host: `//run/postgresql` or `%2Frun%2Fpostgresql`."""
    try:
        port = urlsplit(f"postgres://{rest}").port
    except ValueError:
        # What the parser took for a port may be half a password, so it is not repeated here.
        raise ImproperlyConfigured(
            f"{name} has no valid port. If its password contains / ? # or @, write them as "
            "%2F %3F %23 %40."
        ) from None
    config: dict[str, Any] = Env.db_url_config(f"postgres://{rest}")
    if not config["NAME"]:
        raise ImproperlyConfigured(f"{name} names no database: end it with /name.")
    options = _options(config.pop("OPTIONS", {}), name)
    return {**config, "HOST": unquote(config["HOST"]), "PORT": port or "", "OPTIONS": options}


def _options(given: dict[str, Any], name: str) -> dict[str, Any]:
    """What follows the question mark: libpq's words, and asyncpg's `ssl` for its `sslmode`."""
    options = {"sslmode" if word == "ssl" else word: value for word, value in given.items()}
    known = {each.keyword.decode() for each in Conninfo.get_defaults()}
    if unknown := sorted(options.keys() - known):
        raise ImproperlyConfigured(f"{name} has options that PostgreSQL does not know: {unknown}.")
    return options
