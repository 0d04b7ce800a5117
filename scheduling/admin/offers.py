"""Who can be booked, and for what."""

from django.contrib import admin
from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from audit.admin import WrittenByServices
from coachbot.admin.bulk import Deed
from coachbot.admin.filters import DeletedFilter, OneOfManyFilter
from coachbot.admin.pages import SoftDeleteAdmin
from coachbot.admin.panels import links_from
from coachbot.admin.sheets import ImportMixin
from scheduling import services
from scheduling.admin import settling
from scheduling.admin.forms import SpecialistForm
from scheduling.admin.hours import AvailabilityInline, DayOffInline, ScheduleInline
from scheduling.admin.settling import SettlesMixin
from scheduling.models import Service, Specialist
from scheduling.models.service import FARTHEST_DAYS, LONGEST_NOTICE_MINUTES
from scheduling.models.specialist import LONGEST_MINUTES
from scheduling.sheets import SpecialistSheet

# What the database holds by constraints, so that a form says it beside the field.
LIMITS = {
    "buffer_after_minutes": (0, LONGEST_MINUTES),
    "buffer_before_minutes": (0, LONGEST_MINUTES),
    "cancellation_notice_minutes": (0, LONGEST_NOTICE_MINUTES),
    "default_duration_minutes": (1, LONGEST_MINUTES),
    "duration_minutes": (1, LONGEST_MINUTES),
    "hourly_rate": (0, None),
    "max_advance_days": (1, FARTHEST_DAYS),
    "min_notice_minutes": (0, LONGEST_NOTICE_MINUTES),
    "price": (0, None),
    "slot_step_minutes": (1, LONGEST_MINUTES),
}
LINK = '<a href="{}" class="text-link">{}</a>'


class OfferAdmin(SettlesMixin, WrittenByServices, SoftDeleteAdmin):
    """Changed and removed by services, which ask what becomes of bookings."""

    list_filter_submit = True

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in LIMITS:
            kwargs["min_value"], kwargs["max_value"] = LIMITS[db_field.name]
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.action(description="Remove selected", permissions=["remove"])
    def remove(self, request, queryset):
        """First the page of what would be removed, and of the bookings that it hits."""
        rows = list(queryset.alive())
        change = self.removal(rows)
        try:
            if settling.asked(request):
                self.settle(request, change)
                return self.show_results(request, "Removed", "removed", [(row, "") for row in rows])
            ways_out = self.hit_by(request, change)
        except settling.Unsettled as refusal:
            return self.ask(request, refusal.ways_out, refusal=refusal, removed=rows)
        return self.ask(request, ways_out, removed=rows)

    @admin.action(description="Restore selected", permissions=["remove"])
    def restore(self, request, queryset):
        deed = Deed(
            action="restore",
            title="Restore",
            done="restored",
            act=lambda row: services.restore(row=row),
            foresee=services.require_deleted,
        )
        return self.in_bulk(request, queryset, deed)


def edited(form):
    """The columns that the form writes: all of a new row, else what was changed in it, as others
    write in the meantime."""
    row = form.instance
    names = form.fields if row._state.adding else form.changed_data
    columns = {field.name for field in row._meta.concrete_fields}
    return {name: getattr(row, name) for name in columns.intersection(names)}


def became(row, saved):
    """What follows, inlines first of all, belongs to the row that the service made."""
    row.pk, row._state.adding = saved.pk, False


def rows_of(formset):
    return [*(row for row, _ in formset.changed_objects), *formset.new_objects]


