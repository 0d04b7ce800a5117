"""Feedback in the back office: read, hidden and shown again."""

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from audit.admin import WrittenByServices
from coachbot.admin.bulk import BulkMixin, Deed
from coachbot.admin.filters import OneOfManyFilter, OwnDayRangeFilter
from coachbot.admin.pages import ReadOnlyAdmin, SearchAdmin
from coachbot.admin.sheets import ExportMixin
from feedback import services
from feedback.admin.filters import HiddenFilter
from feedback.admin.statistics import StatisticsMixin, link_to_statistics
from feedback.models import Feedback
from feedback.sheets import FeedbackSheet

LINK = '<a href="{}" class="text-link">{}</a>'
COLOURS = {1: "danger", 2: "warning", 3: "primary", 4: "info", 5: "success"}
LIST = "admin:feedback_feedback_changelist"


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "autofocus": True}),
        help_text="It stands in the log. Neither the author nor the specialist reads it.",
    )


@admin.register(Feedback)
class FeedbackAdmin(
    ExportMixin, StatisticsMixin, WrittenByServices, BulkMixin, SearchAdmin, ReadOnlyAdmin
):
    sheet = FeedbackSheet()
    actions = ["hide", "unhide"]
    actions_detail = ["hide_this", "unhide_this"]
    fieldsets = [
        (None, {"fields": [("rating", "state"), "comment", "reply"]}),
        ("About", {"fields": [("specialist_link", "booking_link"), ("author", "client")]}),
        ("Record", {"fields": [("created_at", "updated_at", "hidden_at")]}),
    ]
    list_disable_select_all = True
    list_display = ["created", "stars", "specialist", "words", "author", "answered", "state"]
    list_filter = [
        "rating",
        HiddenFilter,
        ("created_at", OwnDayRangeFilter),
        ("specialist", OneOfManyFilter),
    ]
    list_filter_submit = True
    list_per_page = 50
    list_select_related = []
    ordering = ["-created_at", "-id"]
    readonly_fields = ["rating", "state", "comment", "reply", "specialist_link", "booking_link"]
    readonly_fields += ["author", "client", "created_at", "updated_at", "hidden_at"]
    search_help_text = "The booking's reference, or the client's name, email address or phone"
    show_full_result_count = False

    def get_queryset(self, request):
        """Not select_related: joined, SQLite sorts all there is before it shows fifty."""
        rows = super().get_queryset(request)
        return rows.prefetch_related("specialist", "booking__client")

    def has_moderate_permission(self, request, object_id=None):
        return request.user.has_perm("feedback.change_feedback")

    @admin.action(description="Hide selected", permissions=["moderate"])
    def hide(self, request, queryset):
        now = timezone.now()
        deed = Deed(
            action="hide",
            title="Hide feedback",
            done="hidden",
            act=lambda row, reason: services.hide(
                feedback=row, actor=request.user, reason=reason, now=now
            ),
            foresee=services.require_visible,
            form=ReasonForm,
            note="Hidden feedback is for staff and its author only, and no longer counts.",
        )
        return self.in_bulk(request, queryset, deed, reverse(LIST))

    @admin.action(description="Show selected again", permissions=["moderate"])
    def unhide(self, request, queryset):
        deed = Deed(
            action="unhide",
            title="Show feedback again",
            done="shown again",
            act=lambda row, reason: services.unhide(
                feedback=row, actor=request.user, reason=reason
            ),
            foresee=services.require_hidden,
            form=ReasonForm,
            note="Everybody can read it again, and it counts.",
        )
        return self.in_bulk(request, queryset, deed, reverse(LIST))

    @action(description="Hide", url_path="hide", icon="visibility_off", permissions=["moderate"])
    def hide_this(self, request, object_id):
        return self.hide(request, self._rows(request, object_id))

    @action(
        description="Show again", url_path="unhide", icon="visibility", permissions=["moderate"]
    )
    def unhide_this(self, request, object_id):
        return self.unhide(request, self._rows(request, object_id))

    def show_row(self, feedback):
        return format_html(
            "<b>{}</b> {}, {}, {}<br>{}",
            feedback.get_rating_display(),
            *(feedback.booking.reference, feedback.specialist, feedback.author or "somebody"),
            Truncator(feedback.comment).chars(300),
        )

    def get_actions_detail(self, request, object_id=None):
        """The one of the two that makes sense for the row."""
        offered = super().get_actions_detail(request, object_id)
        row = self._rows(request, object_id).first() if object_id else None
        wrong = "hide_this" if row and row.is_hidden else "unhide_this"
        return [each for each in offered if not each.action_name.endswith(f"_{wrong}")]

    def _rows(self, request, object_id):
        return self.get_queryset(request).filter(pk=object_id)

    @display(description="given (UTC)", ordering="created_at")
    def created(self, feedback):
        return f"{feedback.created_at:%d %b %Y, %H:%M}"

    @display(description="rating", ordering="rating", label=COLOURS)
    def stars(self, feedback):
        return feedback.rating, feedback.get_rating_display()

    @display(description="comment")
    def words(self, feedback):
        return Truncator(feedback.comment).chars(80) or "–"

    @display(description="reply")
    def answered(self, feedback):
        return "replied" if feedback.reply else "–"

    @display(description="state", label={"hidden": "danger", "visible": "success"})
    def state(self, feedback):
        return "hidden" if feedback.is_hidden else "visible"

    @display(description="specialist")
    def specialist_link(self, feedback):
        statistics = link_to_statistics(feedback.specialist)
        return format_html(
            f"{LINK} · {LINK}",
            reverse("admin:scheduling_specialist_change", args=[feedback.specialist_id]),
            feedback.specialist,
            statistics.address,
            statistics.title,
        )

    @display(description="booking")
    def booking_link(self, feedback):
        page = reverse("admin:scheduling_booking_change", args=[feedback.booking_id])
        return format_html(LINK, page, feedback.booking.reference)

    @display(description="client")
    def client(self, feedback):
        booking = feedback.booking
        return f"{booking.client_name} {booking.client_email}".strip()
