"""Whom a booking on the phone is for: found by name, by email or by some of the phone number."""

import re
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, Q, Value
from django.db.models.functions import Replace
from django.db.models.lookups import Contains

from accounts.models import User
from scheduling.models import Booking
from scheduling.services import Contact

SHOWN = 8
# A guest has as many rows as bookings.
ROWS = 60
FEWEST_LETTERS = 2
FEWEST_DIGITS = 4


class Person(NamedTuple):
    """`key` is what the form sends: user:… or, for a guest, a booking of theirs, guest:…"""

    key: str
    name: str
    email: str
    phone: str
    client: User | None = None

    @property
    def contact(self) -> Contact:
        return Contact() if self.client else Contact(self.name, self.email, self.phone)


def find_people(text: str, *, users: bool) -> list[Person]:
    """Users, if `users`, and then guests of earlier bookings; nobody for a single letter."""
    text = text.replace("\0", "").strip()
    if len(text) < FEWEST_LETTERS:
        return []
    found = list(map(_user, _users(text)[:SHOWN])) if users else []
    return [*found, *_guests(text)[:SHOWN]]


def person_of(key: str, *, users: bool) -> Person | None:
    """Whom the form names, if there is such a person and one may look."""
    kind, _, text = key.partition(":")
    try:
        pk = UUID(text)
    except ValueError:
        return None
    if kind == "user" and users:
        return next(map(_user, User.objects.active().filter(pk=pk)), None)
    if kind == "guest":
        return next(map(_guest, Booking.objects.filter(pk=pk, client=None)), None)
    return None


def _users(text):
    rows = User.objects.active()
    return (rows.filter(_by_phone(text)) if _digits(text) else rows.search(text)).order_by(
        "first_name", "last_name", "username"
    )


def _guests(text) -> list[Person]:
    rows = Booking.objects.filter(client=None)
    if _digits(text):
        rows = rows.filter(_by_phone(text, "client_phone"))
    else:
        for word in text.split():
            rows = rows.filter(Q(client_name__icontains=word) | Q(client_email__icontains=word))
    found: dict[tuple[str, str], Person] = {}
    for booking in rows.order_by("-starts_at")[:ROWS]:
        found.setdefault((booking.client_email.lower(), booking.client_name), _guest(booking))
    return list(found.values())


def _digits(text) -> str:
    """The digits of what looks like a phone number, without what dials out of a place."""
    digits = re.sub(r"\D", "", text)
    looks = len(digits) >= FEWEST_DIGITS and not re.search(r"[^\d ()./+-]", text)
    return digits.lstrip("0") if looks else ""


def _by_phone(text, column="phone"):
    """However either is written."""
    number = F(column)
    for letter in " ()./-":
        number = Replace(number, Value(letter), Value(""))
    return Q(Contains(number, _digits(text)))


def _user(user: User) -> Person:
    name = user.get_full_name() or user.username
    return Person(f"user:{user.pk}", name, user.email, user.phone, user)


def _guest(booking: Booking) -> Person:
    return Person(
        f"guest:{booking.pk}", booking.client_name, booking.client_email, booking.client_phone
    )
