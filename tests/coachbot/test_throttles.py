"""Who asks too often is told when to come back; nobody gets more turns than the rate allows."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from coachbot import rates
from coachbot.api.throttles import SHARES_OF_PROCESS, Shares
from coachbot.environment import Rate
from coachbot.rates import RateCounter
from tests.conftest import NOW
from tests.factories import UserFactory
from tests.processes import environment_here

SPECIALISTS = "/api/v1/specialists/"
GUEST = {"client_name": "Lee", "client_email": "lee@example.com"}
COUNTERS = """
import django; django.setup()
from coachbot import rates; from coachbot.environment import Rate
print(*(rates.count("x", Rate(1, 3600)).times for _ in range(50)))
"""


@pytest.fixture(autouse=True)
def fresh():
    SHARES_OF_PROCESS.forget()
    yield
    SHARES_OF_PROCESS.forget()


@pytest.fixture
def limit(settings):
    def set_rate(scope, rate):
        settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, scope: rate}

    return set_rate


def statuses(times, ask):
    return [ask().status_code for _ in range(times)]


@pytest.mark.django_db
def test_the_request_after_the_last_is_a_429_that_says_when_to_come_back(frozen, api, limit):
    limit("default", Rate(3, 60))
    assert statuses(3, lambda: api.get(SPECIALISTS)) == [200, 200, 200]

    answer = api.get(SPECIALISTS)

    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert answer.json() == {
        "type": "client_error",
        "errors": [
            {
                "code": "throttled",
                "detail": "Request was throttled. Expected available in 60 seconds.",
                "attr": None,
            }
        ],
    }


@pytest.mark.django_db
def test_after_its_time_the_count_begins_anew(api, limit):
    limit("default", Rate(1, 60))

    with time_machine.travel(NOW, tick=False) as clock:
        assert statuses(2, lambda: api.get(SPECIALISTS)) == [200, 429]
        clock.shift(59)
        assert statuses(1, lambda: api.get(SPECIALISTS)) == [429]
        clock.shift(1)
        assert statuses(2, lambda: api.get(SPECIALISTS)) == [200, 429]


@pytest.mark.django_db
def test_each_user_and_each_network_has_a_count_of_its_own(api, signed_in, limit):
    limit("default", Rate(1, 60))
    kim, lee = signed_in(UserFactory()), signed_in(UserFactory())

    def ask(client, address):
        return client.get(SPECIALISTS, REMOTE_ADDR=address).status_code

    assert [ask(kim, "192.0.2.1"), ask(lee, "192.0.2.1"), ask(api, "192.0.2.1")] == [200] * 3
    assert [ask(kim, "192.0.2.2"), ask(api, "192.0.2.2"), ask(api, "192.0.2.1")] == [429, 200, 429]
    assert [ask(api, "2001:db8::1"), ask(api, "2001:db8::2"), ask(api, "2001:db8:0:1::1")] == [
        *(200, 429, 200)
    ]


@pytest.mark.django_db
def test_a_forged_header_makes_nobody_somebody_else(api, limit):
    limit("default", Rate(1, 60))

    answers = [
        api.get(SPECIALISTS, headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
        for number in range(3)
    ]

    assert answers == [200, 429, 429]


@pytest.mark.django_db
def test_only_those_without_an_account_book_at_the_rate_of_guests(
    frozen, specialist, api, signed_in, limit
):
    limit("anonymous_booking", Rate(1, 3600))
    client = signed_in(UserFactory())
    wish = {"specialist": str(specialist.pk), "starts_at": "2026-12-07T08:00:00Z"}

    def book(who, **more):
        return who.post("/api/v1/bookings/", wish | more).status_code

    assert [book(api, **GUEST), book(api, **GUEST), book(client), book(client)] == [
        *(201, 429, 409, 409)
    ]
    assert api.get(SPECIALISTS).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "slots/?start=2026-12-07&end=2026-12-08",
        "specialists/?search=anna",
        "specialists/{id}/slots/?start=2026-12-07&end=2026-12-08",
        "specialists/{id}/why-not/?starts_at=2026-12-07T08:00:00Z",
    ],
)
def test_searching_has_a_rate_of_its_own(frozen, specialist, api, limit, path):
    limit("search", Rate(1, 60))
    address = f"/api/v1/{path.format(id=specialist.pk)}"

    assert statuses(2, lambda: api.get(address)) == [200, 429]
    assert statuses(2, lambda: api.get(SPECIALISTS)) == [200, 200]


@pytest.mark.django_db
def test_a_process_takes_several_turns_at_once(api, limit, django_assert_num_queries):
    limit("default", Rate(60, 60))

    # Each request has one of its own, and only the first counts.
    with django_assert_num_queries(2 + 1):
        assert statuses(2, lambda: api.get(f"{SPECIALISTS}?page=9")) == [404, 404]
    assert RateCounter.objects.get().count == 2


def test_what_a_process_remembers_is_bounded_however_many_callers_there_are(db, monkeypatch):
    monkeypatch.setattr("coachbot.api.throttles.MOST_REMEMBERED", 4)
    shares = Shares()

    refusals = [shares.take(f"caller {number}", Rate(60, 60)) for number in range(20)]

    assert refusals == [None] * 20
    assert len(shares._shares) <= 4


@pytest.mark.django_db
@pytest.mark.django_db
def test_two_processes_never_take_more_turns_than_there_are():
    rate, processes = Rate(100, 60), [Shares(), Shares()]

    turns = [processes[number % 2].take("x", rate) for number in range(150)]

    assert turns.count(None) == 100
    assert all(0 < wait <= 60 for wait in turns[100:] if wait is not None)


@pytest.mark.django_db(transaction=True)
def test_the_threads_of_a_process_never_take_more_turns_than_there_are():
    shares = Shares()

    def take(_):
        try:
            return shares.take("x", Rate(50, 60)) is None
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        turns = Counter(pool.map(take, range(200)))

    assert turns[True] <= 50


@pytest.mark.django_db(transaction=True)
def test_processes_count_together_and_no_turn_is_counted_twice():
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", COUNTERS],
            env=environment_here(),
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]

    counted = [int(word) for racer in racers for word in racer.communicate(timeout=60)[0].split()]

    assert sorted(counted) == list(range(1, 151))


def test_counts_that_allauth_keeps_in_the_cache_are_purged_too(db):
    with time_machine.travel(NOW, tick=False) as clock:
        cache.clear()
        cache.set("allauth:rl:192.0.2.1", [1], 60)
        cache.set("later", [1], 3600)
        clock.shift(61)
        call_command("purge_rate_counters", stdout=StringIO())

        with connection.cursor() as cursor:
            cursor.execute("SELECT cache_key FROM coachbot_cache")
            assert cursor.fetchall() == [(":1:later",)]


@pytest.mark.django_db
def test_counts_whose_time_is_over_are_purged():
    with time_machine.travel(NOW, tick=False) as clock:
        rates.count("old", Rate(1, 60))
        clock.shift(60)
        rates.count("new", Rate(1, 60))
        said = StringIO()

        call_command("purge_rate_counters", stdout=said)

        assert said.getvalue() == "Purged 1 count(s).\n"
        assert rates.count("new", Rate(1, 60)).times == 2
