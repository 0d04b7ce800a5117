"""Whether somebody proved in this session that they have their second factor, too."""

from types import SimpleNamespace

from allauth.account.authentication import get_authentication_records
from django.conf import settings


def is_missing(user, session):
    """Staff need it where STAFF_SECOND_FACTOR says so; others decide for themselves."""
    if not (user.is_staff and settings.STAFF_SECOND_FACTOR):
        return False
    records = get_authentication_records(SimpleNamespace(session=session), user)
    return all(record.get("method") != "mfa" for record in records)
