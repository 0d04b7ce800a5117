"""People in the back office. Only superusers decide who may do what."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import Http404
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.models import User, UserSession, UserType
from accounts.services import end_sessions
from accounts.sheets import ClientSheet
from accounts.trail import factor_name
from audit.admin import Audited, WrittenByServices, history_of
from audit.services import record
from coachbot.admin.bulk import BulkMixin, Deed
from coachbot.admin.pages import Page, ReadOnlyAdmin, SearchAdmin
from coachbot.admin.sheets import ImportMixin
from coachbot.errors import DomainError

POWERS = ("user_type", "is_superuser", "groups", "user_permissions")
COLOURS = {UserType.CLIENT: "info", UserType.SPECIALIST: "success", UserType.STAFF: "warning"}

admin.site.unregister(Group)
admin.site.unregister(EmailAddress)
admin.site.unregister(Authenticator)


class OwnAddress:
    def clean_email(self):
        """Somebody may sign in with a further address, which no user's own column shows."""
        email = self.cleaned_data["email"].lower()
        others = EmailAddress.objects.exclude(user=self.instance)
        if others.filter(email__iexact=email, verified=True).exists():
            raise ValidationError("Someone with this email address is here already.")
        return email


class NewPasswordForm(AdminPasswordChangeForm):
    """Writes the password alone: others write in the meantime."""

    def save(self, commit=True):
        user = super().save(commit=False)
        if commit:
            user.save(update_fields=["password", "updated_at"])
        return user


class NewUserForm(OwnAddress, UserCreationForm):
    class Meta:
        model = User
        fields = ["username", "email"]
        field_classes = {"username": UsernameField}

    def clean_username(self):
        """The model says whether it is taken; Django's own check leaves None behind."""
        return self.cleaned_data["username"]


