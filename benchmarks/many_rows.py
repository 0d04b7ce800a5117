"""A business with a history, for benchmarks: the same rows on every run with the same numbers.

Needs the settings. Rows are written past the services, as a restore would; the database's own
guards are in force.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.db import connection
from tqdm import tqdm

from accounts.models import User
from audit.models import AdminLog, AuditHead
from coachbot.ids import uuid7
from scheduling.models import Booking, BookingEvent, Schedule, Service, Specialist
from scheduling.models.booking import REFERENCE_ALPHABET, REFERENCE_LENGTH

PAST_DAYS, FUTURE_DAYS = 1_000, 60
OPENS, CLOSES = 8, 18
HOUR = timedelta(hours=1)
BATCH = 2_000
ENTRIES_PER_BOOKING = 0.1
FIRST_NAMES = ("Ada", "Kim", "Ola", "Ida", "Uwe", "Eva", "Noa", "Jan", "Mia", "Leo")
LAST_NAMES = ("Berger", "Nord", "Falk", "Kern", "Roth", "Silva", "Okafor", "Lind", "Novak", "Sato")


def fill(*, bookings: int, specialists: int, clients: int) -> None:
    """Hours Monday to Friday, and `bookings` spread evenly over people and nearly three years."""
    chance = random.Random(1)  # noqa: S311 -- rows that look like life, not secrets
    people = _specialists(specialists)
    service = Service.objects.create(name="An hour", duration_minutes=60, price=60)
    service.specialists.set(people)
    accounts = _clients(clients)
    rows = _bookings(chance, people, service, accounts, bookings // specialists)
    with tqdm(total=bookings, desc="bookings", unit_scale=True) as progress:
        while batch := list(islice(rows, BATCH)):
            _insert(batch)
            _insert([_first_event(each) for each in batch])
            _log(batch)
            progress.update(len(batch))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _insert(rows: list[Any]) -> None:
    """PostgreSQL takes rows several times as quickly when they are copied."""
    table = type(rows[0])
    if connection.vendor != "postgresql":
        table.objects.bulk_create(rows)
        return
    fields = [field for field in table._meta.concrete_fields if not field.generated]
    columns = ", ".join(field.column for field in fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table._meta.db_table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(
                field.get_db_prep_save(field.pre_save(row, add=True), connection)
                for field in fields
            )


def _specialists(count: int) -> list[Specialist]:
    people = Specialist.objects.bulk_create(
        Specialist(name=f"{_name(n)} {n}", specialization="Physiotherapy", time_zone="UTC")
        for n in range(count)
    )
    Schedule.objects.bulk_create(
        (
            Schedule(
                specialist=person, weekday=weekday, start_time=time(OPENS), end_time=time(CLOSES)
            )
            for person in people
            for weekday in range(5)
        ),
        batch_size=BATCH,
    )
    return people


def _clients(count: int) -> list[User]:
    return User.objects.bulk_create(
        (
            User(
                username=f"client{n}",
                email=f"client{n}@example.com",
                first_name=FIRST_NAMES[n % 10],
                last_name=LAST_NAMES[n // 10 % 10],
                phone=f"+4930{n:07}",
            )
            for n in range(count)
        ),
        batch_size=BATCH,
    )


def _bookings(
    chance: random.Random,
    people: list[Specialist],
    service: Service,
    accounts: list[User],
    each: int,
) -> Iterator[Booking]:
    """Half of them are those of guests, who come about ten times each."""
    references = _references(chance, each * len(people))
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = (midnight + timedelta(days=n) for n in range(-PAST_DAYS, FUTURE_DAYS))
    hours = [
        day + timedelta(hours=hour)
        for day in days
        if day.weekday() < 5
        for hour in range(OPENS, CLOSES)
    ]
    for person in people:
        for starts_at in sorted(chance.sample(hours, each)):
            client = chance.choice(accounts) if chance.random() < 0.5 else None
            reference = next(references)
            yield _booking(chance, reference, person, service, client, starts_at, now)


def _references(chance: random.Random, count: int) -> Iterator[str]:
    """All different: of a million made by chance alone, two would be the same."""
    letters = len(REFERENCE_ALPHABET)
    for number in chance.sample(range(letters**REFERENCE_LENGTH), count):
        digits = (number // letters**place % letters for place in range(REFERENCE_LENGTH))
        yield "".join(REFERENCE_ALPHABET[digit] for digit in digits)


def _booking(
    chance: random.Random,
    reference: str,
    person: Specialist,
    service: Service,
    client: User | None,
    starts_at: datetime,
    now: datetime,
) -> Booking:
    guest = chance.randrange(50_000)
    ends_at = starts_at + HOUR
    later = ("confirmed",) * 16 + ("pending", "cancelled")
    earlier = ("completed",) * 16 + ("no_show", "cancelled")
    return Booking(
        id=uuid7(),
        reference=reference,
        specialist=person,
        service=service,
        client=client,
        client_name=client.get_full_name() if client else f"{_name(guest)} {guest}",
        client_email=client.email if client else f"guest{guest}@example.com",
        client_phone=client.phone if client else f"+4940{guest:07}",
        starts_at=starts_at,
        ends_at=ends_at,
        occupied_starts_at=starts_at,
        occupied_ends_at=ends_at,
        status=chance.choice(earlier if ends_at < now else later),
        price=60,
    )


def _first_event(booking: Booking) -> BookingEvent:
    return BookingEvent(
        booking=booking,
        at=datetime.now(UTC),
        version=1,
        to_status=booking.status,
        to_starts_at=booking.starts_at,
        by="client" if booking.client_id else "guest",
        actor_id=booking.client_id,
    )


def _log(bookings: list[Booking]) -> None:
    """Entries of some of `bookings`, in the chain."""
    head, _ = AuditHead.objects.get_or_create(pk=AuditHead.ONLY)
    entries = []
    for booking in bookings[: int(len(bookings) * ENTRIES_PER_BOOKING)]:
        head.sequence += 1
        entry = AdminLog(
            sequence=head.sequence,
            created_at=booking.starts_at,
            actor="rosa",
            action="booking.confirm",
            resource_type="scheduling.booking",
            resource_id=str(booking.pk),
            resource=str(booking),
            changes={"status": ["pending", "confirmed"]},
            previous_seal=head.seal,
        )
        entry.seal = head.seal = entry.make_seal()
        entries.append(entry)
    AdminLog.objects.bulk_create(entries)
    head.save()


def _name(n: int) -> str:
    return f"{FIRST_NAMES[n % 10]} {LAST_NAMES[n // 10 % 10]}"
