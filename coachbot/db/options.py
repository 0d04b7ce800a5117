"""How the application connects to PostgreSQL, from the environment."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environ import Env

from coachbot.db.plans import KEPT_AFTER
from coachbot.environment import boolean, database_at, integer, secret, word

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def postgresql(env: Env, given: dict[str, Any]) -> dict[str, Any]:
    """Django's settings for every process. `given` are the options of the address, which win.

    Nobody waits for ever: neither for a server that is away, nor for a row that is locked.
    """
    pgbouncer = boolean(env, "DB_PGBOUNCER", default=False)
    limits = [
        f"-c lock_timeout={integer(env, 'DB_LOCK_TIMEOUT', default=5)}s",
        f"-c idle_in_transaction_session_timeout="
        f"{integer(env, 'DB_IDLE_IN_TRANSACTION_TIMEOUT', default=15)}s",
        given.get("options", ""),
    ]
    options = {
        "application_name": "coachbot",
        "connect_timeout": integer(env, "DB_CONNECT_TIMEOUT", default=5, least=1),
        # A machine that is gone without a word is given up after twenty seconds.
        "keepalives_idle": 10,
        # To plan the short statements of a request costs more than to run them: the server keeps
        # the plans of those that a connection sends again and again, word for word.
        "server_side_binding": True,
        "prepare_threshold": KEPT_AFTER,
        "tcp_user_timeout": 20_000,
        **_sslmode(env, given),
        **given,
        "options": " ".join(limits).strip(),
    }
    if pgbouncer:
        # It hands a server's connection to another client with every transaction, and refuses
        # what would stay set: the role has to have the limits (ALTER ROLE … SET lock_timeout).
        del options["options"], options["prepare_threshold"]
    return {
        "CONN_HEALTH_CHECKS": boolean(env, "DB_POOL_PRE_PING", default=True),
        "DISABLE_SERVER_SIDE_CURSORS": pgbouncer,
        "OPTIONS": options,
    }


def verifying(env: Env) -> dict[str, Any] | None:
    """Django's settings for the server of BACKUP_VERIFY_URL; None without."""
    url = secret(env, "BACKUP_VERIFY_URL").strip()
    if not url:
        return None
    config = database_at(url, "BACKUP_VERIFY_URL")
    if config["ENGINE"].endswith("sqlite3"):
        raise ImproperlyConfigured("BACKUP_VERIFY_URL must name a server of PostgreSQL.")
    options = postgresql(env, config["OPTIONS"])
    # DB_PGBOUNCER speaks of the site's.
    return {**config, **options, "DISABLE_SERVER_SIDE_CURSORS": False}


def statement_timeout(env: Env) -> int:
    """Seconds that a statement of the web server may take; 0 for any time. Commands take theirs."""
    return integer(env, "DB_STATEMENT_TIMEOUT", default=15)


def pool(env: Env) -> dict[str, Any] | None:
    """psycopg's settings for the pool of one process, in SQLAlchemy's words; None for none."""
    size = integer(env, "DB_POOL_SIZE", default=20)
    overflow = integer(env, "DB_MAX_OVERFLOW", default=0)
    settings = {
        "max_size": size + overflow,
        "max_lifetime": integer(env, "DB_POOL_RECYCLE", default=3600, least=1),
        "timeout": integer(env, "DB_POOL_TIMEOUT", default=3, least=1),
    }
    return settings if size else None


def _sslmode(env: Env, given: dict[str, Any]) -> dict[str, str]:
    if not env.str("DB_SSLMODE", default="").strip():
        return {}
    mode = word(env, "DB_SSLMODE", of=SSL_MODES, default="prefer")
    if given.get("sslmode", mode) != mode:
        raise ImproperlyConfigured(
            "DB_SSLMODE and the database's address name different modes: set only one."
        )
    return {"sslmode": mode}
