import hashlib
import re
import secrets
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Self
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Length, Replace, Upper
from django.db.models.lookups import Contains, Exact, IsNull

from accounts.models import User, validate_phone
from coachbot.db.constraints import PostgresExclusion
from coachbot.db.indexes import PostgresGinIndex, PostgresIndex, SQLiteIndex
from coachbot.db.lookups import Like
from coachbot.models import TimestampedModel, UUIDModel
from scheduling.models.hours import EARLIEST, LATEST
from scheduling.models.service import Service
from scheduling.models.specialist import Specialist, validate_currency

# Read out on the phone: nothing that looks or sounds like something else in it.
REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_LENGTH = 8


def new_reference() -> str:
    """Letters and digits: letters alone could be a word, which the bot would not take for one."""
    while True:
        text = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))
        if not (text.isalpha() or text.isdigit()):
            return text


def as_reference(text: str) -> str:
    """`text` as references are written: people read them out, and write them down, in groups."""
    return re.sub(r"[\s-]", "", text).upper()


def hash_token(token: str) -> str:
    """What is kept of a guest's token: enough to know it again, useless to who reads it here."""
    return hashlib.sha256(token.encode()).hexdigest()


class BookingStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    CONFIRMED = "confirmed", "Confirmed"
    CANCELLED = "cancelled", "Cancelled"
    COMPLETED = "completed", "Completed"
    NO_SHOW = "no_show", "No-show"


# From where to where a booking may go; domain.md, "A booking's life".
MOVES: dict[BookingStatus, frozenset[BookingStatus]] = {
    BookingStatus.PENDING: frozenset({BookingStatus.CONFIRMED, BookingStatus.CANCELLED}),
    BookingStatus.CONFIRMED: frozenset(
        {BookingStatus.CANCELLED, BookingStatus.COMPLETED, BookingStatus.NO_SHOW}
    ),
    BookingStatus.CANCELLED: frozenset(),
    BookingStatus.COMPLETED: frozenset(),
    BookingStatus.NO_SHOW: frozenset(),
}
AFTER_START = frozenset({BookingStatus.COMPLETED, BookingStatus.NO_SHOW})

BETWEEN_DIGITS = " ()./-"

OCCUPIES_TIME = ~Q(status=BookingStatus.CANCELLED)


def as_digits(text: str) -> str:
    """The digits of what may be a part of a phone number, without what dials out of a place; else
    nothing."""
    digits = re.sub(r"\D", "", text).lstrip("0")
    return "" if re.search(r"[^\d ()./+-]", text) else digits


def digits_of(column: str) -> F | Replace:
    """A phone number however it is written; PostgreSQL has an index on this very expression."""
    number: F | Replace = F(column)
    for letter in BETWEEN_DIGITS:
        number = Replace(number, Value(letter), Value(""))
    return number


def phone_contains(digits: str, column: str = "client_phone") -> Q:
    """The first condition lets more through, and is cheap where no index answers the second."""
    return Q(Like(F(column), f"%{'%'.join(digits)}%")) & Q(Contains(digits_of(column), digits))


def _is_named(text: str) -> Q:
    """By its reference, or by a part of the phone number."""
    by_reference = Q(reference=as_reference(text))
    return by_reference | phone_contains(digits) if (digits := as_digits(text)) else by_reference


def _is_about(word: str) -> Q:
    return _is_named(word) | Q(client_name__icontains=word) | Q(client_email__icontains=word)


class BookingQuerySet(models.QuerySet["Booking"]):
    def occupying(self) -> Self:
        """Bookings that keep others out of their time."""
        return self.filter(OCCUPIES_TIME)

    def active(self) -> Self:
        """Bookings that are still to take place or to be closed."""
        return self.filter(status__in=[BookingStatus.PENDING, BookingStatus.CONFIRMED])

    def starting_in(self, start: datetime, end: datetime) -> Self:
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def visible_to(self, user: User) -> Self:
        """Staff all bookings, others those in which they are the client or the specialist.

        What staff may do with bookings is for their permissions to say: ask those first."""
        if user.is_staff:
            return self
        return self.filter(Q(client=user) | Q(specialist__user=user))

    def opened_by(self, manage_token: str) -> Self:
        """The one booking whose guest holds `manage_token`, or none."""
        return (
            self.filter(manage_token_hash=hash_token(manage_token)) if manage_token else self.none()
        )

    def search(self, text: str) -> Self:
        """Bookings found by reference, or by the client's name, email or phone: by every word of
        `text`, or by all of it, as references and numbers are read out in groups."""
        words = text.split()
        found = reduce(and_, map(_is_about, words), Q())
        if len(words) > 1:
            found |= _is_named(text)
        return self.filter(found)

    def of_guests(self) -> Self:
        """Said so that no index on the client answers it: searches have a better one."""
        return self.filter(IsNull(Coalesce("client_id", "client_id"), True))

    def with_people(self) -> Self:
        return self.select_related("specialist", "service", "client")


