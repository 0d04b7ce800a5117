#!/bin/sh
# Writes the password where PgBouncer reads it, and starts it.
set -eu
umask 077
printf '"coachbot" "%s"\n' "$(printf %s "$PGPASSWORD" | sed 's/"/""/g')" >/tmp/users.txt
unset PGPASSWORD POSTGRES_PASSWORD REPLICATION_PASSWORD
exec pgbouncer "${1:-/etc/coachbot/pgbouncer.ini}"
