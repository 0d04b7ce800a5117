"""The one way to make an id. Migrations name this function: keep it here."""

from uuid import UUID

from uuid_utils.compat import uuid7 as make


def uuid7() -> UUID:
    """A version 7 UUID (RFC 9562): starts with the time in ms, so inserts keep index order."""
    return make()
