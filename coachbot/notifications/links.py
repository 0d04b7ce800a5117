"""Addresses in mails. Whoever holds one may look at one booking, and act as one person by POST.

A link is signed, for one booking and one person at one address: it ends when the booking is with
somebody else, when the address changes, and some time after the booking. It is made anew for each
mail and kept nowhere. It stands behind the question mark, where no log of ours looks.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from accounts.models import User
from coachbot.notifications.models import Topic
from coachbot.notifications.people import (
    Recipient,
    client_of,
    may_act,
    specialist_as_recipient,
)
from scheduling.models import Booking, Hold

BOOKING, OFFER, UNSUBSCRIBE = (
    f"coachbot.notifications.{name}" for name in ("booking", "offer", "unsubscribe")
)
CLIENT, SPECIALIST = "client", "specialist"
OFFERED = ("specialist__user", "entry__client", "entry__service")
# How long after the end of a booking its links open it: feedback is still welcome.
OPEN_FOR = timedelta(days=30)


class LinkInvalid(Exception):
    """Not signed by us, or no longer good."""


class Visit(NamedTuple):
    """Who came by a link, and to which booking. `actor` is None for a guest, and for who may only
    look."""

    booking: Booking
    recipient: Recipient
    actor: User | None
    may_act: bool

    @property
    def is_specialist(self) -> bool:
        return self.recipient.specialist is not None


def link_to(booking: Booking, recipient: Recipient) -> str:
    """Empty where it is not known under which address the site is found."""
    role = SPECIALIST if recipient.specialist else CLIENT
    text = f"{booking.pk.hex}.{role}.{_mark(booking, recipient)}"
    return _address("mail-booking", signing.Signer(salt=BOOKING).sign(text))


def offer_link(hold: Hold, recipient: Recipient) -> str:
    """To who waits, for this one offer."""
    text = f"{hold.pk.hex}.{_fingerprint(hold.pk, hold.entry.client_id, recipient.email)}"
    return _address("mail-offer", signing.Signer(salt=OFFER).sign(text))


def offer_by(token: str) -> tuple[Hold, Recipient]:
    """What is or was offered, and to whom. Raises LinkInvalid."""
    key, mark = _unsigned(token, OFFER).split(".")
    hold = Hold.objects.select_related(*OFFERED).filter(pk=UUID(key)).first()
    recipient = client_of(hold.entry, hold.specialist) if hold else None
    if hold is None or recipient is None:
        raise LinkInvalid
    found = _fingerprint(hold.pk, hold.entry.client_id, recipient.email)
    if not constant_time_compare(mark, found):
        raise LinkInvalid
    return hold, recipient


def unsubscribe_link(booking: Booking, topic: Topic) -> str:
    """For the address of the booking's client. It never ends."""
    signed = signing.Signer(salt=UNSUBSCRIBE).sign(f"{booking.pk.hex}.{topic}")
    return _address("mail-unsubscribe", signed)


def visit_by(token: str, *, now: datetime) -> Visit:
    """Raises LinkInvalid."""
    key, role, mark = _unsigned(token, BOOKING).split(".")
    booking = _booking(key)
    specialist = booking.specialist
    recipient = (
        specialist_as_recipient(specialist)
        if role == SPECIALIST
        else client_of(booking, specialist)
    )
    if recipient is None or not constant_time_compare(mark, _mark(booking, recipient)):
        raise LinkInvalid
    if now > booking.ends_at + OPEN_FOR:
        raise LinkInvalid
    actor = specialist.user if role == SPECIALIST else booking.client
    is_guest = role == CLIENT and booking.client is None
    return Visit(booking, recipient, actor, is_guest or may_act(actor))


def unsubscribed_by(token: str) -> tuple[Recipient, Topic]:
    """Whom the link is for, and from what. Raises LinkInvalid."""
    key, topic = _unsigned(token, UNSUBSCRIBE).split(".")
    booking = _booking(key)
    recipient = client_of(booking, booking.specialist)
    if recipient is None:
        raise LinkInvalid
    return recipient, Topic(topic)


def _unsigned(token: str, salt: str) -> str:
    try:
        return signing.Signer(salt=salt).unsign(token)
    except signing.BadSignature:
        raise LinkInvalid from None


def _booking(key: str) -> Booking:
    rows = Booking.objects.select_related("specialist__user", "service", "client")
    found = rows.filter(pk=UUID(key)).first()
    if found is None:
        raise LinkInvalid
    return found


def _mark(booking: Booking, recipient: Recipient) -> str:
    who = recipient.specialist.pk if recipient.specialist else booking.client_id
    return _fingerprint(booking.pk, who, recipient.email)


def _fingerprint(about: UUID, who: UUID | None, email: str) -> str:
    """Which person at which address: another one has another."""
    return sha256(f"{about}:{who}:{email.lower()}".encode()).hexdigest()[:20]


def _address(page: str, token: str) -> str:
    if not settings.SITE_URL:
        return ""
    return f"{settings.SITE_URL}{reverse(page)}?{urlencode({'token': token})}"
