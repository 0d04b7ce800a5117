"""What staff and specialists change at allauth's addresses is in the log; what clients do, not."""

from hashlib import sha256

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import DatabaseError, connection
from django.urls import reverse
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from accounts.models import User, UserSession
from audit.models import AdminLog
from tests.factories import UserFactory

V1 = "/_allauth/app/v1/"
KEYS, CODES, TOTP = (
    f"{V1}account/authenticators/{name}" for name in ("webauthn", "recovery-codes", "totp")
)
EMAIL, CHANGE, RESET = f"{V1}account/email", f"{V1}account/password/change", f"{V1}auth/password/"
PASSWORD, NEW = "correct horse battery", "staple battery horse"
OLD_ADDRESS, NEW_ADDRESS = "kim@example.com", "berger@example.com"


@pytest.fixture
def kim(mailbox):
    """Staff, who have the least to prove in tests."""
    return person("staff")


def person(user_type):
    return UserFactory(username="kim", email=OLD_ADDRESS, password=PASSWORD, user_type=user_type)


def changes():
    """What the entries say, oldest first, once it is known that Kim left them on Kim's account."""
    kim = User.objects.get(username="kim")
    entries = AdminLog.objects.order_by("sequence")
    who = {(each.actor, each.action, each.resource_type, each.resource_id) for each in entries}
    assert who <= {("kim", "user.changed", "accounts.user", str(kim.pk))}
    return [each.readable_changes for each in entries]


def code_of(secret):
    [counter] = auth.yield_hotp_counters_from_time()
    return auth.format_hotp_value(auth.hotp_value(secret, counter))


