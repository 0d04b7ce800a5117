"""What other processes need to work on the database of the test that starts them."""

import os
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from coachbot.environment import DATABASE_VARIABLES

PROJECT = Path(__file__).resolve().parent.parent


def environment_here(**more):
    """The environment of this process, for the test's own database."""
    return {
        **{name: text for name, text in os.environ.items() if name not in DATABASE_VARIABLES},
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "coachbot.settings",
        "PYTHONPATH": str(PROJECT),
        **more,
    }


def database_url():
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{config['NAME']}"
    password = f":{quote(config['PASSWORD'], safe='')}" if config["PASSWORD"] else ""
    port = f":{config['PORT']}" if config["PORT"] else ""
    host = quote(config["HOST"], safe="")
    return f"postgres://{quote(config['USER'])}{password}@{host}{port}/{config['NAME']}"
