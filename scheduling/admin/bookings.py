"""Bookings in the back office: looked at, and moved by services."""

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from audit.admin import WrittenByServices
from coachbot.admin.filters import OneOfManyFilter, OwnDayRangeFilter
from coachbot.admin.pages import ReadOnlyAdmin, SearchAdmin, VerbsMixin
from coachbot.admin.sheets import ExportMixin
from scheduling import services
from scheduling.admin.calendar import CalendarMixin
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
    ExportMixin, CalendarMixin, WrittenByServices, VerbsMixin, SearchAdmin, ReadOnlyAdmin
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
        form = CancelForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            return self._ask_reason(request, queryset, form)
        now, reason = timezone.now(), form.cleaned_data["reason"]
        return self._move(
            request,
            queryset,
            lambda row: services.cancel(booking=row, actor=request.user, now=now, reason=reason),
            done="cancelled",
        )

    @admin.action(description="Confirm selected", permissions=["move"])
    def confirm(self, request, queryset):
        now = timezone.now()
        self._move(
            request,
            queryset,
            lambda row: services.confirm(booking=row, actor=request.user, now=now),
            done="confirmed",
        )

    @admin.action(description="Mark selected as completed", permissions=["move"])
    def complete(self, request, queryset):
        now = timezone.now()
        self._move(
            request,
            queryset,
            lambda row: services.complete(booking=row, actor=request.user, now=now),
            done="completed",
        )

    @admin.action(description="Mark selected as no-show", permissions=["move"])
    def mark_no_show(self, request, queryset):
        now = timezone.now()
        self._move(
            request,
            queryset,
            lambda row: services.mark_no_show(booking=row, actor=request.user, now=now),
            done="marked as no-show",
        )

    def _move(self, request, queryset, act, *, done):
        self.act_on_each(request, queryset, act, done=done, name=lambda row: row.reference)

    def _ask_reason(self, request, queryset, form):
        rows = [(row, *in_zone(row.starts_at, row.specialist.time_zone)) for row in queryset]
        context = {
            **self.admin_site.each_context(request),
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
            "form": form,
            "media": self.media,
            "opts": self.opts,
            "rows": rows,
            "title": "Cancel bookings",
        }
        return TemplateResponse(request, "admin/cancel_bookings.html", context)

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
