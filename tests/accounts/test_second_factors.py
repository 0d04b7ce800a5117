"""Second factors in the table: sealed with SECRET_KEY, which may change."""

from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from django.core.management import CommandError, call_command

from accounts import attempts
from accounts.models import User, UserSession
from coachbot.me.erasure import erase
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

V1 = "/_allauth/app/v1/auth/"
LOGIN, CODE = f"{V1}login", f"{V1}2fa/authenticate"
PASSWORD = "correct horse battery"
OLD, NEW = "o" * 50, "n" * 50


@pytest.fixture
def codes(settings, frozen):
    """A code of each kind of Kim's, sealed with the old key."""
    cache.clear()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    kim = UserFactory(username="kim", password=PASSWORD)
    secret = auth.generate_totp_secret()
    auth.TOTP.activate(kim, secret)
    counter = next(auth.yield_hotp_counters_from_time())
    totp = auth.format_hotp_value(auth.hotp_value(secret, counter))
    return [totp, RecoveryCodes.activate(kim).get_unused_codes()[0]]


def sign_in(api, code):
    token = api.post(LOGIN, {"username": "kim", "password": PASSWORD}).json()["meta"]
    headers = {"X-Session-Token": token["session_token"]}
    return api.post(CODE, {"code": code}, headers=headers)


def test_a_sign_in_that_waits_for_a_code_ends_with_the_password(api, codes):
    answer = api.post(LOGIN, {"username": "kim", "password": PASSWORD})
    headers = {"X-Session-Token": answer.json()["meta"]["session_token"]}
    kim = User.objects.get()
    kim.set_password("staple battery horse")
    kim.save()

    answer = api.post(CODE, {"code": codes[0]}, headers=headers)

    assert answer.status_code == 401
    assert api.get("/api/v1/me/", headers=headers).status_code == 401
    assert not UserSession.objects.filter(user=kim).exists()


def test_who_is_erased_while_the_password_is_looked_at_is_not_signed_in(api, monkeypatch, now):
    kim = UserFactory(username="kim", password=PASSWORD)
    succeeded = attempts.Attempt.succeeded

    def erase_meanwhile(attempt):
        succeeded(attempt)
        erase(user=kim, now=now)

    monkeypatch.setattr(attempts.Attempt, "succeeded", erase_meanwhile)

    answer = api.post(LOGIN, {"username": "kim", "password": PASSWORD})

    assert answer.status_code == 400
    assert not EmailAddress.objects.exists()
    assert not UserSession.objects.filter(user=kim).exists()


def test_a_change_of_the_secret_key_locks_nobody_out(api, settings, codes):
    said = StringIO()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]

    call_command("reseal_second_factors", stdout=said)

    settings.SECRET_KEY_FALLBACKS = []
    assert said.getvalue() == "Resealed 2 second factor(s).\n"
    assert [sign_in(api, code).status_code for code in codes] == [200, 200]


def test_with_the_key_gone_every_code_is_wrong_and_the_rows_stay(api, settings, codes):
    settings.SECRET_KEY = NEW
    before = list(Authenticator.objects.order_by("pk").values_list("data", flat=True))

    with pytest.raises(CommandError, match="No known key opens 2 second factor"):
        call_command("reseal_second_factors", stdout=StringIO())

    answer = sign_in(api, codes[0])
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "incorrect_code")
    assert list(Authenticator.objects.order_by("pk").values_list("data", flat=True)) == before
