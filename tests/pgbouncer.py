"""PgBouncer in transaction mode in front of the test's server, as long as a block."""

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from tests.postgres import unprivileged

INSTALLED = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONFIGURATION = """
[databases]
* = {address}
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
"""


@contextmanager
def pgbouncer(size):
    """The folder of its socket. It has `size` connections to the server."""
    with tempfile.TemporaryDirectory(prefix="coachbot-bouncer-") as folder:
        file = Path(folder, "pgbouncer.ini")
        file.write_text(CONFIGURATION.format(address=address(), folder=folder, size=size))
        identity = {}
        if os.geteuid() == 0:
            identity = {"user": unprivileged().pw_uid, "group": unprivileged().pw_gid}
            os.chown(folder, *identity.values())
        process = subprocess.Popen([INSTALLED, file, "--quiet"], **identity)
        try:
            while not Path(folder, ".s.PGSQL.6432").exists():
                assert process.poll() is None
                time.sleep(0.01)
            yield folder
        finally:
            process.terminate()
            process.wait()


def address():
    """The test's server in PgBouncer's words, which has none for nothing."""
    words = {name: connection.settings_dict[name.upper()] for name in ("host", "port", "user")}
    password = connection.settings_dict["PASSWORD"].replace("'", "''")
    quoted = {"password": f"'{password}'"} if password else {}
    return " ".join(f"{word}={text}" for word, text in {**words, **quoted}.items() if text)
