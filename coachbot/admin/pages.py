"""The kinds of pages there are in the back office."""

from typing import ClassVar

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from unfold.admin import ModelAdmin

from coachbot.admin.bulk import BulkMixin
from coachbot.admin.filters import DeletedFilter
from coachbot.errors import Conflict, DomainError

# Of which state a page is.
AS_OF = "as_of"


class Page(ModelAdmin):
    def response_action(self, request, queryset, *args, **kwargs):
        """Django asks the database for whatever was sent, which fails of what is no key."""
        try:
            for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.clean(key, None)
        except ValidationError:
            self.message_user(
                request, "Nothing was done: choose rows of this list.", messages.ERROR
            )
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, queryset, *args, **kwargs)


class SearchAdmin(Page):
    """The search box asks the queryset's own `search`. `search_fields` only make it appear."""

    search_fields: ClassVar[list[str] | tuple[str, ...]] = ["pk"]

    def get_search_results(self, request, queryset, search_term):
        return queryset.search(search_term), False


class RefusalsMixin:
    """A service that refuses what the form let pass, a lost race, is a message and no 500.

    Django's views of one row are transactions, and actions should be: what was written before
    the refusal is undone.
    """

    def changelist_view(self, request, extra_context=None):
        try:
            return super().changelist_view(request, extra_context)
        except DomainError as refusal:
            return self._refuse(request, refusal)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as refusal:
            return self._refuse(request, refusal)

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as refusal:
            return self._refuse(request, refusal)

    def _refuse(self, request, refusal):
        self.message_user(request, f"Nothing was saved. {refusal}", messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())


class ChangedMeanwhile(Conflict):
    message = "Somebody has changed it since you opened the page. This is how it is now."


class AsShownMixin(RefusalsMixin):
    """Nobody undoes unseen what somebody else has changed since they opened the page."""

    change_form_before_template = "admin/as_of.html"

    def as_of(self, row):
        """What tells the states of a page apart."""
        return row.updated_at.isoformat()

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj is not None:
            context["as_of"] = request.POST.get(AS_OF) or self.as_of(obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def require_as_shown(self, request, row):
        """Raise ChangedMeanwhile unless `row`, as it is stored, is what was shown."""
        if request.POST.get(AS_OF, self.as_of(row)) != self.as_of(row):
            raise ChangedMeanwhile


class ReadOnlyAdmin(Page):
    """Rows that only services write: to be looked at, and acted upon by actions."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class SoftDeleteAdmin(BulkMixin, SearchAdmin):
    """Rows are removed and restored by services; Django's delete would take them for good.

    Subclasses say how: the actions `remove` and `restore`.
    """

    actions = ["remove", "restore"]

    def get_queryset(self, request):
        return self.model.everything.all()

    def get_search_results(self, request, queryset, search_term):
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        offers = request.resolver_match.url_name == "autocomplete"
        return found.alive() if offers else found, may_repeat

    def get_actions(self, request):
        actions = super().get_actions(request)
        deleted = request.GET.get(DeletedFilter.parameter_name) == DeletedFilter.ASKED
        actions.pop("remove" if deleted else "restore", None)
        return actions

    def has_change_permission(self, request, obj=None):
        deleted = obj is not None and obj.is_deleted
        return not deleted and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return False

    def has_remove_permission(self, request):
        return super().has_delete_permission(request)
