import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from accounts.models import User, UserType
from tests.factories import StaffFactory, SuperuserFactory, UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
LIST = reverse("admin:accounts_user_changelist")
ADD = reverse("admin:accounts_user_add")
AUTH = "/_allauth/app/v1/auth/"
SIGN_IN, VERIFY, FORGOTTEN = f"{AUTH}login", f"{AUTH}email/verify", f"{AUTH}password/request"
RESET = f"{AUTH}password/reset"


@pytest.fixture
def clerk(client):
    """Staff who may do with people what a superuser can allow them."""
    clerk = StaffFactory()
    clerk.user_permissions.set(
        Permission.objects.filter(content_type__app_label__in=["accounts", "account", "auth"])
    )
    client.force_login(clerk)
    return clerk


@pytest.fixture
def boss(client):
    boss = SuperuserFactory()
    client.force_login(boss)
    return boss


def page(user, name="change"):
    if name == "password":
        return reverse("admin:auth_user_password_change", args=[user.pk])
    return reverse(f"admin:accounts_user_{name}", args=[user.pk])


def edited(user, **fields):
    same = {
        "username": user.username,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "phone": user.phone,
        "time_zone": str(user.time_zone),
        "user_type": user.user_type,
        "is_active": "on",
    }
    return {**same, **fields}


def new(**fields):
    return {
        "username": "Nina",
        "email": "Nina@Example.com",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "time_zone": "UTC",
        **fields,
    }


@pytest.mark.parametrize("text", ["berger kim", "KIM@EX", "kimmy", "1234"])
def test_people_are_found_by_name_email_username_and_phone(client, boss, text):
    found = UserFactory(username="kimmy", email="kim@example.com", phone="+49 1234")

    response = client.get(LIST, {"q": text})

    assert found in response.context["cl"].queryset