class EditUserForm(OwnAddress, UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes = {"username": UsernameField}


@admin.register(User)
class UserAdmin(ImportMixin, Audited, SearchAdmin, DjangoUserAdmin, ModelAdmin):
    """Accounts are not deleted: bookings and records name them. They are deactivated.

    Those of clients come and go as files."""

    sheet = ClientSheet()
    add_fieldsets = [
        (None, {"fields": ["username", "email", "usable_password", "password1", "password2"]}),
        ("Person", {"fields": [("first_name", "last_name"), ("phone", "time_zone", "language")]}),
        ("Rights", {"fields": ["user_type"]}),
    ]
    add_form = NewUserForm
    change_password_form = NewPasswordForm
    fieldsets = [
        (None, {"fields": ["username", "email", "password", "is_active"]}),
        ("Person", {"fields": [("first_name", "last_name"), ("phone", "time_zone", "language")]}),
        ("Rights", {"fields": POWERS}),
        ("Record", {"fields": [("last_login", "created_at", "updated_at")]}),
    ]
    form = EditUserForm
    list_display = ["username", "email", "full_name", "phone", "kind", "is_active", "last_login"]
    list_filter = ["user_type", "is_active", "is_superuser"]
    readonly_fields = ["last_login", "created_at", "updated_at"]

    def get_readonly_fields(self, request, obj=None):
        powers = () if request.user.is_superuser else POWERS
        return [*self.readonly_fields, *powers]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (
            obj is None or _may_change(request.user, obj)
        )

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        """In one transaction, which is the page's."""
        super().save_model(request, obj, form, change)
        if change and form.initial["email"] != obj.email:
            obj.must_prove_email()

    @display(description="name", ordering="first_name")
    def full_name(self, user):
        return user.get_full_name()

    @display(description="type", ordering="user_type", label=COLOURS)
    def kind(self, user):
        return user.user_type, user.get_user_type_display()


@admin.register(UserSession)
class UserSessionAdmin(WrittenByServices, BulkMixin, ReadOnlyAdmin):
    """Who is signed in where. To be ended here by whoever may change that user."""

    actions = ["end"]
    fields = ["user", "ip_address", "user_agent", "created_at", "last_seen_at", "expires_at"]
    fields += ["is_active"]
    list_display = ["user", "ip_address", "user_agent", "created_at", "last_seen_at"]
    list_display += ["expires_at", "is_active"]
    list_disable_select_all = True
    list_filter = ["is_active"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email", "ip_address"]
    show_full_result_count = False

    def get_queryset(self, request):
        """Sign-up keeps sessions of nobody, too."""
        return super().get_queryset(request).exclude(user=None)

    def has_end_permission(self, request):
        return request.user.has_perm("accounts.change_user")

    @admin.action(description="End selected sessions", permissions=["end"])
    def end(self, request, queryset):
        deed = Deed(
            action="end",
            title="End sessions",
            done="ended",
            act=lambda row: self._end(request.user, row),
            foresee=lambda row: _require_endable(request.user, row),
            note="Who is signed in there has to sign in again.",
        )
        return self.in_bulk(request, queryset, deed)

    def show_row(self, session):
        seen = f"{session.last_seen_at:%d %b %Y, %H:%M} UTC"
        return f"{session}, {session.user_agent or 'unknown device'}, last seen {seen}"

    def state_of(self, session):
        return str(session.is_active)

    @staticmethod
    def _end(actor, session):
        _require_endable(actor, session)
        end_sessions([session])


@admin.register(Group)
class GroupAdmin(Audited, Page, DjangoGroupAdmin, ModelAdmin):
    """Who edits a group gives powers away, so this is for superusers."""

    def has_add_permission(self, request):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_delete_permission(self, request, obj=None):
        return request.user.is_superuser

    def as_of(self, row):
        """A group has no date."""
        keys = row.permissions.order_by("pk").values_list("pk", flat=True)
        return " ".join(map(str, [row.name, *keys]))


class OfUserAdmin(ReadOnlyAdmin):
    """Rows of a user's, in whose history they are."""

    def history_view(self, request, object_id, extra_context=None):
        row = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if row is None:
            raise Http404
        return history_of(User._meta.label_lower, row.user_id)


@admin.register(EmailAddress)
class EmailAddressAdmin(OfUserAdmin):
    """What signing in knows of addresses; a new one here would take an account over."""

    list_display = ["email", "user", "primary", "verified"]
    list_filter = ["primary", "verified"]
    list_select_related = ["user"]
    search_fields = ["email", "user__username"]


@admin.register(Authenticator)
class AuthenticatorAdmin(OfUserAdmin):
    """Second factors, without their secrets. A superuser removes one that somebody has lost."""

    fields = ["user", "type", "created_at", "last_used_at"]
    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email"]

    def has_delete_permission(self, request, obj=None):
        return request.user.is_superuser

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        obj.user.sessions.active().end()

    def delete_queryset(self, request, queryset):
        """Who was signed in with what is gone signs in anew."""
        people = {row.user_id for row in queryset}
        super().delete_queryset(request, queryset)
        UserSession.objects.filter(user__in=people).active().end()

    def log_deletions(self, request, queryset):
        """Without what they held, which is secret."""
        for row in queryset:
            changes = {"second_factors": [factor_name(row), None]}
            record("user.changed", row.user, changes=changes, actor=request.user)


def _require_endable(actor: User, session: UserSession) -> None:
    if not session.is_active:
        raise DomainError("It has ended already.")
    if session.user is None or not _may_change(actor, session.user):
        raise DomainError("It is not yours to end.")


def _may_change(actor: User, user: User) -> bool:
    """Nobody takes over what somebody else may do by a new password or email address: staff are
    for superusers, specialists for those who may change them, clients for everyone here.

    Whose account a profile names acts as that specialist, whatever type it has.
    """
    if actor.is_superuser or actor == user:
        return True
    if user.is_staff:
        return False
    if user.user_type == UserType.SPECIALIST or hasattr(user, "specialist"):
        return actor.has_perm("accounts.change_specialist_user")
    return True