@admin.register(Specialist)
class SpecialistAdmin(ImportMixin, OfferAdmin):
    """Hours are written by services also from here."""

    sheet = SpecialistSheet()
    autocomplete_fields = ["user"]
    fieldsets = [
        (None, {"fields": ["name", "user", "is_active"]}),
        (
            "Booking",
            {
                "fields": [
                    ("time_zone", "default_duration_minutes"),
                    ("hourly_rate", "currency"),
                ]
            },
        ),
        (
            "Profile",
            {
                "fields": [
                    ("specialization", "location"),
                    "languages",
                    "bio",
                    "certifications",
                    ("email", "phone"),
                ]
            },
        ),
    ]
    record_fieldset = (
        "Record",
        {
            "fields": [
                "offered_services",
                "their_bookings",
                ("rating_average", "rating_count"),
                "see_also",
                ("created_at", "updated_at", "deleted_at"),
            ]
        },
    )
    form = SpecialistForm
    inlines = [ScheduleInline, DayOffInline, AvailabilityInline]
    list_display = ["name", "specialization", "location", "zone", "rate", "is_active"]
    list_filter = [
        DeletedFilter,
        "is_active",
        ("user", admin.EmptyFieldListFilter),
    ]
    readonly_fields = [
        "offered_services",
        "their_bookings",
        "rating_average",
        "rating_count",
        "see_also",
        "created_at",
        "updated_at",
        "deleted_at",
    ]

    def get_fieldsets(self, request, obj=None):
        return self.fieldsets if obj is None else [*self.fieldsets, self.record_fieldset]

    removal = services.RemoveSpecialists

    def as_of(self, row):
        """Their hours are on the page, too."""
        hours = (row.schedules, row.days_off, row.availabilities)
        last = [each.aggregate(at=Max("updated_at"))["at"] for each in hours]
        return max([row.updated_at, *filter(None, last)]).isoformat()

    def save_model(self, request, obj, form, change):
        """What is changed waits for the hours, which are one change with it."""
        if change:
            self.require_as_shown(request, obj)
        else:
            became(obj, services.create_specialist(fields=edited(form)))

    def save_related(self, request, form, formsets, change):
        for formset in formsets:
            formset.save(commit=False)
        whole = services.ChangeSpecialist(
            save=[row for each in formsets for row in rows_of(each)],
            remove=[row for each in formsets for row in each.deleted_objects],
            specialist=form.instance,
            fields=edited(form) if change else {},
        )
        self.settle(request, whole)

    @display(description="time zone", ordering="time_zone")
    def zone(self, specialist):
        return str(specialist.time_zone)

    @display(description="hourly rate", ordering="hourly_rate")
    def rate(self, specialist):
        return f"{specialist.hourly_rate} {specialist.currency}"

    @display(description="services")
    def offered_services(self, specialist):
        links = (
            (reverse("admin:scheduling_service_change", args=[service.pk]), service)
            for service in specialist.services.all()
        )
        return format_html_join(", ", LINK, links) or "None yet: services name their specialists."

    @display(description="bookings")
    def their_bookings(self, specialist):
        page = reverse("admin:scheduling_booking_changelist")
        return format_html(LINK, f"{page}?specialist__id__exact={specialist.pk}", "See all")

    @display(description="see also")
    def see_also(self, specialist):
        links = ((link.address, link.title) for link in links_from(specialist))
        return format_html_join(", ", LINK, links) or "–"


@admin.register(Service)
class ServiceAdmin(OfferAdmin):
    autocomplete_fields = ["specialists"]
    fieldsets = [
        (None, {"fields": ["name", "description", "specialists", "is_active"]}),
        ("Price", {"fields": [("price", "currency")]}),
        (
            "Time",
            {
                "fields": [
                    ("duration_minutes", "slot_step_minutes"),
                    ("buffer_before_minutes", "buffer_after_minutes"),
                ]
            },
        ),
        (
            "Rules",
            {
                "description": "Where a notice or the advance is empty, the site's own applies.",
                "fields": [
                    "requires_confirmation",
                    ("min_notice_minutes", "max_advance_days", "cancellation_notice_minutes"),
                ],
            },
        ),
    ]
    list_display = ["name", "length", "cost", "offered_by", "requires_confirmation", "is_active"]
    list_filter = [
        DeletedFilter,
        "is_active",
        "requires_confirmation",
        ("specialists", OneOfManyFilter),
    ]

    def get_queryset(self, request):
        alive = Count("specialists", filter=Q(specialists__deleted_at=None))
        return super().get_queryset(request).annotate(specialist_count=alive)

    removal = services.RemoveServices

    def save_model(self, request, obj, form, change):
        fields, offering = edited(form), form.cleaned_data["specialists"]
        if not change:
            became(obj, services.create_service(fields=fields, specialists=offering))
            return
        self.require_as_shown(request, obj)
        is_other = "specialists" in form.changed_data
        self.settle(request, services.ChangeService(obj, fields, offering if is_other else None))

    def save_related(self, request, form, formsets, change):
        """Who offers it is saved with it."""

    @display(description="duration", ordering="duration_minutes")
    def length(self, service):
        return f"{service.duration_minutes} min"

    @display(description="price", ordering="price")
    def cost(self, service):
        return f"{service.price} {service.currency}"

    @display(description="specialists", ordering="specialist_count")
    def offered_by(self, service):
        return service.specialist_count
