"""What keeps entries as they are, whoever writes: triggers on both engines.

SQLite's REPLACE deletes a row without a word to its triggers, so what it would replace is refused
before.
"""

from coachbot.db.guards import Guard

TABLE = "audit_adminlog"
REFUSAL = "audit_append_only"
# PostgreSQL's, which its migration makes.
TRIGGERS = ("audit_append_only_row", "audit_append_only_truncate")
NOTHING = "SELECT id FROM audit_adminlog WHERE 1 = 0"


def _refusing(event: str, when: str = "") -> Guard:
    body = f"BEFORE {event} ON {TABLE} {when} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    return Guard(f"{REFUSAL}_{event.lower()}", TABLE, body, NOTHING)


GUARDS = (
    _refusing("UPDATE"),
    _refusing("DELETE"),
    _refusing(
        "INSERT",
        f"WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id OR sequence = NEW.sequence)",
    ),
)
