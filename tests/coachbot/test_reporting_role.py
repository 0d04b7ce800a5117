from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import ProgrammingError, connection, transaction

from tests.factories import BookingFactory

SQL = Path(__file__).resolve().parents[2] / "docs" / "reporting_role.sql"

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no roles"),
    pytest.mark.django_db,
]


@contextmanager
def as_reporting():
    with connection.cursor() as cursor:
        cursor.execute(SQL.read_text().replace("reporting", "reporting_tried"))
        cursor.execute("SET LOCAL ROLE reporting_tried")
        yield cursor
        cursor.execute("RESET ROLE")


def test_the_role_for_figures_reads_bookings_and_nobodys_data():
    BookingFactory()
    refused = [
        "SELECT client_email FROM scheduling_booking",
        "SELECT email FROM scheduling_specialist",
        "SELECT * FROM accounts_user",
        "SELECT * FROM audit_adminlog",
        "UPDATE scheduling_booking SET status = 'cancelled'",
        "DELETE FROM scheduling_service",
    ]

    with as_reporting() as cursor:
        cursor.execute("SELECT status, count(*) FROM scheduling_booking GROUP BY status")
        figures = cursor.fetchall()
        for sql in refused:
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                cursor.execute(sql)

    assert figures == [("confirmed", 1)]
