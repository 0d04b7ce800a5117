"""Clients as a table."""

from collections.abc import Sequence

from django.contrib.auth.validators import ASCIIUsernameValidator

from accounts.models import User, UserType
from accounts.services import change_client, create_client
from audit import services as audit
from coachbot.api.serializers import StrictModelSerializer
from coachbot.sheets.cells import in_utc
from coachbot.sheets.drafts import Draft
from coachbot.sheets.importing import ImportSheet, each_on_its_own


class ClientRow(StrictModelSerializer):
    class Meta:
        model = User
        fields = [
            "username",
            "email",
            "first_name",
            "last_name",
            "phone",
            "time_zone",
            "is_active",
        ]
        # The service decides who has a name already.
        extra_kwargs = {"username": {"validators": [ASCIIUsernameValidator()]}}
        validators = ()


class ClientSheet(ImportSheet):
    """Users of the type client only. Without an id they are known by their email address; who has
    no username is called by that, too."""

    name = "clients"
    model = User
    columns = {
        "id": lambda user: str(user.pk),
        "username": lambda user: user.username,
        "email": lambda user: user.email,
        "first_name": lambda user: user.first_name,
        "last_name": lambda user: user.last_name,
        "phone": lambda user: user.phone,
        "time_zone": lambda user: str(user.time_zone),
        "is_active": lambda user: user.is_active,
        "last_login_utc": lambda user: user.last_login and in_utc(user.last_login),
        "created_at_utc": lambda user: in_utc(user.created_at),
    }
    given = ("username", "email", "first_name", "last_name", "phone", "time_zone", "is_active")
    refused = frozenset(
        {
            "password",
            "user_type",
            "type",
            "role",
            "is_staff",
            "is_superuser",
            "groups",
            "user_permissions",
        }
    )
    serializer_class = ClientRow
    spelling = {"username": str.lower, "email": str.lower}

    def everything(self):
        return self.prepared(User.objects.all())

    def prepared(self, rows):
        return rows.filter(user_type=UserType.CLIENT)

    def find(self, drafts: Sequence[Draft]) -> None:
        super().find(drafts)
        unnamed = [draft for draft in drafts if not draft.cells.get("id")]
        addresses = {draft.cells.get("email", "").lower() for draft in unnamed}
        by_email = {user.email: user for user in self.known().filter(email__in=addresses)}
        for draft in unnamed:
            email = draft.cells.get("email", "").lower()
            draft.row = by_email.get(email)
            if draft.row is None and not draft.cells.get("username"):
                draft.cells["username"] = email

    def identity(self, draft):
        return draft.wanted.email

    def write(self, drafts, now):
        with audit.together():
            each_on_its_own(drafts, self._write)

    def _write(self, draft: Draft) -> User:
        if draft.row is None:
            return create_client(fields=draft.fields)
        return change_client(client=draft.row, fields=draft.fields)
