"""What allauth's own views would fall over: an answer is JSON, and never a fault of ours."""

import json

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from rest_framework.test import APIClient

from accounts import attempts
from accounts.models import UserSession
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

V1 = "/_allauth/app/v1/"
EMAIL, AGAIN = f"{V1}account/email", f"{V1}auth/reauthenticate"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def no_limits(db, settings):
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = False
    settings.LOGIN_FAILURES_PER_ACCOUNT = settings.LOGIN_FAILURES_PER_NETWORK = None


@pytest.fixture
def kim(signed_in):
    """Signed in, and has just given the password."""
    user = UserFactory(username="kim", email="kim@example.com", password=PASSWORD)
    client = signed_in(user)
    client.post(AGAIN, {"password": PASSWORD})
    client.user = user
    return client


@pytest.mark.parametrize(
    "address", ["account/phone", "auth/phone/verify", "auth/phone/verify/resend"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_there_are_no_phones_to_prove(kim, address, method):
    assert getattr(kim, method)(f"{V1}{address}").status_code == 404


def test_the_only_address_stays(kim):
    answer = kim.delete(EMAIL, {"email": "kim@example.com"})

    assert answer.status_code == 400
    assert EmailAddress.objects.get().email == "kim@example.com"


def test_an_address_that_somebody_else_has_in_use_is_a_conflict(kim):
    EmailAddress.objects.create(user=kim.user, email="second@example.com", verified=True)
    UserFactory(email="second@example.com")

    answer = kim.patch(EMAIL, {"email": "second@example.com", "primary": True})

    assert answer.status_code == 409
    assert EmailAddress.objects.get(primary=True).email == "kim@example.com"


def test_a_session_that_ends_meanwhile_is_gone(kim, monkeypatch):
    def end_them_all(attempt):
        UserSession.objects.end()

    monkeypatch.setattr(attempts.Attempt, "succeeded", end_them_all)

    answer = kim.post(AGAIN, {"password": PASSWORD})

    assert (answer.status_code, answer.json()) == (410, {"status": 410})


B64 = "AAAA"
CREDENTIALS = [
    *(None, 1, "x", [], {}, {"id": B64}, {"id": 1, "rawId": [], "response": "x"}),
    {"id": B64, "rawId": B64, "type": "public-key", "response": {}},
    *(
        {"id": B64, "rawId": B64, "type": "public-key", "response": {**one, "userHandle": handle}}
        for one in (
            {"clientDataJSON": B64, "attestationObject": B64},
            {"clientDataJSON": "e30", "attestationObject": "oA"},
            {"clientDataJSON": B64, "authenticatorData": B64, "signature": B64},
            {"clientDataJSON": "e30", "authenticatorData": "A" * 60, "signature": "\u00e9"},
        )
        for handle in (None, 1, "A", "_____w", "MTIz", "9" * 60)
    ),
]


@pytest.mark.parametrize("number", range(len(CREDENTIALS)))
def test_an_odd_credential_is_a_wrong_one(kim, number):
    credential = CREDENTIALS[number]
    kim.raise_request_exception = False
    new, again = f"{V1}account/authenticators/webauthn", f"{V1}auth/webauthn/reauthenticate"
    login = f"{V1}auth/webauthn/login"
    stranger = APIClient(raise_request_exception=False)

    kim.get(new)
    answers = [kim.post(new, {"name": "Key", "credential": credential})]
    kim.get(again)
    answers.append(kim.post(again, {"credential": credential}))
    asked = stranger.get(login)
    token = {"X-Session-Token": asked.json()["meta"]["session_token"]}
    answers.append(stranger.post(login, {"credential": credential}, headers=token))

    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("number", range(len(CREDENTIALS)))
def test_an_odd_credential_on_a_page_is_a_wrong_one(kim, client, number):
    credential = {"credential": json.dumps(CREDENTIALS[number])}
    client.raise_request_exception = False
    pages = "/accounts/2fa/webauthn/"
    login = client.get(f"{pages}login/", headers={"X-Requested-With": "XMLHttpRequest"})
    stranger = client.post(f"{pages}login/", credential)
    client.force_login(kim.user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.get(f"{pages}add/")

    added = client.post(f"{pages}add/", {"name": "Key", **credential})

    assert (login.status_code, stranger.status_code, stranger.url) == (
        *(200, 302),
        "/accounts/login/",
    )
    assert added.status_code == 200
    assert not Authenticator.objects.exists()


def test_the_page_refuses_an_address_that_somebody_else_has_in_use(kim, client):
    EmailAddress.objects.create(user=kim.user, email="second@example.com", verified=True)
    UserFactory(email="second@example.com")
    client.force_login(kim.user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    answer = client.post(
        "/accounts/email/", {"email": "second@example.com", "action_primary": ""}, follow=True
    )

    assert "Another account has this address." in answer.content.decode()
    assert EmailAddress.objects.get(primary=True).email == "kim@example.com"


ODD = [
    None,
    True,
    -1,
    10**30,
    1.5,
    "",
    "\x00",
    "a\x00b",
    "x" * 5000,
    "\u0130",
    [],
    [None],
    {},
    {"a": []},
]
MEMBERS = {
    "auth/login": ("username", "email", "password"),
    "auth/signup": ("username", "email", "password"),
    "auth/email/verify": ("key",),
    "auth/password/request": ("email",),
    "auth/password/reset": ("key", "password"),
    "auth/reauthenticate": ("password",),
    "auth/2fa/authenticate": ("code",),
    "auth/2fa/reauthenticate": ("code",),
    "account/password/change": ("current_password", "new_password"),
    "account/email": ("email", "primary"),
    "account/authenticators/totp": ("code",),
    "account/authenticators/webauthn": ("id", "name", "credential", "authenticators"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", MEMBERS)
def test_odd_json_is_never_a_fault_of_ours(kim, settings, address):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    kim.raise_request_exception = False
    stranger = APIClient(raise_request_exception=False)
    reset = stranger.post(f"{V1}auth/password/request", {"email": "kim@example.com"})
    token = {"X-Session-Token": reset.json()["meta"]["session_token"]}

    for odd in ODD:
        body = dict.fromkeys(MEMBERS[address], odd)
        for method in ("post", "put", "patch", "delete"):
            answers = [
                getattr(kim, method)(f"{V1}{address}", body),
                getattr(stranger, method)(f"{V1}{address}", body, headers=token),
            ]
            for answer in answers:
                assert answer.status_code < 500, (method, odd)
                assert answer["Content-Type"].startswith("application/json"), (method, odd)
