"""Whether somebody proved in this session that they have their second factor, too."""

from types import SimpleNamespace

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings


def is_demanded(user):
    """Staff need it where STAFF_SECOND_FACTOR says so; others decide for themselves."""
    return user.is_staff and settings.STAFF_SECOND_FACTOR


def is_missing(user, session):
    """What was proven counts as long as it is theirs: not after a superuser has removed it."""
    if not is_demanded(user):
        return False
    records = get_authentication_records(SimpleNamespace(session=session), user)
    proven = {record.get("id") for record in records if record.get("method") == "mfa"}
    return not (proven and Authenticator.objects.filter(user=user, pk__in=proven).exists())
