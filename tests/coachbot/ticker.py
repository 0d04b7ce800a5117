"""Many clocks in one process. Run by test_jobs.py: says `ready`, waits for a line, lets them tick
at once, and prints how many tasks each enqueued."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import django

django.setup()

from django.db import connection  # noqa: E402 -- needs the settings

from coachbot.jobs import clock  # noqa: E402 -- needs the settings
from coachbot.jobs.housekeeping import forget_old_tasks  # noqa: E402 -- needs the settings
from coachbot.jobs.models import Tick  # noqa: E402 -- needs the settings

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)


def main(clocks):
    together = Barrier(clocks)
    clock._schedule.clear()
    clock.every(60, forget_old_tasks)

    def tick(_):
        together.wait()
        try:
            return str(clock.tick(NOW))
        except Tick.MultipleObjectsReturned:  # the control: several were first
            return "0"
        finally:
            connection.close()

    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(clocks) as pool:
        print(json.dumps(list(pool.map(tick, range(clocks)))))


main(int(sys.argv[1]))
