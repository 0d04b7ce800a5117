"""What tests need before settings load: a key, and no say for a developer's own .env."""

import os

DEFAULTS = {"ENV_FILE": "", "SECRET_KEY": "for-tests-only"}

for name, text in DEFAULTS.items():
    os.environ.setdefault(name, text)
