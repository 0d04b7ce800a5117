#!/bin/sh
# Copies the primary once, then follows it: `sh standby.sh postgres …` in place of the entrypoint.
set -eu
primary=${PRIMARY_HOST:-db}
# A slot of its own: the primary keeps what this standby has not received, within its limit.
slot=${REPLICATION_SLOT:-standby}

# Not one of PostgreSQL's own files: a copy that was broken off has some of those, too.
whole=$PGDATA/copied-from-primary

if [ ! -e "$whole" ]; then
    mkdir -p "$PGDATA" && chmod 700 "$PGDATA"
    find "$PGDATA" -mindepth 1 -delete
    export PGPASSWORD="$REPLICATION_PASSWORD"
    psql "host=$primary user=replicator replication=true" \
        -qc "DROP_REPLICATION_SLOT $slot" 2>/dev/null || true
    pg_basebackup --host "$primary" --username replicator --pgdata "$PGDATA" --progress \
        --checkpoint=fast --wal-method=stream --create-slot --slot "$slot" --write-recovery-conf
    touch "$whole"
fi
exec "$@"
