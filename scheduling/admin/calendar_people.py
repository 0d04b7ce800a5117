"""Whom a booking on the phone is for: found by name, by email or by some of the phone number."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from scheduling.models import Booking
from scheduling.models.booking import as_digits, phone_contains
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
    digits = _digits(text)
    found = rows.filter(phone_contains(digits, "phone")) if digits else rows.search(text)
    return found.order_by("first_name", "last_name", "username")


def _guests(text) -> list[Person]:
    rows = Booking.objects.of_guests()
    if digits := _digits(text):
        rows = rows.filter(phone_contains(digits))
    else:
        for word in text.split():
            rows = rows.filter(Q(client_name__icontains=word) | Q(client_email__icontains=word))
    found: dict[tuple[str, str], Person] = {}
    for booking in rows.order_by("-starts_at", "-id")[:ROWS]:
        found.setdefault((booking.client_email.lower(), booking.client_name), _guest(booking))
    return list(found.values())


def _digits(text) -> str:
    """The digits of what looks like a phone number."""
    digits = as_digits(text)
    return digits if len(digits) >= FEWEST_DIGITS else ""


def _user(user: User) -> Person:
    name = user.get_full_name() or user.username
    return Person(f"user:{user.pk}", name, user.email, user.phone, user)


def _guest(booking: Booking) -> Person:
    return Person(
        f"guest:{booking.pk}", booking.client_name, booking.client_email, booking.client_phone
    )
