"""What a session's token alone does not change: the addresses, the password, the second factor."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import cache

from accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

V1 = "/_allauth/app/v1/"
EMAIL, AGAIN, CHANGE = (
    f"{V1}account/email",
    f"{V1}auth/reauthenticate",
    f"{V1}account/password/change",
)
PASSWORD, NEW = "correct horse battery", "staple battery horse"


@pytest.fixture(autouse=True)
def no_counts(db):
    cache.clear()


@pytest.fixture
def kim():
    return UserFactory(username="kim", email="kim@example.com", password=PASSWORD)


def addresses():
    return set(EmailAddress.objects.values_list("email", "verified", "primary"))


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("post", {"email": "evil@example.com"}),
        ("patch", {"email": "second@example.com", "primary": True}),
        ("delete", {"email": "second@example.com"}),
    ],
)
def test_changing_addresses_takes_the_password_again(kim, signed_in, method, body):
    EmailAddress.objects.create(user=kim, email="second@example.com", verified=True)
    before, client = addresses(), signed_in(kim)

    stolen = getattr(client, method)(EMAIL, body)

    assert stolen.status_code == 401
    assert {"id": "reauthenticate"} in stolen.json()["data"]["flows"]
    assert addresses() == before

    client.post(AGAIN, {"password": PASSWORD})

    assert getattr(client, method)(EMAIL, body).status_code == 200


def test_the_first_password_takes_a_fresh_proof(kim, signed_in):
    Authenticator.objects.create(user=kim, type="totp", data={})
    User.objects.filter(pk=kim.pk).update(password="!")
    client = signed_in(User.objects.get())

    answer = client.post(CHANGE, {"new_password": NEW})

    assert answer.status_code == 401
    assert not User.objects.get().has_usable_password()
