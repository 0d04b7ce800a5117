"""What a specialist's rating costs: counted by triggers, or by an aggregate in every list.

`DATABASE_URL=… python -m benchmarks.ratings [feedback per specialist]` fills an empty database,
made by `manage.py init_db`, with 1,000 specialists and their feedback; prints milliseconds, medians
of those that are read.
"""

import os
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coachbot.settings")

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 -- needs the settings
from django.db.models import Avg, Count, F, Q  # noqa: E402 -- needs the settings

from accounts.models import User  # noqa: E402 -- needs the settings
from feedback.models import Feedback  # noqa: E402 -- needs the settings
from feedback.services import give_feedback  # noqa: E402 -- needs the settings
from scheduling.models import Booking, Specialist  # noqa: E402 -- needs the settings

SPECIALISTS, TRIES, UNRATED = 1_000, 9, 200
FIRST, NOW = datetime(2001, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
# How the engines say the same.
KEY, INSTANT, REFERENCE = {
    "sqlite": (
        "lower(hex(randomblob(16)))",
        "strftime('%%Y-%%m-%%d %%H:%%M:%%S', '2001-01-01', '+' || ({}) || ' hours')",
        "printf('%%08d', {})",
    ),
    "postgresql": (
        "gen_random_uuid()",
        "timestamptz '2001-01-01Z' + ({}) * interval '1 hour'",
        "lpad(({})::text, 8, '0')",
    ),
}[connection.vendor]


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def fill(each):
    people = [Specialist(name=f"Specialist {n}", bio="x" * 500) for n in range(SPECIALISTS)]
    Specialist.objects.bulk_create(people)
    client = User.objects.create_user("kim", "kim@example.com", first_name="Kim")
    User.objects.create_user("lee", "lee@example.com")  # has as few bookings as most
    pattern = Booking.objects.create(
        specialist=people[0], client=client, client_name="Kim", status="completed",
        starts_at=FIRST - HOUR, ends_at=FIRST,
        occupied_starts_at=FIRST - HOUR, occupied_ends_at=FIRST,
    )  # fmt: skip
    said = Feedback.objects.create(
        booking=pattern, specialist=people[0], rating=3, comment="y" * 80, author="Kim B."
    )
    numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %s)"
    start, end = INSTANT.format("i"), INSTANT.format("i + 1")
    copy(
        f"{numbers}, s AS (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place"  # noqa: S608 -- our own words
        " FROM scheduling_specialist) {insert} FROM n, s, scheduling_booking pattern"
        " WHERE pattern.id = %s",
        pattern, [each, key(pattern)],
        id=KEY, specialist_id="s.id", reference=REFERENCE.format("i * 1000 + place"),
        starts_at=start, ends_at=end, occupied_starts_at=start, occupied_ends_at=end,
    )  # fmt: skip
    began = time.monotonic()
    for number in range(each):
        copy(
            "{insert} FROM scheduling_booking booking, feedback_feedback pattern"
            " WHERE pattern.id = %s AND booking.reference >= %s AND booking.reference < %s",
            said, [key(said), *slice_of(number)],
            id=KEY, booking_id="booking.id", specialist_id="booking.specialist_id",
            rating="1 + CAST(substr(booking.reference, 5) AS integer) * 7 %% 5",
            created_at="booking.ends_at",
        )  # fmt: skip
    share = 1e6 * (time.monotonic() - began) / Feedback.objects.count()
    say(f"{share:8.1f}  a thousand feedback inserted and counted by triggers")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def slice_of(number):
    """The references of the bookings that are one specialist's `number`th; not of those that
    remain unrated."""
    first = number * SPECIALISTS + 1
    return f"{first + (0 if number else UNRATED):08}", f"{first + SPECIALISTS:08}"


def copy(statement, row, parameters, **columns):
    """Insert what `statement` selects: `row` as a pattern, but for `columns`."""
    names = [field.column for field in row._meta.concrete_fields]
    values = ", ".join(columns.get(name, f"pattern.{name}") for name in names)
    insert = f"INSERT INTO {row._meta.db_table} ({', '.join(names)}) SELECT {values}"
    if connection.vendor == "sqlite" and statement.startswith("WITH"):
        numbers, _, rest = statement.partition(" {insert}")
        insert = insert.replace(" SELECT", f" {numbers} SELECT")
        statement = "{insert}" + rest
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.replace("{insert}", insert), parameters)


def key(row):
    return row.pk.hex if connection.vendor == "sqlite" else row.pk


def reads():
    stored = Specialist.objects.order_by(F("rating_average").desc(nulls_last=True), "id")
    visible = Q(feedback__hidden_at=None)
    counted = Specialist.objects.annotate(
        number=Count("feedback", filter=visible), mean=Avg("feedback__rating", filter=visible)
    ).order_by("-mean", "id")
    newest = Feedback.objects.visible_to(None).order_by("-created_at", "-id")
    own = Feedback.objects.visible_to(User.objects.get(username="lee")).order_by(
        "-created_at", "-id"
    )
    somebody = Specialist.objects.last()
    return {
        "specialists by rating, stored": lambda: list(stored[:25]),
        "specialists by rating, aggregated": lambda: list(counted[:25]),
        "min_rating, stored": lambda: list(stored.filter(rating_average__gte=3)[:25]),
        "min_rating, aggregated": lambda: list(counted.filter(mean__gte=3)[:25]),
        "feedback of one specialist": lambda: list(newest.filter(specialist=somebody)[:26]),
        "feedback of all": lambda: list(newest[:26]),
        "feedback of all, for a client": lambda: list(own[:26]),
    }


def milliseconds(work, times):
    taken = []
    for each in times:
        start = time.monotonic()
        work(each)
        taken.append(time.monotonic() - start)
    return 1000 * statistics.median(taken)


def rate(booking):
    give_feedback(booking=booking, actor=booking.client, rating=4, now=NOW)


if __name__ == "__main__":
    if not Specialist.objects.exists():
        fill(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
    for name, read in reads().items():
        say(f"{milliseconds(lambda _, read=read: read(), range(TRIES)):8.1f}  {name}")
    unrated = Booking.objects.filter(reference__lte=f"{UNRATED:08}", status="completed")
    left = [row for row in unrated.with_people() if not Feedback.objects.filter(booking=row)]
    say(f"{milliseconds(rate, left):8.1f}  give_feedback ({len(left)} times)")
