"""Which rule of the database an error speaks of."""

from django.db import IntegrityError


def violates(error: IntegrityError, *names: str) -> bool:
    """Whether `error` is about one of `names`: a constraint, a guard, or on SQLite
    `table.column` for a plain unique column (it does not tell the constraint's name)."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name in names
    return any(name in str(error) for name in names)
