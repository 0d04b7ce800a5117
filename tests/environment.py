"""What tests need before settings load: a key, and no say for a developer's own .env."""

import os

SCOPES = ("ANONYMOUS_BOOKING", "CHAT", "SEARCH", "DEFAULT")
DEFAULTS = {
    "ENV_FILE": "",
    "SECRET_KEY": "for-tests-only",
    "STAFF_SECOND_FACTOR": "false",
    # Tests ask more often than people do; those of the limits set their own.
    **{f"THROTTLE_{scope}": "" for scope in SCOPES},
}

for name, text in DEFAULTS.items():
    os.environ.setdefault(name, text)
