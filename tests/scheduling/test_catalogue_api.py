"""Specialists and services over REST: who reads, who writes, what is shown to whom."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection

from scheduling.models import Service, Specialist
from tests.factories import (
    BookingFactory,
    ServiceFactory,
    SpecialistFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

SPECIALISTS = "/api/v1/specialists/"
SERVICES = "/api/v1/services/"


def errors(answer):
    return [(error["code"], error["attr"]) for error in answer.json()["errors"]]


def names(answer):
    return [row["name"] for row in answer.json()["results"]]


def address(row):
    return f"{SPECIALISTS if isinstance(row, Specialist) else SERVICES}{row.pk}/"


def test_everyone_reads_a_specialist_without_email_and_phone(api):
    anna = SpecialistFactory(
        name="Anna Roth", bio="Knees", location="Berlin", email="a@example.com", phone="+49301234"
    )
    service = ServiceFactory(specialists=[anna])

    document = api.get(address(anna)).json()

    del document["created_at"], document["updated_at"]
    assert document == {
        "id": str(anna.pk),
        "name": "Anna Roth",
        "specialization": "Physiotherapy",
        "bio": "Knees",
        "certifications": "",
        "languages": ["de", "en"],
        "location": "Berlin",
        "hourly_rate": "80.00",
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "default_duration_minutes": 60,
        "rating_average": None,
        "rating_count": 0,
        "services": [str(service.pk)],
        "is_active": True,
    }


def test_staff_and_the_specialist_see_email_and_phone(signed_in):
    user = UserFactory(user_type="specialist")
    anna = SpecialistFactory(user=user, email="a@example.com", phone="+49301234")

    seen = [
        signed_in(who).get(address(anna)).json().get("email")
        for who in (StaffFactory(), user, UserFactory())
    ]

    assert seen == ["a@example.com", "a@example.com", None]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", ["Anna", "Ben", "Cleo"], id="all, by name"),
        pytest.param("search=knee", ["Anna"], id="search in the bio"),
        pytest.param("search=FR", ["Cleo"], id="search for a language"),
        pytest.param("search=ann", ["Anna"], id="search in the name"),
        pytest.param("search=yog", ["Ben", "Cleo"], id="search in the specialization"),
        pytest.param("search=berl", ["Anna"], id="search in the location"),
        pytest.param("search=yoga de", ["Ben"], id="search for two words"),
        pytest.param("ordering=-name", ["Cleo", "Ben", "Anna"], id="by name, last first"),
        pytest.param("ordering=created_at", ["Anna", "Ben", "Cleo"], id="oldest first"),
        pytest.param("ordering=-created_at", ["Cleo", "Ben", "Anna"], id="newest first"),
        pytest.param("specialization=yoga", ["Ben", "Cleo"], id="specialization"),
        pytest.param("language=de", ["Anna", "Ben"], id="language"),
        pytest.param("location=berlin", ["Anna"], id="location"),
        pytest.param("max_rate=50", ["Ben"], id="rate"),
        pytest.param("min_rating=4", ["Ben"], id="rating"),
        pytest.param("ordering=-hourly_rate", ["Cleo", "Anna", "Ben"], id="dearest first"),
        pytest.param("ordering=-rating", ["Ben", "Anna", "Cleo"], id="best first, unrated last"),
        pytest.param("ordering=rating", ["Anna", "Ben", "Cleo"], id="worst first, unrated last"),
        pytest.param("page_size=1&page=2", ["Ben"], id="second page"),
        pytest.param("page_size=1000", ["Anna", "Ben", "Cleo"], id="too large a page"),
    ],
)
def test_specialists_are_found_filtered_and_ordered(api, query, expected):
    SpecialistFactory(
        name="Anna",
        bio="Knees and hips",
        location="Berlin",
        languages=["de"],
        hourly_rate=80,
        rating_sum=3,
        rating_count=1,
    )
    SpecialistFactory(
        name="Ben",
        specialization="Yoga",
        languages=["de", "en"],
        hourly_rate=50,
        rating_sum=9,
        rating_count=2,
    )
    SpecialistFactory(name="Cleo", specialization="Yoga", languages=["fr"], hourly_rate=120)
    SpecialistFactory(name="Dan", is_active=False)

    answer = api.get(f"{SPECIALISTS}?{query}")

    assert (answer.status_code, names(answer)) == (200, expected)


def test_specialists_are_found_by_their_service(api):
    anna, _ = SpecialistFactory(name="Anna"), SpecialistFactory(name="Ben")
    service = ServiceFactory(specialists=[anna])

    assert names(api.get(SPECIALISTS, {"service": service.pk})) == ["Anna"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", ["Massage", "Yoga"], id="all, by name"),
        pytest.param("search=mass", ["Massage"], id="search in the name"),
        pytest.param("search=BREATH", ["Yoga"], id="search in the description"),
        pytest.param("ordering=-name", ["Yoga", "Massage"], id="by name, last first"),
        pytest.param("ordering=price", ["Yoga", "Massage"], id="cheapest first"),
        pytest.param("ordering=-duration_minutes", ["Yoga", "Massage"], id="longest first"),
    ],
)
def test_services_are_found_and_ordered(api, query, expected):
    ServiceFactory(name="Massage", price=60, duration_minutes=30)
    ServiceFactory(name="Yoga", description="Breathe", price=20, duration_minutes=90)
    ServiceFactory(name="Resting", is_active=False)

    answer = api.get(f"{SERVICES}?{query}")

    assert (answer.status_code, names(answer)) == (200, expected)


def test_pages_tell_how_many_there_are_and_which_come_before_and_after(api):
    for letter in "ABC":
        SpecialistFactory(name=letter)

    pages = [api.get(f"{SPECIALISTS}?page_size=1&page={page}").json() for page in (1, 2, 3)]

    place = f"http://testserver{SPECIALISTS}?"
    assert [(page["count"], page["previous"], page["next"]) for page in pages] == [
        (3, None, f"{place}page=2&page_size=1"),
        (3, f"{place}page_size=1", f"{place}page=3&page_size=1"),
        (3, f"{place}page=2&page_size=1", None),
    ]


@pytest.mark.parametrize(
    ("query", "count"), [("", 25), ("?page_size=100", 100), ("?page_size=101", 100)]
)
def test_a_page_has_25_unless_asked_and_100_at_most(api, query, count):
    Service.objects.bulk_create(Service(name=f"{number:03}") for number in range(105))

    assert len(names(api.get(f"{SERVICES}{query}"))) == count


def test_services_are_found_by_their_specialist_who_is_there(api):
    anna, gone = SpecialistFactory(), SpecialistFactory()
    ServiceFactory(name="Massage", specialists=[anna, gone])
    ServiceFactory(name="Yoga", specialists=[gone])
    gone.delete()

    found = {who: names(api.get(SERVICES, {"specialist": who.pk})) for who in (anna, gone)}

    assert found == {anna: ["Massage"], gone: []}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("nmae=x", ("unknown_parameter", "nmae")),
        ("ordering=bio", ("invalid_choice", "ordering")),
        ("ordering=name,", ("invalid", "ordering")),
        ("ordering=,", ("invalid", "ordering")),
        ("min_rating=good", ("invalid", "min_rating")),
        ("service=1", ("invalid", "service")),
        ("page_size=0", ("invalid", "page_size")),
    ],
)
def test_a_misspelt_filter_is_a_400(api, query, expected):
    answer = api.get(f"{SPECIALISTS}?{query}")

    assert (answer.status_code, errors(answer)) == (400, [expected])


def test_a_page_beyond_the_last_is_a_404(api):
    answer = api.get(f"{SPECIALISTS}?page=9223372036854775808")

    assert (answer.status_code, errors(answer)) == (404, [("not_found", None)])


@pytest.mark.parametrize("count", [1, 12])
def test_lists_take_the_same_queries_whatever_their_length(api, django_assert_num_queries, count):
    for _ in range(count):
        ServiceFactory(specialists=[SpecialistFactory()])

    for path in (SPECIALISTS, SERVICES):
        with django_assert_num_queries(3):
            assert len(names(api.get(path))) == count


def test_staff_create_change_delete_and_restore_a_specialist(signed_in):
    staff = signed_in(StaffFactory())

    created = staff.post(
        SPECIALISTS,
        {"name": "Anna", "languages": ["de"], "time_zone": "Asia/Kathmandu", "hourly_rate": "70.5"},
    )
    place = f"{SPECIALISTS}{created.json()['id']}/"
    changed = staff.patch(place, {"hourly_rate": "75.00", "email": "anna@example.com"})
    too_early = staff.post(f"{place}restore/")
    deleted = staff.delete(place)
    gone = staff.get(place)
    restored = staff.post(f"{place}restore/")

    assert (created.status_code, created.json()["hourly_rate"]) == (201, "70.50")
    assert (changed.status_code, changed.json()["email"]) == (200, "anna@example.com")
    assert (too_early.status_code, errors(too_early)) == (409, [("not_deleted", None)])
    assert (deleted.status_code, gone.status_code) == (204, 404)
    assert (restored.status_code, restored.json()["name"]) == (200, "Anna")
    assert staff.get(place).status_code == 200


def test_a_specialist_with_future_bookings_stays(signed_in, now):
    booking = BookingFactory(starts_at=now + timedelta(days=365))

    answer = signed_in(StaffFactory()).delete(address(booking.specialist))

    assert (answer.status_code, errors(answer)) == (409, [("has_future_bookings", None)])


def test_another_time_zone_that_affects_bookings_is_refused_until_forced(
    frozen, specialist, signed_in
):
    staff = signed_in(StaffFactory())
    at_nine = BookingFactory(specialist=specialist, starts_at=datetime(2026, 12, 7, 8, tzinfo=UTC))
    BookingFactory(specialist=specialist, starts_at=datetime(2026, 12, 7, 9, tzinfo=UTC))

    refused = staff.patch(address(specialist), {"time_zone": "UTC"})

    assert (refused.status_code, errors(refused)) == (409, [("affects_bookings", None)])
    assert [each["reference"] for each in refused.json()["bookings"]] == [at_nine.reference]
    assert staff.get(address(specialist)).json()["time_zone"] == "Europe/Berlin"

    forced = staff.patch(f"{address(specialist)}?force=true", {"time_zone": "UTC"})

    assert (forced.status_code, forced.json()["time_zone"]) == (200, "UTC")


def test_a_specialist_edits_their_own_profile_but_not_what_staff_decide(signed_in):
    anna = SpecialistFactory(user=UserFactory(user_type="specialist"), bio="")
    other = SpecialistFactory()
    client = signed_in(anna.user)

    own = client.patch(address(anna), {"bio": "Hips", "languages": ["de", "fr"]})
    refused = [
        client.patch(address(anna), {"bio": "Rich", **change}).status_code
        for change in (
            {"hourly_rate": "900"},
            {"currency": "CHF"},
            {"email": "anna@example.com"},
            {"is_active": False},
        )
    ]
    foreign = client.patch(address(other), {"bio": "Mine"})

    assert (own.status_code, own.json()["bio"]) == (200, "Hips")
    assert (refused, foreign.status_code) == ([403, 403, 403, 403], 403)
    anna.refresh_from_db()
    assert (anna.bio, str(anna.hourly_rate), anna.currency, anna.email, anna.is_active) == (
        "Hips",
        "80.00",
        "EUR",
        "",
        True,
    )


@pytest.mark.parametrize("method", ["post", "patch", "delete"])
def test_writing_is_401_for_nobody_and_403_for_a_client(api, signed_in, method):
    client = signed_in(UserFactory())
    specialist, service = SpecialistFactory(), ServiceFactory()
    places = (
        [SPECIALISTS, SERVICES] if method == "post" else [address(specialist), address(service)]
    )

    answers = [
        getattr(who, method)(place, {"name": "x"}).status_code
        for who in (api, client)
        for place in places
    ]

    assert answers == [401, 401, 403, 403]
    assert (Specialist.objects.count(), Service.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"rating_average": 5}, ("unknown_field", "rating_average")),
        ({"user": "1"}, ("unknown_field", "user")),
        ({"languages": ["german"]}, ("max_length", "languages.0")),
        ({"languages": "de"}, ("not_a_list", "languages")),
        ({"time_zone": "Berlin"}, ("invalid", "time_zone")),
        ({"hourly_rate": "-1"}, ("min_value", "hourly_rate")),
        ({"hourly_rate": "NaN"}, ("invalid", "hourly_rate")),
        ({"currency": "euro"}, ("max_length", "currency")),
        ({"default_duration_minutes": 0}, ("min_value", "default_duration_minutes")),
        ({"name": ""}, ("blank", "name")),
    ],
)
def test_what_a_specialist_can_never_be_is_a_400_that_names_it(signed_in, changed, expected):
    answer = signed_in(StaffFactory()).post(SPECIALISTS, {"name": "Anna", **changed})

    assert answer.status_code == 400
    assert expected in errors(answer)
    assert not Specialist.everything.exists()


def test_staff_write_services_and_clients_see_the_active_ones(api, signed_in):
    anna, gone = SpecialistFactory(name="Anna"), SpecialistFactory()
    gone.delete()
    staff = signed_in(StaffFactory())

    created = staff.post(
        SERVICES,
        {
            "name": "Massage",
            "duration_minutes": 45,
            "buffer_after_minutes": 15,
            "price": "60",
            "specialists": [str(anna.pk)],
        },
    )
    place = f"{SERVICES}{created.json()['id']}/"
    refused = staff.patch(place, {"specialists": [str(gone.pk)]})
    seen = api.get(place).json()
    staff.patch(place, {"is_active": False})

    assert created.status_code == 201
    assert (refused.status_code, errors(refused)) == (400, [("does_not_exist", "specialists")])
    del seen["id"], seen["created_at"], seen["updated_at"]
    assert seen == {
        "name": "Massage",
        "description": "",
        "duration_minutes": 45,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 15,
        "slot_step_minutes": None,
        "min_notice_minutes": None,
        "max_advance_days": None,
        "cancellation_notice_minutes": None,
        "requires_confirmation": False,
        "price": "60.00",
        "currency": "EUR",
        "specialists": [str(anna.pk)],
        "is_active": True,
    }
    assert (api.get(place).status_code, staff.get(place).status_code) == (404, 200)


@pytest.mark.django_db(transaction=True)
def test_a_service_is_made_with_who_offers_it_or_not_at_all(signed_in):
    anna, staff = SpecialistFactory(), signed_in(StaffFactory())
    staff.raise_request_exception = False

    def away(execute, sql, *args):
        if sql.startswith("INSERT") and "scheduling_service_specialists" in sql:
            raise OperationalError("away")
        return execute(sql, *args)

    with connection.execute_wrapper(away):
        answer = staff.post(SERVICES, {"name": "Massage", "specialists": [str(anna.pk)]})

    assert (answer.status_code, errors(answer)) == (503, [("unavailable", None)])
    assert not Service.everything.exists()


@pytest.mark.parametrize(
    ("changed", "attr"),
    [
        ({"duration_minutes": 0}, "duration_minutes"),
        ({"duration_minutes": 1441}, "duration_minutes"),
        ({"duration_minutes": 10**20}, "duration_minutes"),
        ({"slot_step_minutes": 0}, "slot_step_minutes"),
        ({"buffer_before_minutes": 1441}, "buffer_before_minutes"),
        ({"min_notice_minutes": -1}, "min_notice_minutes"),
        ({"max_advance_days": 10**9}, "max_advance_days"),
        ({"price": "-0.01"}, "price"),
        ({"currency": "€€€"}, "currency"),
    ],
)
def test_what_a_service_can_never_be_is_a_400_that_names_it(signed_in, changed, attr):
    answer = signed_in(StaffFactory()).post(SERVICES, {"name": "Massage", **changed})

    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [attr]
