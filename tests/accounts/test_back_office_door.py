"""How staff come into the back office: allauth's pages, a password, a second factor."""

import base64

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.views.defaults import server_error

from tests.factories import StaffFactory, SuperuserFactory, UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
SECRET = base64.b32encode(b"twenty random bytes.").decode()
ADMIN, LOGIN, CODE = "/admin/", "/accounts/login/", "/accounts/2fa/authenticate/"
SET_UP, REAUTHENTICATE = "/accounts/2fa/totp/activate/", "/accounts/reauthenticate/"
PUBLIC, OWN = "/api/v1/specialists/", "/api/v1/bookings/"


@pytest.fixture(autouse=True)
def demanded(db, settings, frozen):
    """The clock stands still, so that a code does not run out between two lines."""
    cache.clear()
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def staff():
    return StaffFactory(username="kim", email="kim@example.com", password=PASSWORD)


def sign_in(client):
    """The answer to the right password."""
    return client.post(LOGIN, {"login": "kim@example.com", "password": PASSWORD})


def code_of(secret):
    [counter] = auth.yield_hotp_counters_from_time()
    return auth.format_hotp_value(auth.hotp_value(secret, counter))


def wrong_code():
    return f"{(int(code_of(SECRET)) + 1) % 10**6:06}"


def full_session(client, staff):
    """Signed in with both, and the code that confirms it anew."""
    auth.TOTP.activate(staff, SECRET)
    first, second, *_ = RecoveryCodes.activate(staff).get_unused_codes()
    sign_in(client)
    client.post(CODE, {"code": first})
    return second


def way(client, address):
    """Where a request ends, and how."""
    response = client.get(address, follow=True)
    return response.request["PATH_INFO"], response.status_code


def set_up(client):
    """Through the pages, from a session that has the password alone."""
    client.post(REAUTHENTICATE, {"password": PASSWORD})
    secret = client.get(SET_UP).context["form"].secret
    return client.post(SET_UP, {"code": code_of(secret)})


@pytest.mark.parametrize("page", ["/admin/", "/admin/scheduling/booking/?q=kim"])
def test_who_is_signed_out_is_sent_to_the_sign_in_page_and_back(client, staff, page):
    auth.TOTP.activate(staff, SECRET)

    asked = client.get(page, follow=True)
    client.post(
        LOGIN,
        {"login": "kim", "password": PASSWORD, "next": asked.context["redirect_field_value"]},
    )
    landed = client.post(CODE, {"code": code_of(SECRET)})

    assert asked.request["PATH_INFO"] == LOGIN
    assert landed.url == page


def test_staff_without_a_factor_are_led_to_set_one_up_and_get_nothing_else(client, api, staff):
    sign_in(client)
    token = {"X-Session-Token": client.session.session_key}

    refused = [api.get(address, headers=token) for address in (PUBLIC, OWN)]

    assert client.get("/admin/login/").url == f"{SET_UP}?next=%2Fadmin%2F"
    assert way(client, ADMIN) == (REAUTHENTICATE, 200)
    assert way(client, "/admin/accounts/user/") == (REAUTHENTICATE, 200)
    assert [(answer.status_code, answer.json()["errors"][0]["code"]) for answer in refused] == [
        (403, "second_factor_required"),
        (403, "second_factor_required"),
    ]
    assert api.get(PUBLIC).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_setting_a_factor_up_opens_the_back_office_and_the_api(client, api, staff):
    sign_in(client)

    done = set_up(client)

    token = {"X-Session-Token": client.session.session_key}
    assert done.url == reverse("mfa_view_recovery_codes")
    assert way(client, ADMIN) == (ADMIN, 200)
    assert api.get(OWN, headers=token).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_setting_a_factor_up_signs_out_where_the_password_alone_was_enough(client, staff):
    other = Client()
    sign_in(other)
    sign_in(client)

    set_up(client)

    assert way(other, ADMIN) == (LOGIN, 200)


def test_the_password_of_a_session_that_is_older_than_the_factor_is_not_enough(client, api, staff):
    sign_in(client)
    auth.TOTP.activate(staff, SECRET)
    token = {"X-Session-Token": client.session.session_key}

    assert way(client, ADMIN) == ("/accounts/2fa/reauthenticate/", 200)
    assert api.get(OWN, headers=token).status_code == 403

    client.post("/accounts/2fa/reauthenticate/", {"code": code_of(SECRET)})

    assert way(client, ADMIN) == (ADMIN, 200)
    assert api.get(OWN, headers=token).status_code == 200


def test_the_password_alone_opens_nothing_to_who_has_a_factor(client, staff):
    auth.TOTP.activate(staff, SECRET)

    answer = sign_in(client)

    assert answer.url == CODE
    assert way(client, ADMIN) == (CODE, 200)


