"""How many queries an answer takes, of every endpoint that needs no account. A session adds one."""

import pytest

from tests.factories import ServiceFactory, SpecialistFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

WEEK = "start=2026-12-07&end=2026-12-14&service={service}"


@pytest.mark.parametrize(
    ("address", "count"),
    [
        ("specialists/", 3),  # the number, the page, its services
        ("specialists/{specialist}/", 2),
        # The specialist, the service, and all about time at once.
        (f"specialists/{{specialist}}/slots/?{WEEK}", 3),
        ("specialists/{specialist}/why-not/?starts_at=2026-12-07T09:00:00Z&service={service}", 3),
        ("services/", 3),
        ("services/{service}/", 2),
        # The service, the people, their hours, and what is booked of some of them.
        (f"slots/?{WEEK}", 4),
        ("feedback/", 1),
    ],
)
def test_an_answer_takes_so_many_queries(
    api, specialist, django_assert_num_queries, address, count
):
    service = ServiceFactory(specialists=[specialist, SpecialistFactory()])
    path = address.format(specialist=specialist.pk, service=service.pk)

    with django_assert_num_queries(count):
        answer = api.get(f"/api/v1/{path}")

    assert answer.status_code == 200


def test_a_booking_takes_so_many_queries(signed_in, specialist, django_assert_num_queries):
    service = ServiceFactory(specialists=[specialist])
    start = "2026-12-07T08:00:00Z"
    wanted = {"specialist": specialist.pk, "service": service.pk, "starts_at": start}
    client = signed_in(UserFactory())

    # The session, the specialist and the service; the transaction; and in it both locks, the
    # limit, the service, all about time at once, the booking, its event, and who is to be told.
    with django_assert_num_queries(3 + 2 + 8):
        answer = client.post("/api/v1/bookings/", wanted)

    assert answer.status_code == 201
