"""Signing in through django-allauth, and what its token opens."""

import pytest

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

LOGIN = "/_allauth/app/v1/auth/login"
SESSION = "/_allauth/app/v1/auth/session"
PASSWORD = "a-long-enough-password"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param({"username": "kim"}, id="username"),
        pytest.param({"username": "KIM"}, id="username in capitals"),
        pytest.param({"email": "Kim@Example.com"}, id="email in any case"),
    ],
)
def test_a_user_signs_in_and_the_token_opens_the_api(api, name):
    UserFactory(username="kim", email="kim@example.com", password=PASSWORD)

    answer = api.post(LOGIN, {**name, "password": PASSWORD})

    token = answer.json()["meta"]["session_token"]
    assert answer.status_code == 200
    assert api.get("/api/v1/bookings/", HTTP_X_SESSION_TOKEN=token).status_code == 200


def test_a_wrong_password_opens_nothing(api):
    UserFactory(username="kim", password=PASSWORD)

    answer = api.post(LOGIN, {"username": "kim", "password": "wrong"})

    assert answer.status_code == 400
    assert "session_token" not in answer.json().get("meta", {})


def test_a_token_is_dead_after_signing_out(api):
    UserFactory(username="kim", password=PASSWORD)
    token = api.post(LOGIN, {"username": "kim", "password": PASSWORD}).json()["meta"][
        "session_token"
    ]

    api.delete(SESSION, HTTP_X_SESSION_TOKEN=token)

    assert api.get("/api/v1/bookings/", HTTP_X_SESSION_TOKEN=token).status_code == 401


def test_a_deactivated_user_is_out_at_once(api, signed_in):
    user = UserFactory()
    client = signed_in(user)

    user.is_active = False
    user.save()

    assert client.get("/api/v1/bookings/").status_code == 401


def test_passwords_are_kept_as_bcrypt_over_sha256():
    user = UserFactory(password="x" * 100)

    assert user.password.startswith("bcrypt_sha256$")
    assert not user.check_password("x" * 99)