def answer_of_a_key(options):
    """What a browser sends of a new key, that says nothing of its maker."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    known = AttestedCredentialData.create(bytes(16), b"a key of Kim's", key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    data = AuthenticatorData.create(sha256(b"testserver").digest(), flags, 0, known)
    challenge = options["publicKey"]["challenge"]
    asked = CollectedClientData.create("webauthn.create", challenge, "https://testserver")
    return {
        "id": websafe_encode(known.credential_id),
        "rawId": websafe_encode(known.credential_id),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(asked),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        },
    }


def change_everything(client, mailbox):
    """Over REST: addresses, second factors, the password. All of it is done."""
    statuses = [client.post(f"{V1}auth/reauthenticate", {"password": PASSWORD}).status_code]

    def sent(method, address, body=None):
        answer = getattr(client, method)(address, body)
        statuses.append(answer.status_code)
        return answer.json()

    sent("post", EMAIL, {"email": NEW_ADDRESS})
    sent("post", f"{V1}auth/email/verify", {"key": mailbox.code(NEW_ADDRESS)})
    sent("patch", EMAIL, {"email": NEW_ADDRESS, "primary": True})
    sent("delete", EMAIL, {"email": OLD_ADDRESS})
    secret = client.get(TOTP).json()["meta"]["secret"]
    sent("post", TOTP, {"code": code_of(secret)})
    sent("post", CODES)
    options = sent("get", KEYS)["data"]["creation_options"]
    key = sent("post", KEYS, {"name": "Phone", "credential": answer_of_a_key(options)})
    key_id = key["data"]["id"]
    sent("put", KEYS, {"id": key_id, "name": "Old phone"})
    sent("delete", KEYS, {"authenticators": [key_id]})
    sent("delete", TOTP)
    sent("post", CHANGE, {"current_password": PASSWORD, "new_password": NEW})
    assert statuses == [200] * len(statuses)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("user_type", ["staff", "specialist"])
def test_every_change_over_rest_leaves_one_entry_without_secrets(mailbox, signed_in, user_type):
    change_everything(signed_in(person(user_type)), mailbox)

    first, second = f"{OLD_ADDRESS} (primary, verified)", f"{NEW_ADDRESS} (verified)"
    swapped = [f"{OLD_ADDRESS} (verified)", f"{NEW_ADDRESS} (primary, verified)"]
    key, renamed = ["totp", "webauthn: Phone"], ["totp", "webauthn: Old phone"]
    assert changes() == [
        {"email_addresses": [[first], [first, second]]},
        {"email": [OLD_ADDRESS, NEW_ADDRESS], "email_addresses": [[first, second], swapped]},
        {"email_addresses": [swapped, swapped[1:]]},
        {"second_factors": [[], ["totp"]], "recovery_codes": [[], "***"]},
        {"recovery_codes": ["***", "***"]},
        {"second_factors": [["totp"], key]},
        {"second_factors": [key, renamed]},
        {"second_factors": [renamed, ["totp"]]},
        {"second_factors": [["totp"], []], "recovery_codes": ["***", []]},
        {"password": ["***", "***"]},
    ]


@pytest.mark.django_db(transaction=True)
def test_clients_change_their_own_accounts_without_an_entry(mailbox, signed_in):
    kim = person("client")

    assert end_all_sessions(signed_in(kim)) == 1
    change_everything(signed_in(kim), mailbox)

    assert not AdminLog.objects.exists()


@pytest.mark.django_db
def test_a_session_that_staff_end_of_their_own_leaves_an_entry(signed_in):
    kim = person("staff")
    client = signed_in(kim)
    signed_in(kim)

    ended = end_all_sessions(client)

    sessions = UserSession.objects.filter(user=kim)
    entries = AdminLog.objects.filter(actor="kim", action="usersession.ended")
    assert (ended, sessions.filter(is_active=True).count()) == (2, 0)
    assert {entry.resource_id for entry in entries} == {str(each.pk) for each in sessions}


def end_all_sessions(client):
    address = f"{V1}auth/sessions"
    known = [each["id"] for each in client.get(address).json()["data"]]
    assert client.delete(address, {"sessions": known}).status_code == 401
    return len(known)


def test_a_password_that_is_reset_leaves_an_entry_and_so_does_the_address_it_proves(
    kim, api, mailbox
):
    """Nobody is signed in then: who has the code is who changes it."""
    EmailAddress.objects.update(verified=False)
    asked = api.post(f"{RESET}request", {"email": OLD_ADDRESS}).json()
    headers = {"X-Session-Token": asked["meta"]["session_token"]}
    body = {"key": mailbox.code(OLD_ADDRESS), "password": NEW}

    api.post(f"{RESET}reset", {**body, "key": "AAAA-AAAA"}, headers=headers)
    assert changes() == []
    api.post(f"{RESET}reset", body, headers=headers)

    proven = [[f"{OLD_ADDRESS} (primary)"], [f"{OLD_ADDRESS} (primary, verified)"]]
    assert User.objects.get().check_password(NEW)
    assert changes() == [{"password": ["***", "***"], "email_addresses": proven}]


def test_the_pages_leave_the_same_entries(kim, client, mailbox):
    client.force_login(kim)

    def sent(name, body, *args):
        assert client.post(reverse(name, args=args), body).status_code == 302

    sent("account_reauthenticate", {"password": PASSWORD})
    sent("account_email", {"action_add": "", "email": NEW_ADDRESS})
    sent("account_email_verification_sent", {"code": mailbox.code(NEW_ADDRESS)})
    sent("account_email", {"action_remove": "", "email": NEW_ADDRESS})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    sent("mfa_activate_totp", {"code": code_of(secret)})
    sent("mfa_generate_recovery_codes", {})
    key = Authenticator.objects.create(user=kim, type="webauthn", data={"name": "Phone"})
    sent("mfa_edit_webauthn", {"name": "Old phone"}, key.pk)
    sent("mfa_remove_webauthn", {}, key.pk)
    sent("mfa_deactivate_totp", {})
    sent("account_change_password", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    assert [sorted(each) for each in changes()] == [
        *(["email_addresses"], ["email_addresses"]),
        *(["recovery_codes", "second_factors"], ["recovery_codes"]),
        *(["second_factors"], ["second_factors"], ["recovery_codes", "second_factors"]),
        ["password"],
    ]


def test_codes_that_staff_try_in_vain_stay_counted(kim, api, mailbox):
    """Though what they would have changed is a transaction."""
    asked = api.post(f"{RESET}request", {"email": OLD_ADDRESS}).json()
    headers = {"X-Session-Token": asked["meta"]["session_token"]}

    def tried(key):
        body = {"key": key, "password": NEW}
        return api.post(f"{RESET}reset", body, headers=headers).status_code

    code = mailbox.code(OLD_ADDRESS)
    assert [tried(key) for key in ("AAAA-AAAA", "AAAA-AAAA", "AAAA-AAAA", code)] == [
        *(400, 400, 400, 409),
    ]
    assert changes() == []


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_logged_is_not_changed(kim, signed_in):
    client = signed_in(kim)
    client.raise_request_exception = False

    def refuse(execute, sql, *rest):
        if sql.startswith('INSERT INTO "audit_adminlog"'):
            raise DatabaseError("The log is full.")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        answer = client.post(CHANGE, {"current_password": PASSWORD, "new_password": NEW})

    assert answer.status_code >= 400
    assert User.objects.get().check_password(PASSWORD)
