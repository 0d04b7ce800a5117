"""Bookings in the back office: looked at, and moved by services."""

from operator import attrgetter

from django import forms
from django.contrib import admin
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from audit.admin import WrittenByServices
from coachbot.admin.bulk import BulkMixin, Deed
from coachbot.admin.filters import OneOfManyFilter, OwnDayRangeFilter
from coachbot.admin.pages import ReadOnlyAdmin, SearchAdmin
from coachbot.admin.panels import panels_below
from coachbot.admin.sheets import ExportMixin
from scheduling import services
from scheduling.admin.calendar import CalendarMixin
from scheduling.admin.calendar_changes import VERBS
from scheduling.admin.wall_clock import in_zone
from scheduling.models import Booking, BookingEvent, BookingStatus
from scheduling.sheets import BookingSheet

COLOURS = {
    BookingStatus.PENDING: "warning",
    BookingStatus.CONFIRMED: "info",
    BookingStatus.CANCELLED: "danger",
    BookingStatus.COMPLETED: "success",
    BookingStatus.NO_SHOW: "primary",
}
# Of each action its verb, and what its page is called.
DEEDS = {
    "cancel": ("cancel", "Cancel bookings"),
    "confirm": ("confirm", "Confirm bookings"),
    "complete": ("complete", "Mark as completed"),
    "mark_no_show": ("no-show", "Mark as no-show"),
}


class CancelForm(forms.Form):
    reason = forms.CharField(
        max_length=Booking._meta.get_field("cancellation_reason").max_length,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "autofocus": True}),
    )


class EventInline(TabularInline):
    """How the booking came to be what it is."""

    model = BookingEvent
    fields = ["at", "from_status", "to_status", "from_starts_at", "to_starts_at"]
    fields += ["from_specialist", "to_specialist", "by", "actor", "reason"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    tab = True
    verbose_name_plural = "history"

    def get_queryset(self, request):
        return super().get_queryset(request).with_people().select_related("actor")

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(BookingEvent)
class BookingEventAdmin(WrittenByServices, ReadOnlyAdmin):
    list_display = ["at", "booking", "from_status", "to_status", "to_starts_at", "by", "reason"]
    list_filter = ["by", "to_status"]
    list_select_related = ["booking"]
    ordering = ["-at", "-id"]
    search_fields = ["booking__reference"]
    show_full_result_count = False


@admin.register(Booking)
class BookingAdmin(
    ExportMixin, CalendarMixin, WrittenByServices, BulkMixin, SearchAdmin, ReadOnlyAdmin
):
    sheet = BookingSheet()
    inlines = [EventInline]
    actions_list = ["open_calendar"]
    actions_detail = ["open_booking"]
    actions = ["cancel", "confirm", "complete", "mark_no_show"]
    fieldsets = [
        (None, {"fields": [("reference", "status"), "session"]}),
        ("What", {"fields": [("specialist", "service"), "cost"]}),
        (
            "Who",
            {"fields": [("client_name", "client"), ("client_email", "client_phone"), "notes"]},
        ),
        ("Record", {"fields": ["cancellation_reason", ("created_at", "updated_at", "version")]}),
    ]
    change_form_after_template = "admin/panels_below.html"
    list_disable_select_all = True
    list_display = ["begin", "reference", "specialist", "service", "client_name", "state"]
    list_display += ["created"]
    list_filter = [
        "status",
        ("starts_at", OwnDayRangeFilter),
        ("specialist", OneOfManyFilter),
        ("service", OneOfManyFilter),
    ]
    list_filter_submit = True
    list_per_page = 50
    # Not False, for which Django joins whatever the list shows.
    list_select_related = []
    ordering = ["-starts_at", "-id"]
    search_help_text = "Reference, or the client's name, email address or phone number"
    show_full_result_count = False

    def get_queryset(self, request):
        """Not select_related: joined, SQLite sorts all bookings before it shows fifty."""
        return super().get_queryset(request).prefetch_related("specialist", "service", "client")

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["panels_below"] = panels_below(request, obj) if obj else []
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def has_move_permission(self, request):
        return request.user.has_perm("scheduling.change_booking")

    @action(description="Calendar", url_path="open-calendar", icon="calendar_view_day")
    def open_calendar(self, request):
        return redirect("admin:scheduling_booking_calendar")

    @action(description="Confirm, move, cancel", url_path="open", icon="edit_calendar")
    def open_booking(self, request, object_id):
        """This page only shows; the calendar's changes."""
        return redirect("admin:scheduling_booking_calendar_show", object_id)

    @admin.action(description="Cancel selected", permissions=["move"])
    def cancel(self, request, queryset):
        return self._in_bulk(request, queryset, "cancel", form=CancelForm, is_harsh=True)

    @admin.action(description="Confirm selected", permissions=["move"])
    def confirm(self, request, queryset):
        return self._in_bulk(request, queryset, "confirm")

    @admin.action(description="Mark selected as completed", permissions=["move"])
    def complete(self, request, queryset):
        return self._in_bulk(request, queryset, "complete")

    @admin.action(description="Mark selected as no-show", permissions=["move"])
    def mark_no_show(self, request, queryset):
        return self._in_bulk(request, queryset, "mark_no_show")

    def _in_bulk(self, request, queryset, action, **more):
        name, title = DEEDS[action]
        verb, now = VERBS[name], timezone.now()
        deed = Deed(
            action=action,
            title=title,
            done=verb.done,
            act=lambda row, **given: verb.service(
                booking=row, actor=request.user, now=now, version=row.version, **given
            ),
            foresee=lambda row: services.require_possible(row, verb.to, now=now),
            order=attrgetter("specialist_id", "pk"),
            together=services.together,
            **more,
        )
        return self.in_bulk(request, queryset, deed)

    def show_row(self, booking):
        begin, zone = in_zone(booking.starts_at, booking.specialist.time_zone)
        return format_html(
            "<b>{}</b> {}<br>{} ({}), {}, {}",
            *(booking.reference, booking.get_status_display().lower(), begin, zone),
            *(booking.specialist, booking.client_name),
        )

    def state_of(self, booking):
        return str(booking.version)

    @display(description="starts", ordering="starts_at", header=True)
    def begin(self, booking):
        return in_zone(booking.starts_at, booking.specialist.time_zone)

    @display(description="time")
    def session(self, booking):
        begin, zone = in_zone(booking.starts_at, booking.specialist.time_zone)
        end, _ = in_zone(booking.ends_at, booking.specialist.time_zone)
        return f"{begin} to {end} ({zone})"

    @display(description="status", ordering="status", label=COLOURS)
    def state(self, booking):
        return booking.status, booking.get_status_display()

    @display(description="created (UTC)", ordering="created_at")
    def created(self, booking):
        return f"{booking.created_at:%d %b %Y, %H:%M}"

    @display(description="price")
    def cost(self, booking):
        return f"{booking.price} {booking.currency}"
