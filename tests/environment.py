"""What tests need before settings load: a key, and no say for a developer's own .env.

They speak plain HTTP, but for those of HTTPS itself.
"""

import os

SCOPES = ("ANONYMOUS_BOOKING", "CHAT", "SEARCH", "DEFAULT")
TELEGRAM = ("BOT_TOKEN", "BOT_TOKEN_FILE", "WEBHOOK_SECRET", "WEBHOOK_SECRET_FILE", "BOT_NAME")
DEFAULTS = {
    "ENV_FILE": "",
    "HTTPS": "false",
    "TRUSTED_PROXIES": "0",
    "SECRET_KEY": "for-tests-only-and-nowhere-else-0123456789-abcdefghij",
    "SECRET_KEY_FILE": "",
    "SECRET_KEY_FALLBACKS": "",
    "SECRET_KEY_FALLBACKS_FILE": "",
    "DATABASE_REPLICA_URL": "",
    "EMAIL_URL": "",
    "EMAIL_URL_FILE": "",
    "SITE_URL": "",
    "REMINDER_HOURS": "24",
    # What is slow on a busy machine is nobody's fault.
    "DB_SLOW_QUERY_MS": "0",
    "STAFF_SECOND_FACTOR": "false",
    **{f"METRICS_{name}": "" for name in ("TOKEN", "TOKEN_FILE")},
    **{f"CHAT_MODEL_{name}": "" for name in ("URL", "NAME", "KEY", "KEY_FILE")},
    **{f"TELEGRAM_{name}": "" for name in TELEGRAM},
    # Tests ask more often than people do; those of the limits set their own.
    **{f"THROTTLE_{scope}": "" for scope in SCOPES},
}

os.environ.update(DEFAULTS)
