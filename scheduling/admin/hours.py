"""Hours in the back office: their own lists, and the inlines of a specialist."""

from datetime import timedelta

from django.contrib import admin
from django.db import models
from django.utils import timezone
from unfold.admin import TabularInline
from unfold.decorators import display

from audit.admin import WrittenByServices
from coachbot.admin.filters import DayRangeFilter, OneOfManyFilter, UTCDayRangeFilter
from coachbot.admin.pages import Page
from coachbot.admin.sheets import ImportMixin
from coachbot.admin.widgets import DateInput, TimeInput
from scheduling import services
from scheduling.admin.forms import (
    AvailabilityForm,
    AvailabilityFormSet,
    DayOffForm,
    DayOffFormSet,
    ScheduleForm,
    ScheduleFormSet,
)
from scheduling.admin.settling import SettlesMixin
from scheduling.admin.wall_clock import in_zone
from scheduling.models import Availability, DayOff, Schedule
from scheduling.sheets import DayOffSheet, ScheduleSheet

NATIVE_INPUTS = {
    models.DateField: {"widget": DateInput},
    models.TimeField: {"widget": TimeInput},
}


class HoursAdmin(WrittenByServices, SettlesMixin, Page):
    """Written only by services: they lock the specialist and ask before they write."""

    autocomplete_fields = ["specialist"]
    formfield_overrides = NATIVE_INPUTS
    list_filter_submit = True
    list_select_related = ["specialist"]
    search_fields = ["specialist__name"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(specialist__deleted_at=None)

    def get_readonly_fields(self, request, obj=None):
        return [] if obj is None else ["specialist"]

    def save_model(self, request, obj, form, change):
        if change:
            self.require_as_shown(request, obj)
        self.settle(request, services.ChangeHours(save=[obj]))

    def delete_model(self, request, obj):
        self.settle(request, services.ChangeHours(remove=[obj]))

    def delete_queryset(self, request, queryset):
        self.settle(request, services.ChangeHours(remove=list(queryset)))


@admin.register(Schedule)
class ScheduleAdmin(ImportMixin, HoursAdmin):
    sheet = ScheduleSheet()
    form = ScheduleForm
    list_display = ["specialist", "weekday", "start", "end", "valid_from", "valid_until"]
    list_display += ["is_active"]
    list_filter = ["weekday", "is_active", ("specialist", OneOfManyFilter)]
    ordering = ["specialist__name", "specialist", "weekday", "start_time"]

    @display(description="start", ordering="start_time")
    def start(self, schedule):
        return f"{schedule.start_time:%H:%M}"

    @display(description="end", ordering="end_time")
    def end(self, schedule):
        return f"{schedule.end_time:%H:%M}"


@admin.register(DayOff)
class DayOffAdmin(ImportMixin, HoursAdmin):
    sheet = DayOffSheet()
    form = DayOffForm
    list_display = ["specialist", "date", "reason", "is_active"]
    list_filter = ["is_active", ("date", DayRangeFilter), ("specialist", OneOfManyFilter)]
    ordering = ["-date", "specialist__name", "id"]
    search_fields = ["specialist__name", "reason"]


@admin.register(Availability)
class AvailabilityAdmin(HoursAdmin):
    form = AvailabilityForm
    list_display = ["specialist", "starts", "ends", "kind", "reason"]
    list_filter = [
        "is_available",
        ("starts_at", UTCDayRangeFilter),
        ("specialist", OneOfManyFilter),
    ]
    ordering = ["-starts_at", "id"]
    search_fields = ["specialist__name", "reason"]

    @display(description="starts", ordering="starts_at", header=True)
    def starts(self, availability):
        return in_zone(availability.starts_at, availability.specialist.time_zone)

    @display(description="ends", ordering="ends_at", header=True)
    def ends(self, availability):
        return in_zone(availability.ends_at, availability.specialist.time_zone)

    @display(description="kind", label={"open": "success", "blocked": "danger"})
    def kind(self, availability):
        return "open" if availability.is_available else "blocked"


class HoursInline(TabularInline):
    extra = 0
    formfield_overrides = NATIVE_INPUTS
    show_title = False
    tab = True


# What unfold for Python 3.11 calls it.
if not hasattr(TabularInline, "show_title"):
    HoursInline.hide_title = True


class ScheduleInline(HoursInline):
    model = Schedule
    fields = ["weekday", "start_time", "end_time", "valid_from", "valid_until", "is_active"]
    formset = ScheduleFormSet
    verbose_name_plural = "weekly hours"


class DayOffInline(HoursInline):
    """Those to come: the past has its own list, and would only make the page long."""

    model = DayOff
    fields = ["date", "reason", "is_active"]
    form = DayOffForm
    formset = DayOffFormSet
    verbose_name_plural = "days off"

    def get_queryset(self, request):
        yesterday = timezone.now().date() - timedelta(days=1)
        return super().get_queryset(request).filter(date__gte=yesterday)


class AvailabilityInline(HoursInline):
    """Those to come, as with days off."""

    model = Availability
    fields = ["starts_at", "ends_at", "is_available", "reason"]
    form = AvailabilityForm
    formset = AvailabilityFormSet

    def get_queryset(self, request):
        return super().get_queryset(request).filter(ends_at__gte=timezone.now())
