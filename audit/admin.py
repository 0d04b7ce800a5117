"""The log in the back office, and how the pages of all other tables lead to it."""

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.http import Http404, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from unfold.decorators import display

from audit.models import AdminLog
from audit.services import MASK, difference, record, record_export, record_import
from coachbot.admin.filters import UTCDayRangeFilter
from coachbot.admin.pages import AsShownMixin, ChangedMeanwhile, ReadOnlyAdmin

LIST = "admin:audit_adminlog_changelist"
LINK = '<a href="{}" class="text-link">{}</a>'
LINE = "<tr><th class='pr-6 text-left align-top'>{}</th><td class='pr-6'>{}</td><td>{}</td></tr>"
TABLE = (
    "<table><thead><tr><th></th><th class='pr-6 text-left'>before</th>"
    "<th class='text-left'>after</th></tr></thead><tbody>{}</tbody></table>"
)
LONGEST = 80


def history_of(resource_type, key):
    """The list of the entries about a row."""
    asked = urlencode({"resource_type": resource_type, "resource_id": key})
    return HttpResponseRedirect(f"{reverse(LIST)}?{asked}")


class WrittenByServices:
    """Services leave the entries of these rows; Django's own log would lose them with a user."""

    def log_addition(self, request, obj, message):
        pass

    def log_change(self, request, obj, message):
        pass

    def log_deletions(self, request, queryset):
        pass

    def history_view(self, request, object_id, extra_context=None):
        return history_of(self.opts.label_lower, object_id)

    def log_export(self, request, *, rows, kind):
        """What was searched for is left out: it names people."""
        personal = getattr(self.model, "personal_fields", ())
        filters = {
            name: MASK if name.partition("__")[0] in personal else _one_or_all(values)
            for name, values in request.GET.lists()
            if name != SEARCH_VAR
        }
        searched = MASK if request.GET.get(SEARCH_VAR) else None
        record_export(self.model, rows=rows, format=kind, filters=filters, search=searched)

    def log_import(self, *, file, counts):
        record_import(self.model, file=file, counts=counts)


class Audited(AsShownMixin, WrittenByServices):
    """Rows that these pages write: what they change is in the log, in the same transaction."""

    def save_model(self, request, obj, form, change):
        """Only what was edited: all else is written as it is by now."""
        request.audited_before = self._lock(request, obj, form) if change else None
        super().save_model(request, obj, form, change)

    def _lock(self, request, obj, form):
        """The row as it is stored, from which `obj` differs in nothing but what was edited."""
        rows = type(obj)._base_manager.select_for_update(no_key=True)
        stored = rows.filter(pk=obj.pk).first()
        if stored is None:
            raise ChangedMeanwhile
        self.require_as_shown(request, stored)
        for field in obj._meta.concrete_fields:
            if field.name not in form.changed_data:
                setattr(obj, field.attname, getattr(stored, field.attname))
        return stored

    def save_related(self, request, form, formsets, change):
        fields = [field.name for field in self.opts.many_to_many if field.name in form.fields]
        before = {name: _names(form.instance, name) for name in fields} if change else {}
        super().save_related(request, form, formsets, change)
        after = {name: _names(form.instance, name) for name in fields}
        request.audited_relations = {
            name: [before.get(name, []), names]
            for name, names in after.items()
            if names != before.get(name, [])
        }

    def log_addition(self, request, obj, message):
        self._log(request, "created", obj, difference(None, obj))

    def log_change(self, request, obj, message):
        before = getattr(request, "audited_before", None)
        # The page for a password has a form of its own.
        changes = difference(before, obj) if before else {"password": [MASK, MASK]}
        self._log(request, "changed", obj, changes)

    def log_deletions(self, request, queryset):
        for row in queryset:
            self._log(request, "deleted", row, difference(row, None))

    def _log(self, request, verb, row, changes):
        changes = {**changes, **getattr(request, "audited_relations", {})}
        if changes:
            record(f"{self.opts.model_name}.{verb}", row, changes=changes, actor=request.user)


@admin.register(AdminLog)
class AdminLogAdmin(ReadOnlyAdmin):
    """To be read. `verify_audit` says whether it is whole."""

    fields = ["created", "actor_link", "action", "link", "why", "what_changed"]
    fields += ["ip_address", "user_agent", "request_id", "sequence"]
    readonly_fields = fields
    list_display = ["created", "actor", "action", "link", "summary", "why"]
    list_filter = [("created_at", UTCDayRangeFilter)]
    list_filter_submit = True
    list_per_page = 50
    list_select_related = ["person"]
    ordering = ["-sequence"]
    search_fields = ["actor", "action", "resource", "=resource_id", "=request_id", "reason"]
    search_help_text = (
        "Who, what was done, to what, why; ids in full. What was done to a person or a booking: "
        "History on their page"
    )
    show_full_result_count = False

    def history_view(self, request, object_id, extra_context=None):
        """The history of what the entry is about."""
        entry = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if entry is None:
            raise Http404
        return history_of(entry.resource_type, entry.resource_id)

    def lookup_allowed(self, lookup, value, request=None):
        known = {"resource_type", "resource_id", "actor_id", "action"}
        return lookup in known or super().lookup_allowed(lookup, value, request)

    @display(description="when (UTC)", ordering="sequence")
    def created(self, entry):
        return f"{entry.created_at:%d %b %Y, %H:%M:%S}"

    @display(description="who")
    def actor_link(self, entry):
        known = entry.actor_id is not None
        return _linked("accounts.user", entry.actor_id, entry.actor) if known else entry.actor

    @display(description="to what")
    def link(self, entry):
        kind = entry.resource_type.partition(".")[2] if entry.resource_id else "table of"
        name = f"{kind} {entry.readable_resource}"
        return _linked(entry.resource_type, entry.resource_id, name)

    @display(description="changed")
    def summary(self, entry):
        return ", ".join(entry.readable_changes) or "–"

    @display(description="reason")
    def why(self, entry):
        return entry.readable_reason or "–"

    @display(description="changes")
    def what_changed(self, entry):
        changes = entry.readable_changes.items()
        rows = ((name, _short(old), _short(new)) for name, (old, new) in changes)
        return format_html(TABLE, format_html_join("", LINE, rows)) if changes else "–"


def _names(row, relation):
    return sorted(str(each) for each in getattr(row, relation).all())


def _one_or_all(values):
    return values[0] if len(values) == 1 else values


def _short(value):
    text = "–" if value in (None, "", []) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _linked(resource_type, key, text):
    """A link to a row, or to the list of a whole table, if there is such a page."""
    page, known = ("change", [key]) if key else ("changelist", [])
    try:
        address = reverse(f"admin:{resource_type.replace('.', '_')}_{page}", args=known)
    except NoReverseMatch:
        return text
    return format_html(LINK, address, text)
