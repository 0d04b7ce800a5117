"""`manage.py check_db`: does the database serve, and how is it set."""

import json
import sys
import time
from statistics import median

from django.conf import settings
from django.core.management import BaseCommand
from django.db import DatabaseError, connection, connections

from coachbot.db import guards, migrating, replicas, serving

LIMITS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")


class Command(BaseCommand):
    help = (
        "Say what the database is, how quick, how its connections are set and used, and what is "
        "wrong with it. Exits with 1 if something is. `init_db` mends what can be mended."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="For machines.")

    def handle(self, **options):
        facts = {"database": migrating.place(connection), **_facts()}
        facts = {**facts, "ok": not facts["problems"]}
        self.stdout.write(json.dumps(facts) if options["json"] else _text(facts))
        if not facts["ok"]:
            sys.exit(1)


def _facts():
    try:
        return {**_server(), "problems": _problems()}
    except DatabaseError as failure:
        return {"problems": [f"no answer: {' '.join(str(failure).split())}"]}


def _server():
    times = [_latency() for _ in range(5)]
    version = ".".join(str(part) for part in connection.get_database_version())
    common = {"engine": connection.display_name, "version": version, "latency_ms": median(times)}
    return common if connection.vendor == "sqlite" else {**common, **_postgresql()}


def _postgresql():
    return {
        "pool": settings.DB_POOL,
        "connections": _one("SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL"),
        "connections_most": serving.most_connections(connection),
        "encrypted": _one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"),
        "limits": {name: _one(f"SHOW {name}") for name in LIMITS},
        **({"replica": _replica()} if replicas.ALIAS in connections else {}),
    }


def _replica():
    place = migrating.place(connections[replicas.ALIAS])
    try:
        return {"database": place, "lag_seconds": replicas.lag(), "usable": replicas.is_usable()}
    except DatabaseError:
        return {"database": place, "lag_seconds": None, "usable": False}


def _problems():
    waiting = [f"{each.app_label} {each.name}" for each in migrating.pending(connection)]
    return [
        *(f"pending migration: {name}" for name in waiting),
        *(f"missing guard: {name}" for name in guards.missing(connection)),
    ]


def _latency():
    began = time.perf_counter()
    _one("SELECT 1")
    return round((time.perf_counter() - began) * 1000, 2)


def _one(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def _text(facts):
    lines = [f"{name:17} {_plain(value)}" for name, value in facts.items() if name != "problems"]
    return "\n".join([*lines, *(f"PROBLEM           {each}" for each in facts["problems"])])


def _plain(value):
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    words = {True: "yes", False: "no", None: "none"}
    return words[value] if value is None or isinstance(value, bool) else value