class Booking(UUIDModel, TimestampedModel):
    """A client's appointment. No two of a specialist that are not cancelled overlap.

    `occupied_*` is the booking with the buffers it was made with. A guest has no `client` but a
    name, an email address and a secret token of which only the SHA-256 is kept.
    """

    reference = models.CharField(max_length=REFERENCE_LENGTH, default=new_reference, editable=False)
    specialist = models.ForeignKey(Specialist, models.PROTECT, related_name="bookings")
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="bookings"
    )
    client = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="bookings")
    client_name = models.CharField(max_length=200)
    client_email = models.EmailField(blank=True)
    client_phone = models.CharField(max_length=32, blank=True, validators=[validate_phone])
    language = models.CharField(
        max_length=5,
        choices=settings.LANGUAGES,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="In which a guest asked for it; users have their own.",
    )
    manage_token_hash = models.CharField(max_length=64, blank=True, editable=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    occupied_starts_at = models.DateTimeField(editable=False)
    occupied_ends_at = models.DateTimeField(editable=False)
    status = models.CharField(max_length=10, choices=BookingStatus, default=BookingStatus.CONFIRMED)
    notes = models.TextField(blank=True, max_length=5_000)
    cancellation_reason = models.CharField(max_length=500, blank=True)
    # Room for the highest hourly rate through the longest day.
    price = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    currency = models.CharField(max_length=3, default="EUR", validators=[validate_currency])
    version = models.PositiveIntegerField(default=1, editable=False)

    secret_fields = frozenset({"manage_token_hash"})
    personal_fields = frozenset(
        {
            *("client_name", "client_email", "client_phone", "notes"),
            *("cancellation_reason", "__reason__"),
        }
    )

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            PostgresExclusion(
                name="booking_no_overlap",
                expressions=[
                    ("specialist", RangeOperators.EQUAL),
                    (
                        Func(
                            F("occupied_starts_at"),
                            F("occupied_ends_at"),
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=OCCUPIES_TIME,
            ),
            models.UniqueConstraint(fields=["reference"], name="booking_reference_unique"),
            models.UniqueConstraint(
                fields=["manage_token_hash"],
                condition=~Q(manage_token_hash=""),
                name="booking_manage_token_unique",
            ),
            models.CheckConstraint(
                condition=Exact(Length("reference"), REFERENCE_LENGTH),
                name="booking_reference_complete",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="booking_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(occupied_starts_at__lte=F("starts_at"))
                & Q(occupied_ends_at__gte=F("ends_at")),
                name="booking_inside_its_occupied_time",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__gte=EARLIEST) & Q(ends_at__lte=LATEST),
                name="booking_within_horizon",
            ),
            models.CheckConstraint(
                condition=Q(status__in=BookingStatus.values), name="booking_status_known"
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=False) | (~Q(client_name="") & ~Q(client_email="")),
                name="booking_has_client_or_guest",
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="booking_price_not_negative"),
            models.CheckConstraint(
                condition=Exact(Length("currency"), 3), name="booking_currency_iso"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="booking_version_positive"),
        ]
        indexes = [
            # Bookings of one specialist never overlap, so those that end after an instant are
            # read from there on: the cost does not grow with the specialist's past.
            models.Index(
                fields=["specialist", "occupied_ends_at", "occupied_starts_at"],
                condition=OCCUPIES_TIME,
                name="booking_occupied_time",
            ),
            models.Index(fields=["specialist", "starts_at"], name="booking_specialist_start"),
            # What waits for confirmation is a handful of all there ever was.
            models.Index(fields=["status", "starts_at", "id"], name="booking_status_start"),
            models.Index(fields=["client", "starts_at"], name="booking_client_start"),
            # How PostgreSQL compares without regard to case: for the limit of a guest.
            models.Index(
                Upper("client_email"), condition=Q(client=None), name="booking_guest_email"
            ),
            PostgresIndex(fields=["starts_at", "id"], name="booking_start"),
            # What a search asks of every booking, so that it need not open each of them.
            SQLiteIndex(
                fields=[
                    *("starts_at", "id", "client", "reference"),
                    *("client_name", "client_email", "client_phone"),
                ],
                name="booking_start_and_client",
            ),
            PostgresGinIndex(
                OpClass(Upper("client_name"), "gin_trgm_ops"),
                OpClass(Upper("client_email"), "gin_trgm_ops"),
                OpClass(digits_of("client_phone"), "gin_trgm_ops"),
                name="booking_client_words",
            ),
            models.Index(fields=["created_at", "id"], name="booking_created"),
            models.Index(fields=["updated_at", "id"], name="booking_updated"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.starts_at:%Y-%m-%d %H:%M} UTC {self.status}"

    @property
    def person_id(self) -> UUID:
        """Whom its personal fields are about; of a guest nobody knows more than this booking."""
        return self.client_id or self.pk

    @property
    def duration_minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)
