import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin import site
from django.contrib.auth.models import Group, Permission
from django.contrib.messages import get_messages
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.admin import NewPasswordForm
from accounts.models import User, UserType
from coachbot.me.erasure import erase
from tests.factories import (
    AuditorFactory,
    ReceptionistFactory,
    SpecialistFactory,
    StaffFactory,
    SuperuserFactory,
    UserFactory,
    staff_group,
)

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
    clerk = StaffFactory(groups=[])
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
        "language": user.language,
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
        "language": "en",
        **fields,
    }


def new_password():
    return {
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "set-password": 1,
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


# --- Nobody raises a role but superusers --------------------------------------------------------


def forged():
    """Every power that a form could give, and what Django calls staff."""
    return {
        "user_type": "staff",
        "is_superuser": "on",
        "is_staff": "on",
        "groups": [staff_group("Managers").pk],
        "user_permissions": [Permission.objects.get(codename="delete_booking").pk],
    }


def powers(user):
    """What `user` may do, as the database has it."""
    kept = User.objects.get(pk=user.pk)
    return {
        "user_type": kept.user_type,
        "is_superuser": kept.is_superuser,
        "is_staff": kept.is_staff,
        "groups": sorted(kept.groups.values_list("name", flat=True)),
        "user_permissions": sorted(kept.user_permissions.values_list("codename", flat=True)),
    }


NONE = {
    "user_type": "client",
    "is_superuser": False,
    "is_staff": False,
    "groups": [],
    "user_permissions": [],
}
ALL = {
    "user_type": "staff",
    "is_superuser": True,
    "is_staff": True,
    "groups": ["Managers"],
    "user_permissions": ["delete_booking"],
}


@pytest.fixture(params=["clerk", "manager", "receptionist"])
def staff(request, client):
    """Each kind of staff who may change people."""
    if request.param == "clerk":
        return request.getfixturevalue("clerk")
    staff = {"manager": StaffFactory, "receptionist": ReceptionistFactory}[request.param]()
    client.force_login(staff)
    return staff


def test_a_superuser_gives_every_power(client, boss):
    user = UserFactory()

    client.post(page(user), edited(user, **forged()))

    assert powers(user) == ALL


def test_staff_edit_people_and_cannot_give_powers(client, staff):
    user = UserFactory()

    client.post(page(user), edited(user, first_name="Edited", **forged()))

    user.refresh_from_db()
    assert user.first_name == "Edited"
    assert powers(user) == NONE


def test_staff_cannot_give_powers_to_themselves(client, staff):
    before = powers(staff)

    client.post(page(staff), edited(staff, first_name="Edited", **forged()))

    staff.refresh_from_db()
    assert staff.first_name == "Edited"
    assert powers(staff) == before


def test_staff_make_clients_only(client, staff):
    client.post(ADD, new(**forged()))

    assert powers(User.objects.get(username="nina")) == NONE


def test_a_new_account_has_the_type_that_a_superuser_gives_it_and_no_other_power(client, boss):
    client.post(ADD, new(**forged()))

    made = User.objects.get(username="nina")
    assert powers(made) == {**NONE, "user_type": "staff", "is_staff": True}


def test_staff_cannot_give_powers_by_the_page_for_passwords(client, staff):
    user = UserFactory()

    answer = client.post(page(user, "password"), {**new_password(), **forged()})

    user.refresh_from_db()
    assert (answer.status_code, user.check_password(PASSWORD)) == (302, True)
    assert powers(user) == NONE


def test_auditors_change_nobody_and_not_themselves(client):
    auditor, user = AuditorFactory(), UserFactory()
    client.force_login(auditor)
    before = powers(auditor)

    answers = [
        client.post(ADD, new(**forged())),
        *(client.post(page(who), edited(who, **forged())) for who in (user, auditor)),
        *(client.post(page(who, "password"), new_password()) for who in (user, auditor)),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert (powers(user), powers(auditor)) == (NONE, before)
    assert User.objects.count() == 2


@pytest.mark.parametrize(
    "factory", [SuperuserFactory, StaffFactory, ReceptionistFactory, AuditorFactory]
)
def test_staff_look_at_other_staff_and_cannot_take_them_over(client, staff, factory):
    other = factory(email="other@example.com")
    before = powers(other)

    looked = client.get(page(other))
    answers = [
        client.post(page(other), edited(other, email="mine@example.com", **forged())),
        client.get(page(other, "password")),
        client.post(page(other, "password"), new_password()),
    ]

    assert looked.status_code == 200
    assert other.password not in looked.content.decode()
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    kept = User.objects.get(pk=other.pk)
    assert (kept.email, kept.password) == ("other@example.com", other.password)
    assert powers(other) == before


def test_nobody_deletes_an_account(client, boss):
    user = UserFactory()

    assert client.post(page(user, "delete"), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in client.get(LIST).content.decode()


def test_staff_edit_neither_groups_nor_addresses_to_sign_in_with(client, clerk):
    """Not even staff to whom a superuser gave every permission over groups."""
    group = Group.objects.create(name="Own")
    more = {"name": "Own", "permissions": [Permission.objects.get(codename="add_booking").pk]}
    groups = reverse("admin:auth_group_changelist")
    deletion = {"action": "delete_selected", "_selected_action": [group.pk], "index": 0}

    answers = [
        client.post(reverse("admin:auth_group_add"), {**more, "name": "New"}),
        client.post(reverse("admin:auth_group_change", args=[group.pk]), more),
        client.post(reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"}),
        client.get(reverse("admin:account_emailaddress_add")),
    ]
    client.post(groups, {**deletion, "post": "yes"})

    assert client.get(groups).status_code == 200
    assert [answer.status_code for answer in answers] == [403, 403, 403, 403]
    assert not group.permissions.exists()
    assert set(Group.objects.values_list("name", flat=True)) == {
        "Auditors", "Managers", "Own", "Receptionists"
    }  # fmt: skip


def test_the_menu_has_one_heading_for_people(client, boss):
    apps = client.get(reverse("admin:index")).context["app_list"]

    assert {app["app_label"]: [model["object_name"] for model in app["models"]] for app in apps}[
        "accounts"
    ] == ["UserSession", "User", "EmailAddress", "Group", "Authenticator"]


def test_clients_do_not_get_in(client):
    client.force_login(UserFactory())

    assert client.get(LIST).status_code == 302


@pytest.mark.parametrize(
    ("role", "status"), [(ReceptionistFactory, 403), (StaffFactory, 200), (AuditorFactory, 403)]
)
def test_a_specialists_account_is_for_managers(client, role, status):
    """Whoever sets its password can do what the specialist can, of whatever type it is."""
    client.force_login(role())
    linked = SpecialistFactory(user=UserFactory()).user

    for specialist in (UserFactory(user_type=UserType.SPECIALIST), linked):
        assert client.get(page(specialist, "password")).status_code == status
        assert client.post(page(specialist), {}).status_code == status


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


@pytest.mark.parametrize("name", ["change", "password"])
def test_a_page_that_was_opened_before_its_person_was_erased_brings_nobody_back(client, boss, name):
    """The page of the person knows of which state it is, that of the password writes no more."""
    user = UserFactory(username="kim", first_name="Kim")
    opened = edited(user, phone="+49 30 1", as_of=client.get(page(user)).context["as_of"])
    password = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    stale = NewPasswordForm(User.objects.get(pk=user.pk), password)
    erase(user=user, now=timezone.now())

    if name == "change":
        [told] = get_messages(client.post(page(user), opened).wsgi_request)
        assert str(told).startswith("Nothing was saved. Somebody has changed it since you opened")
    else:
        assert stale.is_valid()
        stale.save()

    row = User.objects.get(pk=user.pk)
    assert (row.username, row.first_name, row.phone) == (f"erased-{user.pk.hex}", "", "")


def test_what_others_write_while_a_page_is_saved_stays(rf, boss):
    user, request = UserFactory(first_name="Kim"), rf.post("/")
    request.user, pages = boss, site.get_model_admin(User)
    form = pages.get_form(request, user)(edited(user, first_name="Kimberly"), instance=user)
    assert form.is_valid()
    User.objects.update(last_name="Berger")

    with transaction.atomic():
        pages.save_model(request, form.save(commit=False), form, True)

    row = User.objects.get(pk=user.pk)
    assert (row.first_name, row.last_name) == ("Kimberly", "Berger")


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
