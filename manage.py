#!/usr/bin/env python
"""CoachBot's commands: `python manage.py help`."""

import os
import signal
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

from coachbot.logs import in_one_line

INTERRUPTED = 130

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coachbot.settings")
    # As Ctrl-C does, so that what was begun is taken back, and no copy of the data stays behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as mistake:
        sys.exit(f"Configuration: {mistake}")
    except OperationalError as failure:
        if "--traceback" in sys.argv:
            raise
        sys.exit(f"The database refuses: {in_one_line(failure)}. `manage.py check_db` says more.")
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(INTERRUPTED)
