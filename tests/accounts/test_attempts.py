"""How often a password may be tried: counted before it is looked at, whoever asks from where."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.headless.account import inputs as allauth_inputs
from django.core.cache import cache
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from coachbot.environment import Rate
from coachbot.mail import outbox
from tests.conftest import NOW
from tests.factories import StaffFactory, UserFactory

LOGIN, PAGE = "/_allauth/app/v1/auth/login", "/accounts/login/"
PASSWORD = "correct horse battery"


@pytest.fixture
def kim(db):
    return UserFactory(username="kim", email="kim@example.com", password=PASSWORD)


def try_over_rest(password, number=0, name="kim", **headers):
    """The status, and whether it says when to come back."""
    answer = APIClient().post(LOGIN, {"username": name, "password": password}, headers=headers)
    return answer.status_code, "Retry-After" in answer


def with_a_forged_address(password, number=0, name="kim"):
    return try_over_rest(password, name=name, **{"X-Forwarded-For": f"192.0.2.{number}"})


def on_the_page(password, number=0, name="kim"):
    answer = Client().post(PAGE, {"login": name, "password": password})
    return answer.status_code, "Retry-After" in answer


WAYS = {try_over_rest: 400, with_a_forged_address: 400, on_the_page: 200}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", WAYS)
def test_of_many_wrong_passwords_at_once_no_more_are_tried_than_may(way):
    """And somebody else signs in meanwhile."""
    UserFactory(username="kim", password=PASSWORD)
    StaffFactory(username="lee", password=PASSWORD)
    together = Barrier(20)

    def attempt(number):
        together.wait()
        try:
            if number == 30:
                return try_over_rest(PASSWORD, name="lee")[0]
            return way("wrong horse", number)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = Counter(pool.map(attempt, range(60)))

    assert answers == {(WAYS[way], False): 5, (429, True): 54, 200: 1}
    assert way(PASSWORD) == (429, True)


def test_the_account_is_one_whatever_it_is_called_by(api, kim):
    names = [{"username": "kim"}, {"username": "KIM"}, {"email": "Kim@example.com"}] * 2

    answers = [api.post(LOGIN, {**name, "password": "wrong horse"}).status_code for name in names]

    assert answers == [400] * 5 + [429]


def test_what_is_nobodys_name_is_counted_in_the_same_way(db):
    answers = [try_over_rest("wrong horse", name="nobody") for _ in range(6)]

    assert answers == [(400, False)] * 5 + [(429, True)]


def test_after_its_time_there_are_attempts_again(kim):
    with time_machine.travel(NOW, tick=False) as clock:
        assert [try_over_rest("wrong horse")[0] for _ in range(6)] == [400] * 5 + [429]
        clock.shift(299)
        assert try_over_rest(PASSWORD)[0] == 429
        clock.shift(1)
        assert try_over_rest(PASSWORD)[0] == 200


def test_right_passwords_are_not_counted(kim):
    answers = [try_over_rest(PASSWORD)[0] for _ in range(7)]

    assert answers == [200] * 7


def test_a_right_password_washes_no_wrong_one_away(kim):
    answers = [
        try_over_rest(password)[0]
        for password in [*["wrong horse"] * 4, PASSWORD, "wrong horse", PASSWORD]
    ]

    assert answers == [400] * 4 + [200, 400, 429]


def test_one_network_tries_the_passwords_of_many_only_so_often(settings, db):
    settings.LOGIN_FAILURES_PER_NETWORK = Rate(3, 60)

    answers = [try_over_rest("wrong horse", name=f"user{number}")[0] for number in range(5)]

    assert answers == [400, 400, 400, 429, 429]


def test_what_the_network_refuses_is_no_attempt_at_an_account(settings, kim):
    settings.LOGIN_FAILURES_PER_NETWORK = Rate(1, 60)

    for _ in range(10):
        try_over_rest("wrong horse")

    answer = APIClient().post(
        LOGIN, {"username": "kim", "password": PASSWORD}, REMOTE_ADDR="198.51.100.1"
    )
    assert answer.status_code == 200


def test_a_further_address_is_the_same_account(api, kim):
    EmailAddress.objects.create(user=kim, email="second@example.com", verified=True)
    names = [*[{"username": "kim"}] * 5, {"email": "second@example.com"}]

    answers = [api.post(LOGIN, {**name, "password": "wrong horse"}).status_code for name in names]

    assert answers == [400] * 5 + [429]


CODES = {"email/verify": {"key": "AAAA-AAAA"}, "password/reset": {"key": "AA", "password": "x"}}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", CODES)
def test_of_forty_codes_at_once_no_more_are_looked_at_than_may(address, monkeypatch):
    cache.clear()
    UserFactory(username="kim", email="kim@example.com", password=PASSWORD)
    auth, looked_at, together = "/_allauth/app/v1/auth/", [], Barrier(20)
    compare = allauth_inputs.compare_user_code
    monkeypatch.setattr(
        allauth_inputs, "compare_user_code", lambda **codes: looked_at.append(1) or compare(**codes)
    )
    begun = {
        "email/verify": ("signup", {"email": "lee@example.com", "password": PASSWORD}),
        "password/reset": ("password/request", {"email": "kim@example.com"}),
    }
    to, body = begun[address]
    token = APIClient().post(f"{auth}{to}", body).json()["meta"]["session_token"]

    def attempt(number):
        together.wait()
        try:
            headers = {"X-Session-Token": token}
            return APIClient().post(f"{auth}{address}", CODES[address], headers=headers).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(attempt, range(40)))
    outbox.wait_until_sent()

    assert 1 <= len(looked_at) <= 3
    assert answers <= {400, 409, 410, 429}


def test_a_stranger_who_locks_an_account_does_not_use_up_their_network(settings, kim):
    settings.LOGIN_FAILURES_PER_NETWORK = Rate(6, 60)
    UserFactory(username="lee", password=PASSWORD)

    for _ in range(20):
        try_over_rest("wrong horse")

    assert try_over_rest(PASSWORD, name="lee")[0] == 200


def test_confirming_a_password_anew_is_counted_too(api, kim):
    token = api.post(LOGIN, {"username": "kim", "password": PASSWORD}).json()["meta"][
        "session_token"
    ]

    answers = [
        api.post(
            "/_allauth/app/v1/auth/reauthenticate",
            {"password": "wrong horse"},
            headers={"X-Session-Token": token},
        ).status_code
        for _ in range(6)
    ]

    assert answers == [400] * 5 + [429]