def test_the_doors_of_django_look_at_no_password(client, staff):
    """Its own form would know neither counts nor factors."""
    answers = [
        client.post("/admin/login/?next=/admin/", {"username": "kim", "password": PASSWORD})
        for _ in range(7)
    ]

    assert [answer.url for answer in answers] == [f"{LOGIN}?next=%2Fadmin%2F"] * 7
    assert "_auth_user_id" not in client.session


def test_a_client_is_told_that_the_back_office_is_for_staff_and_can_sign_out(client):
    UserFactory(username="kim", email="kim@example.com", password=PASSWORD)

    sign_in(client)
    answer = client.get(ADMIN, follow=True)

    page = answer.content.decode()
    assert (answer.request["PATH_INFO"], answer.status_code) == ("/admin/login/", 403)
    assert "The back office is for staff." in page
    assert f'href="{reverse("account_logout")}"' in page


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", r"/\evil.example"])
def test_nobody_is_sent_to_another_site(client, staff, target):
    auth.TOTP.activate(staff, SECRET)

    asked = client.get("/admin/login/", {"next": target})
    client.post(LOGIN, {"login": "kim", "password": PASSWORD, "next": target})
    landed = client.post(CODE, {"code": code_of(SECRET)})
    inside = client.get("/admin/login/", {"next": target})
    left = client.post(reverse("account_logout"), {"next": target})

    assert [asked.url, landed.url, inside.url, left.url] == [
        f"{LOGIN}?next=%2Fadmin%2F",
        *(ADMIN, ADMIN, LOGIN),
    ]


def test_a_code_is_good_once(client, staff):
    auth.TOTP.activate(staff, SECRET)
    code = code_of(SECRET)

    sign_in(client)
    first = client.post(CODE, {"code": code})
    other = Client()
    sign_in(other)
    second = other.post(CODE, {"code": code})

    assert (first.status_code, second.status_code) == (302, 200)
    assert second.context["form"].errors == {"code": ["Incorrect code."]}


def test_a_recovery_code_is_good_once(client, staff):
    auth.TOTP.activate(staff, SECRET)
    code = RecoveryCodes.activate(staff).get_unused_codes()[0]

    sign_in(client)
    client.post(CODE, {"code": code})
    other = Client()
    sign_in(other)
    other.post(CODE, {"code": code})

    assert way(client, ADMIN) == (ADMIN, 200)
    assert way(other, ADMIN) == (CODE, 200)


def test_after_five_wrong_codes_the_right_one_is_refused_too(client, staff):
    auth.TOTP.activate(staff, SECRET)
    sign_in(client)

    answers = [client.post(CODE, {"code": code}) for code in [wrong_code()] * 5]
    right = client.post(CODE, {"code": code_of(SECRET)})

    assert [answer.context["form"].errors["code"] for answer in answers] == [
        ["Incorrect code."]
    ] * 5
    assert (right.status_code, right["Retry-After"]) == (429, "300")
    assert way(client, ADMIN) == (CODE, 200)


def test_after_five_wrong_passwords_the_page_says_so(client, staff):
    wrong = {"login": "kim", "password": "wrong"}

    answers = [client.post(LOGIN, wrong) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [*[200] * 5, 429]
    assert "You have tried too often." in answers[-1].content.decode()
    assert int(answers[-1]["Retry-After"]) > 0


def test_secrets_are_read_neither_in_the_table_nor_in_the_back_office(client, staff):
    factor = auth.TOTP.activate(staff, SECRET).instance
    sealed = Authenticator.objects.get().data["secret"]
    sign_in(client)
    client.post(CODE, {"code": code_of(SECRET)})
    staff.is_superuser = True
    staff.save()

    pages = [
        client.get(reverse(f"admin:mfa_authenticator_{name}", args=args))
        for name, args in (("changelist", []), ("change", [factor.pk]), ("delete", [factor.pk]))
    ]

    assert SECRET not in sealed
    assert [page.status_code for page in pages] == [200, 200, 200]
    for page in pages:
        assert sealed not in page.content.decode()
        assert SECRET not in page.content.decode()


def test_a_superuser_removes_a_factor_that_somebody_has_lost(client, settings, staff):
    factor = auth.TOTP.activate(staff, SECRET).instance
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(SuperuserFactory())

    client.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})

    settings.STAFF_SECOND_FACTOR = True
    theirs = Client()
    sign_in(theirs)
    assert theirs.get("/admin/login/").url == f"{SET_UP}?next=%2Fadmin%2F"


V1 = "/_allauth/app/v1/"
TOTP, AGAIN = f"{V1}account/authenticators/totp", f"{V1}auth/2fa/reauthenticate"


def test_who_has_a_factor_confirms_with_it_and_not_with_the_password(client, api, staff):
    full_session(client, staff)
    token = {"X-Session-Token": client.session.session_key}

    over_rest = api.post(f"{V1}auth/reauthenticate", {"password": PASSWORD}, headers=token)
    on_the_page = client.post(REAUTHENTICATE, {"password": PASSWORD})

    assert over_rest.status_code == 400
    assert over_rest.json()["errors"][0]["code"] == "second_factor_required"
    assert on_the_page.url == "/accounts/2fa/reauthenticate/"
    assert api.delete(TOTP, headers=token).status_code in (401, 409)


