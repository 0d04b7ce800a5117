"""One row per signed-in device: who has it, who ends it, and what no longer opens anything."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import UserSession
from tests.conftest import NOW
from tests.factories import StaffFactory, SuperuserFactory, UserFactory

pytestmark = pytest.mark.django_db

LOGIN = "/_allauth/app/v1/auth/login"
SESSIONS = "/_allauth/app/v1/auth/sessions"
CHANGE = "/_allauth/app/v1/account/password/change"
PASSWORD, NEW = "correct horse battery", "staple battery horse"


@pytest.fixture
def kim():
    return UserFactory(username="kim", password=PASSWORD)


@pytest.fixture
def device(api, kim):
    """`device("Phone")` signs Kim in there and gives the token."""

    def sign_in(name, address="192.0.2.1"):
        answer = api.post(
            LOGIN,
            {"username": "kim", "password": PASSWORD},
            headers={"User-Agent": name},
            REMOTE_ADDR=address,
        )
        return answer.json()["meta"]["session_token"]

    return sign_in


def with_token(token):
    return {"headers": {"X-Session-Token": token}}


def opens(api, token):
    return api.get("/api/v1/bookings/", **with_token(token)).status_code == 200


def devices(answer):
    return {row["user_agent"]: row["is_current"] for row in answer.json()["data"]}


def test_a_session_knows_from_where_somebody_signed_in(frozen, kim, device):
    device("Phone", "2001:db8::1")

    row = UserSession.objects.get(user=kim)

    assert (row.user_agent, row.ip_address, row.is_active) == ("Phone", "2001:db8::1", True)
    assert (row.last_seen_at, row.expires_at) == (NOW, NOW + timedelta(days=14))


def test_the_table_lets_nobody_in(api, device):
    token = device("Phone")

    row = UserSession.objects.exclude(user=None).get()

    assert token not in (row.token_hash, row.session_data)
    assert not opens(api, row.token_hash)
    assert opens(api, token)


def test_a_person_lists_the_devices_where_they_are_signed_in(frozen, api, device):
    phone, _ = device("Phone"), device("Laptop", "192.0.2.2")
    device_of_another = UserFactory(username="lee", password=PASSWORD)
    api.force_authenticate(device_of_another)

    answer = api.get(SESSIONS, **with_token(phone))

    assert answer.status_code == 200
    assert devices(answer) == {"Phone": True, "Laptop": False}
    laptop = next(row for row in answer.json()["data"] if row["user_agent"] == "Laptop")
    assert laptop == {
        "id": str(UserSession.objects.get(user_agent="Laptop").pk),
        "user_agent": "Laptop",
        "ip": "192.0.2.2",
        "created_at": laptop["created_at"],
        "last_seen_at": NOW.timestamp(),
        "expires_at": (NOW + timedelta(days=14)).timestamp(),
        "is_current": False,
    }


def test_a_session_that_a_person_ends_is_dead_and_the_others_live(api, device):
    phone, laptop = device("Phone"), device("Laptop")
    ended = str(UserSession.objects.get(user_agent="Laptop").pk)

    answer = api.delete(SESSIONS, {"sessions": [ended]}, **with_token(phone))

    assert (answer.status_code, devices(answer)) == (200, {"Phone": True})
    assert (opens(api, phone), opens(api, laptop)) == (True, False)
    row = UserSession.objects.get(pk=ended)
    assert (row.is_active, row.session_data, row.user_agent) == (False, "", "Laptop")


def test_who_ends_the_session_in_use_is_signed_out(api, device):
    phone, laptop = device("Phone"), device("Laptop")
    everything = [str(row.pk) for row in UserSession.objects.exclude(user=None)]

    answer = api.delete(SESSIONS, {"sessions": everything}, **with_token(phone))

    assert answer.status_code == 401
    assert (opens(api, phone), opens(api, laptop)) == (False, False)


@pytest.mark.parametrize("sessions", [["x"], "x", [1], [None], {}, None])
def test_nobody_ends_a_session_that_is_not_theirs(api, device, signed_in, sessions):
    signed_in(UserFactory(username="lee"))
    lees = str(UserSession.objects.get(user__username="lee").pk)
    phone = device("Phone")

    for chosen in ([lees], sessions):
        answer = api.delete(SESSIONS, {"sessions": chosen}, **with_token(phone))
        assert answer.status_code == 400

    assert UserSession.objects.get(pk=lees).is_active


@pytest.mark.parametrize("token", ["", " ", "x", "\x00", "ä" * 50, "x" * 5000])
def test_what_is_no_token_is_a_401(api, token):
    answer = api.get("/api/v1/specialists/", **with_token(token))

    assert answer.status_code == 401


def test_a_session_is_over_when_its_time_is(api, signed_in):
    with time_machine.travel(NOW, tick=False) as clock:
        client = signed_in(UserFactory())
        clock.shift(timedelta(days=14, seconds=-1))
        assert client.get("/api/v1/bookings/").status_code == 200
        clock.shift(1)
        assert client.get("/api/v1/bookings/").status_code == 401


def test_being_seen_is_written_once_a_minute(signed_in, django_assert_num_queries):
    with time_machine.travel(NOW, tick=False) as clock:
        client = signed_in(UserFactory())
        clock.shift(59)
        with django_assert_num_queries(2):
            client.get("/api/v1/bookings/")
        clock.shift(1)
        with django_assert_num_queries(3):
            client.get("/api/v1/bookings/")

    assert UserSession.objects.get().last_seen_at == NOW + timedelta(minutes=1)


def test_a_new_password_ends_every_other_session(api, device):
    phone, laptop = device("Phone"), device("Laptop")

    answer = api.post(
        CHANGE, {"current_password": PASSWORD, "new_password": NEW}, **with_token(phone)
    )

    newest = answer.json()["meta"]["session_token"]
    assert [opens(api, token) for token in (phone, laptop, newest)] == [False, False, True]
    assert devices(api.get(SESSIONS, **with_token(newest))) == {"Phone": True}


def change_password(user):
    user.set_password(NEW)
    user.save()


def deactivate(user):
    user.is_active = False
    user.save()


def deactivate_past_the_model(user):
    type(user).objects.filter(pk=user.pk).update(is_active=False)


def change_password_past_the_model(user):
    user.set_password(NEW)
    type(user).objects.filter(pk=user.pk).update(password=user.password)


@pytest.mark.parametrize(
    "change",
    [change_password, deactivate, deactivate_past_the_model, change_password_past_the_model],
)
def test_tokens_and_cookies_are_dead_whoever_changes_the_account(api, client, signed_in, change):
    user = StaffFactory()
    program = signed_in(user)
    client.force_login(user)

    change(user)

    assert program.get("/api/v1/bookings/").status_code == 401
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("change", [change_password, deactivate])
def test_a_change_of_the_account_shows_in_the_list_of_sessions(signed_in, change):
    user = UserFactory()
    signed_in(user)

    change(user)

    assert not UserSession.objects.get().is_active


def test_saving_a_name_ends_no_session(signed_in):
    user = UserFactory()
    signed_in(user)

    user.first_name = "Kimberly"
    user.save()

    assert UserSession.objects.get().is_active


def test_staff_see_sessions_and_end_them(client, signed_in):
    boss, kim = SuperuserFactory(), UserFactory()
    program = signed_in(kim)
    client.force_login(boss)
    address = reverse("admin:accounts_usersession_changelist")
    assert client.get(address).status_code == 200

    session = UserSession.objects.get(user=kim)
    chosen = {"action": "end", "_selected_action": [session.pk]}
    asked = client.post(address, chosen)
    assert program.get("/api/v1/bookings/").status_code == 200
    seen = {name: state for _, name, state in asked.context["seen"]}
    told = [client.post(address, {**chosen, **seen, "sure": "1"}) for _ in range(2)]

    results = [refusal for each in told for _, refusal in each.context["results"]]
    assert results == ["", "It has changed since it was shown: look at it again."]
    assert program.get("/api/v1/bookings/").status_code == 401
    address = reverse("admin:accounts_usersession_change", args=[session.pk])
    assert client.get(address).status_code == 200


def test_signing_out_of_the_back_office_ends_its_session(client):
    client.force_login(SuperuserFactory())
    stolen = client.cookies["sessionid"].value

    client.post(reverse("admin:logout"))

    client.cookies["sessionid"] = stolen
    assert client.get("/admin/").status_code == 302
    assert not UserSession.objects.get().is_active


def test_sessions_that_died_long_ago_are_purged(signed_in):
    for name in ("gone", "dead", "new"):
        signed_in(UserFactory(username=name))
    now = timezone.now()
    rows = UserSession.objects
    rows.filter(user__username="gone").update(expires_at=now - timedelta(days=8))
    rows.filter(user__username="dead").update(is_active=False, updated_at=now - timedelta(days=8))
    said = StringIO()

    call_command("purge_sessions", days=7, stdout=said)

    assert said.getvalue() == "Purged 2 session(s).\n"
    assert [row.user.username for row in UserSession.objects.all()] == ["new"]
