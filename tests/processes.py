"""What other processes need to work on the database of the test that starts them."""

import json
import os
import subprocess
import sys
from collections import Counter
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


def all_at_once(commands, **settings):
    """How often each answer was given by scripts that say `ready`, wait for a line, and print a
    list of answers as JSON. Each of `commands` is a script and its arguments."""
    racers = [
        subprocess.Popen(
            [sys.executable, *map(str, command)],
            env=environment_here(**settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    answers = Counter()
    for racer in racers:
        answers.update(json.loads(racer.communicate(timeout=60)[0]))
        assert racer.returncode == 0
    return dict(answers)


def database_url():
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{config['NAME']}"
    password = f":{quote(config['PASSWORD'], safe='')}" if config["PASSWORD"] else ""
    port = f":{config['PORT']}" if config["PORT"] else ""
    host = quote(config["HOST"], safe="")
    return f"postgres://{quote(config['USER'])}{password}@{host}{port}/{config['NAME']}"
