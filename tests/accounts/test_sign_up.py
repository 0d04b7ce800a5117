"""A client makes an account, proves the address, and has forgotten the password; and nobody
learns from any of this who is here already."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User, UserType
from tests.factories import UserFactory

AUTH = "/_allauth/app/v1/auth/"
SIGNUP, LOGIN, VERIFY = f"{AUTH}signup", f"{AUTH}login", f"{AUTH}email/verify"
FORGOTTEN, RESET = f"{AUTH}password/request", f"{AUTH}password/reset"
PASSWORD, NEW = "correct horse battery", "staple battery horse"
KIM = {"email": "Kim@Example.com", "username": "Kim", "password": PASSWORD}


def token_of(answer):
    return {"X-Session-Token": answer.json()["meta"]["session_token"]}


def told(answer):
    """What a client learns, apart from the token, which is random."""
    document = answer.json()
    document.get("meta", {}).pop("session_token", None)
    return answer.status_code, document


def test_a_client_signs_up_with_the_code_from_the_mail(api, mailbox):
    pending = api.post(SIGNUP, KIM, headers={"Accept-Language": "de-AT,en;q=0.5"})
    assert pending.status_code == 401
    assert {"id": "verify_email", "is_pending": True} in pending.json()["data"]["flows"]
    assert api.get("/api/v1/bookings/", headers=token_of(pending)).status_code == 401

    done = api.post(VERIFY, {"key": mailbox.code("kim@example.com")}, headers=token_of(pending))

    assert done.status_code == 200
    assert api.get("/api/v1/bookings/", headers=token_of(done)).status_code == 200
    user = User.objects.get()
    assert (user.username, user.email, user.user_type, user.is_superuser, user.language) == (
        *("kim", "kim@example.com", UserType.CLIENT, False, "de"),
    )


def test_a_client_signs_up_and_keeps_their_devices_in_order(api, mailbox):
    """The whole way: a code from the mail, two devices, one of them ended."""
    cache.clear()
    pending = api.post(SIGNUP, KIM)
    done = api.post(VERIFY, {"key": mailbox.code("kim@example.com")}, headers=token_of(pending))
    api.delete(f"{AUTH}session", headers=token_of(done))
    names = [{"username": "kim"}, {"email": "kim@example.com"}]
    phone, laptop = (
        token_of(api.post(LOGIN, {**name, "password": PASSWORD}, headers={"User-Agent": device}))
        for name, device in zip(names, ("Phone", "Laptop"), strict=True)
    )

    rows = api.get(f"{AUTH}sessions", headers=phone).json()["data"]
    [ended] = [row["id"] for row in rows if row["user_agent"] == "Laptop"]
    api.delete(f"{AUTH}sessions", {"sessions": [ended]}, headers=phone)

    assert {row["user_agent"] for row in rows} == {"Phone", "Laptop"}
    assert api.get("/api/v1/me/", headers=phone).json()["email"] == "kim@example.com"
    assert api.get("/api/v1/me/", headers=laptop).status_code == 401


def test_who_signs_up_at_once_with_one_address_is_told_the_same(mailbox):
    cache.clear()
    together = Barrier(4)

    def sign_up(number):
        together.wait()
        try:
            return APIClient().post(SIGNUP, KIM).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(sign_up, range(4)))

    assert User.objects.count() == 1
    assert 401 in answers
    assert answers <= {401, 429}


def test_a_client_does_without_a_username(api, mailbox):
    pending = api.post(SIGNUP, {"email": "kim@example.com", "password": PASSWORD})

    api.post(VERIFY, {"key": mailbox.code("kim@example.com")}, headers=token_of(pending))

    assert User.objects.get().username == "kim"


def test_a_wrong_code_opens_nothing_and_tries_run_out(api, mailbox):
    pending = api.post(SIGNUP, KIM)

    answers = [
        api.post(VERIFY, {"key": "AAA-AAA"}, headers=token_of(pending)).status_code
        for _ in range(4)
    ]

    assert answers == [400, 400, 400, 409]
    assert not EmailAddress.objects.get().verified


@pytest.mark.parametrize(
    "given",
    [
        {"user_type": "staff"},
        {"is_superuser": True, "is_staff": True},
        {"groups": ["Managers"], "user_permissions": [1]},
    ],
)
def test_nobody_signs_up_as_more_than_a_client(api, mailbox, given):
    api.post(SIGNUP, {**KIM, **given})

    user = User.objects.get()
    assert (user.user_type, user.is_superuser, user.is_staff) == (UserType.CLIENT, False, False)
    assert not user.groups.exists()
    assert not user.user_permissions.exists()


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("password123", "password_too_common"),
        ("0864213579", "password_entirely_numeric"),
    ],
)
def test_a_weak_password_is_refused(api, mailbox, password, code):
    answer = api.post(SIGNUP, {**KIM, "password": password})

    assert answer.status_code == 400
    assert code in [error["code"] for error in answer.json()["errors"]]
    assert not User.objects.exists()


def test_signing_up_with_a_known_address_looks_the_same_and_tells_its_owner(api, mailbox):
    known = UserFactory(username="lee", email="lee@example.com", password=PASSWORD)

    again = api.post(SIGNUP, {**KIM, "email": "Lee@example.com"})
    new = api.post(SIGNUP, KIM)

    assert told(again) == told(new)
    assert mailbox.subjects("lee@example.com") == ["[CoachBot] Account Already Exists"]
    assert set(User.objects.values_list("username", flat=True)) == {known.username, "kim"}


def test_signing_up_with_a_known_name_looks_the_same_and_gives_another(api, mailbox):
    UserFactory(username="kim", email="other@example.com")

    taken = api.post(SIGNUP, KIM)
    free = api.post(SIGNUP, {**KIM, "email": "lee@example.com", "username": "lee"})

    assert told(taken) == told(free)
    name = User.objects.get(email="kim@example.com").username
    assert name.startswith("kim")
    assert name != "kim"


def test_a_forgotten_password_is_replaced_with_the_code_from_the_mail(api, signed_in, mailbox):
    kim = UserFactory(username="kim", email="kim@example.com", password=PASSWORD)
    elsewhere = signed_in(kim)
    asked = api.post(FORGOTTEN, {"email": "kim@example.com"})
    code = mailbox.code("kim@example.com")

    answer = api.post(RESET, {"key": code, "password": NEW}, headers=token_of(asked))

    assert answer.status_code == 401
    assert elsewhere.get("/api/v1/bookings/").status_code == 401
    assert api.post(LOGIN, {"username": "kim", "password": PASSWORD}).status_code == 400
    assert api.post(LOGIN, {"username": "kim", "password": NEW}).status_code == 200


def test_a_forgotten_password_of_nobody_looks_the_same(api, mailbox):
    UserFactory(email="kim@example.com", password=PASSWORD)

    known = api.post(FORGOTTEN, {"email": "kim@example.com"})
    unknown = api.post(FORGOTTEN, {"email": "nobody@example.com"})

    assert told(known) == told(unknown)
    assert mailbox.subjects("nobody@example.com") == ["[CoachBot] Unknown Account"]


@pytest.mark.parametrize("who", ["unknown", "inactive", "erased", "unverified"])
def test_every_step_of_a_reset_looks_the_same_whoever_it_is(api, mailbox, who):
    UserFactory(username="kim", email="kim@example.com", password=PASSWORD)
    address = f"{who}@example.com"
    if who == "inactive":
        UserFactory(email=address, password=PASSWORD, is_active=False)
    elif who == "erased":
        user = UserFactory(email=address, password=PASSWORD)
        user.email = f"{user.pk.hex}@erased.invalid"
        user.save()
        EmailAddress.objects.filter(user=user).delete()
    elif who == "unverified":
        UserFactory(email=address)
    tries = [
        *(("get", code, None) for code in ("-", "", "AAAA-AAAA")),
        *(("post", None, {"key": code, "password": "1"}) for code in ("AAAA-AAAA", "-", "")),
        ("post", None, {"key": "AAAA-AAAA", "password": "kim"}),
        *(("post", None, body) for body in ({}, {"password": NEW}, {"key": "AAAA-AAAA"})),
    ]

    for number, (method, code, body) in enumerate(tries):
        answers = []
        for asked_for in ("kim@example.com", address):
            cache.clear()
            token = token_of(api.post(FORGOTTEN, {"email": asked_for}))
            key = {} if code is None else {"X-Password-Reset-Key": code}
            send = getattr(api, method)
            answers.append(told(send(RESET, body, headers={**token, **key})))
        assert answers[0] == answers[1], number
        assert answers[0][0] == 400


@pytest.mark.parametrize("name", ["username", "email"])
def test_a_wrong_password_of_nobody_looks_the_same(api, mailbox, name):
    UserFactory(username="kim", email="kim@example.com", password=PASSWORD)
    known, unknown = {"username": ("kim", "nobody")}.get(
        name, ("kim@example.com", "nobody@example.com")
    )

    answers = [
        told(api.post(LOGIN, {name: who, "password": "wrong horse"})) for who in (known, unknown)
    ]

    assert answers[0] == answers[1]
    assert answers[0][0] == 400


@pytest.mark.django_db
def test_nobody_signs_up_on_the_pages_of_the_back_office(client):
    form = {"email": "kim@example.com", "username": "kim", "password1": PASSWORD}

    answer = client.post("/accounts/signup/", form)

    assert not User.objects.exists()
    assert b"closed" in answer.content