def test_a_superuser_makes_staff(client, boss):
    client.post(ADD, new(user_type="staff"))

    made = User.objects.get(username="nina")
    assert (made.email, made.user_type) == ("nina@example.com", UserType.STAFF)
    assert made.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"email": ""}, "This field is required."),
        ({"email": "KIM@example.com"}, "Someone with this email address is here already."),
        ({"username": "KIM"}, "already exists"),
        ({"username": "nina ferber"}, "Enter a valid username"),
        ({"password2": "another"}, "The two password fields"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_words(client, boss, fields, message):
    UserFactory(username="kim", email="kim@example.com")

    response = client.post(ADD, new(user_type="client", **fields))

    assert message in str(response.context["errors"])


def test_a_superuser_cannot_be_a_client(client, boss):
    response = client.post(page(boss), edited(boss, user_type="client", is_superuser="on"))

    assert response.context["errors"] == [["A superuser must be of the type staff."]]


def test_staff_make_clients_only(client, clerk):
    client.post(ADD, new(user_type="staff", is_superuser="on"))

    made = User.objects.get(username="nina")
    assert (made.user_type, made.is_superuser) == (UserType.CLIENT, False)


def test_staff_edit_people_and_cannot_give_powers(client, clerk):
    user, group = UserFactory(), Group.objects.create(name="Managers")
    permission = Permission.objects.first()

    client.post(
        page(user),
        edited(
            user,
            first_name="Edited",
            user_type="staff",
            is_superuser="on",
            groups=[group.pk],
            user_permissions=[permission.pk],
        ),
    )

    user.refresh_from_db()
    assert (user.first_name, user.user_type, user.is_superuser) == ("Edited", "client", False)
    assert not user.groups.exists()
    assert not user.user_permissions.exists()


def test_staff_cannot_give_powers_to_themselves(client, clerk):
    before = clerk.user_permissions.count()

    client.post(page(clerk), edited(clerk, first_name="Edited", is_superuser="on"))

    clerk.refresh_from_db()
    assert (clerk.first_name, clerk.is_superuser) == ("Edited", False)
    assert clerk.user_permissions.count() == before


@pytest.mark.parametrize("factory", [SuperuserFactory, StaffFactory])
def test_staff_look_at_other_staff_and_cannot_take_them_over(client, clerk, factory):
    other = factory(email="other@example.com")

    looked = client.get(page(other))
    answers = [
        client.post(page(other), edited(other, email="mine@example.com")),
        client.get(page(other, "password")),
        client.post(page(other, "password"), {"password1": PASSWORD, "password2": PASSWORD}),
    ]

    assert looked.status_code == 200
    assert other.password not in looked.content.decode()
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    kept = User.objects.get(pk=other.pk)
    assert (kept.email, kept.password) == ("other@example.com", other.password)


def test_staff_set_the_password_of_a_client(client, clerk):
    user = UserFactory()

    client.post(
        page(user, "password"),
        {
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "set-password": 1,
        },
    )

    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_nobody_deletes_an_account(client, boss):
    user = UserFactory()

    assert client.post(page(user, "delete"), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in client.get(LIST).content.decode()


def test_staff_edit_neither_groups_nor_addresses_to_sign_in_with(client, clerk):
    group = Group.objects.create(name="Managers")

    assert client.get(reverse("admin:auth_group_changelist")).status_code == 200
    assert client.get(reverse("admin:auth_group_add")).status_code == 403
    assert client.post(reverse("admin:auth_group_change", args=[group.pk])).status_code == 403
    assert client.get(reverse("admin:account_emailaddress_add")).status_code == 403


def test_the_menu_has_one_heading_for_people(client, boss):
    apps = client.get(reverse("admin:index")).context["app_list"]

    assert {app["app_label"]: [model["object_name"] for model in app["models"]] for app in apps}[
        "accounts"
    ] == ["UserSession", "User", "EmailAddress", "Group", "Authenticator"]


def test_clients_do_not_get_in(client):
    client.force_login(UserFactory())

    assert client.get(LIST).status_code == 302


def test_an_address_that_staff_change_is_the_one_to_sign_in_with_after_a_code(client, api, mailbox):
    client.force_login(SuperuserFactory())
    user = UserFactory(username="kim", email="old@example.com", password=PASSWORD)
    EmailAddress.objects.create(user=user, email="second@example.com", verified=True)

    client.post(page(user), edited(user, email="New@example.com"))

    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
        ("new@example.com", False, True)
    ]
    for gone in ("old@example.com", "second@example.com"):
        assert api.post(SIGN_IN, {"email": gone, "password": PASSWORD}).status_code == 400
        api.post(FORGOTTEN, {"email": gone})
    assert mailbox.subjects("old@example.com") == ["[CoachBot] Unknown Account"]
    assert mailbox.subjects("second@example.com") == ["[CoachBot] Unknown Account"]
    asked = api.post(SIGN_IN, {"email": "new@example.com", "password": PASSWORD})
    token = {"X-Session-Token": asked.json()["meta"]["session_token"]}
    assert asked.status_code == 401
    proven = api.post(VERIFY, {"key": mailbox.code("new@example.com")}, headers=token)
    assert proven.status_code == 200
    assert EmailAddress.objects.get().verified


def test_a_reset_that_began_before_staff_changed_the_address_resets_nothing(api, client, mailbox):
    user = UserFactory(email="old@example.com", password=PASSWORD)
    begun = api.post(FORGOTTEN, {"email": "old@example.com"})
    token = {"X-Session-Token": begun.json()["meta"]["session_token"]}
    code = mailbox.code("old@example.com")
    client.post(reverse("account_reset_password"), {"email": "old@example.com"})
    code_of_pages = mailbox.code("old@example.com")

    user.email = "new@example.com"
    user.save()
    user.must_prove_email()

    new_one = {"password1": "staple battery horse", "password2": "staple battery horse"}
    over_rest = api.post(RESET, {"key": code, "password": "staple battery horse"}, headers=token)
    confirmed = client.post(reverse("account_confirm_password_reset_code"), {"code": code_of_pages})
    on_the_pages = client.post(confirmed.url, new_one)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert over_rest.status_code == 409
    assert on_the_pages.url == reverse("account_reset_password")


def test_an_address_that_staff_leave_as_it_is_stays_proven(client, boss):
    user = UserFactory(email="kim@example.com", password=PASSWORD)

    client.post(page(user), edited(user, first_name="Edited", email="KIM@example.com"))

    user.refresh_from_db()
    assert user.first_name == "Edited"
    assert EmailAddress.objects.get(user=user).verified


def test_an_address_that_somebody_else_signs_in_with_is_refused(client, boss):
    user, other = UserFactory(email="kim@example.com"), UserFactory()
    EmailAddress.objects.create(user=other, email="second@example.com", verified=True)

    answers = [
        client.post(page(user), edited(user, email="Second@example.com")),
        client.post(ADD, new(email="Second@example.com", user_type="client")),
    ]

    for answer in answers:
        assert answer.context["errors"] == [["Someone with this email address is here already."]]
    user.refresh_from_db()
    assert user.email == "kim@example.com"