def test_staff_do_not_take_their_last_factor_away(client, api, staff):
    code = full_session(client, staff)
    token = {"X-Session-Token": client.session.session_key}
    api.post(AGAIN, {"code": code}, headers=token)
    key = Authenticator.objects.create(user=staff, type="webauthn", data={"name": "Key"})

    one = api.delete(TOTP, headers=token)
    last = api.delete(
        f"{V1}account/authenticators/webauthn", {"authenticators": [key.pk]}, headers=token
    )
    page = client.post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/")

    assert (one.status_code, last.status_code, page.status_code) == (200, 409, 403)
    assert last.json()["errors"][0]["code"] == "cannot_delete_authenticator"
    assert Authenticator.objects.filter(pk=key.pk).exists()


def test_a_session_is_good_no_longer_than_the_factor_that_it_proved(client, api, settings, staff):
    full_session(client, staff)
    token = {"X-Session-Token": client.session.session_key}
    assert api.get(OWN, headers=token).status_code == 200

    Authenticator.objects.filter(user=staff).delete()

    assert api.get(OWN, headers=token).status_code == 403
    assert way(client, ADMIN) == (REAUTHENTICATE, 200)


def test_adding_or_removing_a_factor_signs_out_elsewhere(client, api, staff):
    code = full_session(client, staff)
    token = {"X-Session-Token": client.session.session_key}
    Authenticator.objects.create(user=staff, type="webauthn", data={"name": "Key"})
    api.post(AGAIN, {"code": code}, headers=token)
    other = Client()
    other.force_login(staff)

    api.delete(TOTP, headers=token)

    assert [row.is_active for row in staff.sessions.order_by("pk")] == [True, False]


def test_staff_without_a_factor_change_nothing_of_their_account(client, api, staff):
    sign_in(client)
    token = {"X-Session-Token": client.session.session_key}

    over_rest = [
        api.get(f"{V1}auth/sessions", headers=token),
        api.get(f"{V1}account/email", headers=token),
        api.post(f"{V1}account/password/change", {"new_password": "x"}, headers=token),
    ]
    pages = [client.get(f"/accounts/{page}/") for page in ("email", "password/change")]

    assert [answer.status_code for answer in over_rest] == [403, 403, 403]
    assert over_rest[0].json()["errors"][0]["code"] == "second_factor_required"
    assert [page.url for page in pages] == ["/admin/login/", "/admin/login/"]
    assert api.get(f"{V1}account/authenticators", headers=token).status_code == 200
    assert api.delete(f"{V1}auth/session", headers=token).status_code == 401


@pytest.mark.parametrize(
    "name",
    [
        *("account_change_password", "account_email", "account_logout", "mfa_index"),
        *("mfa_list_webauthn", "mfa_add_webauthn", "mfa_view_recovery_codes"),
        *("mfa_generate_recovery_codes", "mfa_deactivate_totp"),
    ],
)
def test_the_pages_of_ones_own_account_open_and_lead_to_each_other(client, staff, name):
    code = full_session(client, staff)
    client.post("/accounts/2fa/reauthenticate/", {"code": code})

    answer = client.get(reverse(name))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert [f'href="{link}"' in page for link in (ADMIN, reverse("account_email"))] == [True, True]


def test_signing_out_of_the_back_office_leads_to_the_sign_in_page(client, settings):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(StaffFactory())

    answer = client.post(reverse("admin:logout"))

    assert answer.url == LOGIN
    assert way(client, ADMIN) == (LOGIN, 200)


def test_the_back_office_shows_the_way_to_ones_own_password_and_second_factor(client, settings):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(StaffFactory())

    page = client.get(ADMIN).content.decode()

    assert f'href="{reverse("account_change_password")}"' in page
    assert f'href="{reverse("mfa_index")}"' in page


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/nowhere/", 404, "There is nothing at this address."),
        ("/accounts/signup/", 200, "the sign up is currently closed"),
    ],
)
def test_pages_that_lead_nowhere_say_so_and_lead_back(client, address, status, words):
    answer = client.get(address)

    assert answer.status_code == status
    assert words in answer.content.decode()
    assert 'href="/a' in answer.content.decode()


def test_a_page_that_was_open_for_too_long_says_so(staff):
    answer = Client(enforce_csrf_checks=True).post(LOGIN, {"login": "kim"})

    assert answer.status_code == 403
    assert "This page was open for too long" in answer.content.decode()


def test_the_page_for_our_own_faults_needs_no_database(rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = server_error(rf.get("/nowhere/"))

    assert answer.status_code == 500
    assert "The fault is ours" in answer.content.decode()
