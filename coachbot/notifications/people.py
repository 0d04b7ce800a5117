"""Who gets a mail: the address, the language and the zone of whoever a booking is about."""

import re
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.models import User
from scheduling.models import Booking, Specialist, WaitingListEntry

# Guests call themselves as they like: no mail of ours carries somebody's advertisement.
NOT_A_NAME = re.compile(r"://|www\.|@|\w\.[a-z]{2}")


class Recipient(NamedTuple):
    """`specialist` is None for the client. The name of a guest may be empty."""

    name: str
    email: str
    language: str
    zone: ZoneInfo
    specialist: Specialist | None = None


def client_of(booking: Booking | WaitingListEntry, specialist: Specialist) -> Recipient | None:
    """A guest lives where `specialist` works, for all we know. None for who is not there any
    more, and for who gave no address. An account has one address: that of the account."""
    if (user := booking.client) is not None:
        known = user.is_active and user.email
        name = user.get_full_name() or booking.client_name or user.username
        return Recipient(name, user.email, user.language, user.time_zone) if known else None
    if not booking.client_email:
        return None
    name = "" if NOT_A_NAME.search(booking.client_name) else booking.client_name
    # Who waits was not asked for a language.
    language = getattr(booking, "language", "") or settings.LANGUAGE_CODE
    return Recipient(name, booking.client_email, language, specialist.time_zone)


def specialist_as_recipient(specialist: Specialist) -> Recipient | None:
    """None for who has no address, and for whose account is closed."""
    user = specialist.user
    email = specialist.email or (user.email if user else "")
    if not email or (user and not user.is_active):
        return None
    language = user.language if user else settings.LANGUAGE_CODE
    return Recipient(specialist.name, email, language, specialist.time_zone, specialist)


def may_act(user: User | None) -> bool:
    """Whether a link in a mail may do what `user` may. Staff may more than a link should give:
    they use the back office, behind its second factor."""
    return user is not None and user.is_active and not user.is_staff
