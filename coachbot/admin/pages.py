"""The kinds of pages there are in the back office."""

from typing import ClassVar

from django.contrib import messages
from django.http import HttpResponseRedirect
from unfold.admin import ModelAdmin

from coachbot.admin.bulk import BulkMixin
from coachbot.admin.filters import DeletedFilter
from coachbot.errors import DomainError


class SearchAdmin(ModelAdmin):
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


class ReadOnlyAdmin(ModelAdmin):
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
