"""The waiting list in the back office: who waits, what is offered to them, and until when."""

from django.contrib import admin
from django.utils import timezone
from unfold.admin import TabularInline
from unfold.decorators import display

from audit.admin import WrittenByServices
from coachbot.admin.bulk import BulkMixin, Deed
from coachbot.admin.filters import OneOfManyFilter
from coachbot.admin.pages import RefusalsMixin, SearchAdmin
from scheduling import services
from scheduling.admin.waiting_form import WaitingListForm
from scheduling.admin.wall_clock import in_zone
from scheduling.errors import StateConflict
from scheduling.models import Hold, WaitingListEntry, WaitingStatus
from scheduling.models.hours import Weekday

COLOURS = {
    WaitingStatus.WAITING: "info",
    WaitingStatus.OFFERED: "warning",
    WaitingStatus.BOOKED: "success",
    WaitingStatus.LEFT: "danger",
    WaitingStatus.EXPIRED: "danger",
}


class HoldInline(TabularInline):
    """What they were offered."""

    model = Hold
    fields = ["specialist", "time", "until", "outcome"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    tab = True
    verbose_name_plural = "offers"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("specialist").order_by("created_at")

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    @display(description="time")
    def time(self, hold):
        return " ".join(in_zone(hold.starts_at, hold.specialist.time_zone))

    @display(description="until")
    def until(self, hold):
        return " ".join(in_zone(hold.expires_at, hold.specialist.time_zone))


@admin.register(WaitingListEntry)
class WaitingListAdmin(WrittenByServices, RefusalsMixin, BulkMixin, SearchAdmin):
    """Staff add who calls; what is there changes by actions alone."""

    form = WaitingListForm
    autocomplete_fields = ["client", "specialist", "service"]
    inlines = [HoldInline]
    actions = ["offer", "book", "take_out"]
    fieldsets = [
        (None, {"fields": ["status", ("specialist", "service"), "duration_minutes"]}),
        ("When", {"fields": ["range", "days", ("earliest_time", "latest_time")]}),
        ("Who", {"fields": ["client", "client_name", ("client_email", "client_phone")]}),
        ("Record", {"fields": ["booking", "offers_passed", ("queued_at", "created_at")]}),
    ]
    add_fieldsets = [
        ("What", {"fields": [("specialist", "service"), "duration_minutes"]}),
        (
            "When",
            {"fields": [("first_day", "last_day"), "on", ("earliest_time", "latest_time")]},
        ),
        ("Who", {"fields": ["client", "client_name", ("client_email", "client_phone")]}),
    ]
    list_display = ["client_name", "state", "wanted", "range", "offer_shown", "until", "since"]
    list_filter = ["status", ("specialist", OneOfManyFilter), ("service", OneOfManyFilter)]
    list_filter_submit = True
    list_per_page = 50
    list_select_related = []
    ordering = ["queued_at", "id"]
    search_help_text = "The client's name, email address or phone number"
    show_full_result_count = False

    def get_queryset(self, request):
        return super().get_queryset(request).with_people()

    def get_fieldsets(self, request, obj=None):
        return self.fieldsets if obj else self.add_fieldsets

    def get_inlines(self, request, obj):
        return self.inlines if obj else []

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.actor = request.user
        return form

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_deal_permission(self, request):
        return request.user.has_perm("scheduling.change_waitinglistentry")

    def has_remove_permission(self, request):
        return request.user.has_perm("scheduling.delete_waitinglistentry")

    def save_model(self, request, obj, form, change):
        obj.pk = form.join(timezone.now()).pk

    @admin.action(description="Offer the earliest free time", permissions=["deal"])
    def offer(self, request, queryset):
        return self._in_bulk(request, queryset, "offer", services.offer_time_to)

    @admin.action(description="Book what is offered", permissions=["deal"])
    def book(self, request, queryset):
        return self._in_bulk(request, queryset, "book", services.accept_offer)

    @admin.action(description="Take out of the list", permissions=["remove"])
    def take_out(self, request, queryset):
        return self._in_bulk(request, queryset, "take_out", services.leave_waiting_list)

    def _in_bulk(self, request, queryset, action, service):
        title, done, needed = DEEDS[action]
        now = timezone.now()
        deed = Deed(
            action=action,
            title=title,
            done=done,
            act=lambda row: service(entry=row, actor=request.user, now=now),
            foresee=lambda row: _require(row, needed),
            order=_place,
            together=services.together,
            is_harsh=action == "take_out",
        )
        return self.in_bulk(request, queryset, deed)

    def show_row(self, entry):
        offer = f", offered {self.offer_shown(entry)}" if entry.offers else ""
        return f"{entry}{offer}"

    @display(description="status", ordering="status", label=COLOURS)
    def state(self, entry):
        return entry.status, entry.get_status_display()

    @display(description="waits for")
    def wanted(self, entry):
        return entry.wanted

    @display(description="from, to")
    def range(self, entry):
        zone = _zone_of(entry)
        first, name = in_zone(entry.earliest, zone)
        last, _ = in_zone(entry.latest, zone)
        return f"{first} to {last} ({name})"

    @display(description="on")
    def days(self, entry):
        return ", ".join(str(Weekday(day).label) for day in entry.weekdays) or "any day"

    @display(description="offered")
    def offer_shown(self, entry):
        if not entry.offers:
            return None
        hold = entry.offers[0]
        begin, zone = in_zone(hold.starts_at, hold.specialist.time_zone)
        return f"{begin} ({zone}) with {hold.specialist}"

    @display(description="until")
    def until(self, entry):
        if not entry.offers:
            return None
        return " ".join(in_zone(entry.offers[0].expires_at, _zone_of(entry)))

    @display(description="in line since (UTC)", ordering="queued_at")
    def since(self, entry):
        return f"{entry.queued_at:%d %b %Y, %H:%M}"


IN_LINE = {WaitingStatus.WAITING, WaitingStatus.OFFERED}
# Of each action what its page is called, what it says when done, and who it is for.
DEEDS = {
    "offer": ("Offer the earliest free time", "Offered", {WaitingStatus.WAITING}),
    "book": ("Book what is offered", "Booked", {WaitingStatus.OFFERED}),
    "take_out": ("Take out of the waiting list", "Taken out", IN_LINE),
}


def _place(entry):
    """By whose time it is, whose lock it takes; then by the place in line."""
    whose = entry.offers[0].specialist_id if entry.offers else entry.specialist_id
    return whose.hex if whose else "", entry.queued_at, entry.pk


def _require(entry, states):
    if entry.status not in states:
        raise StateConflict(f"This entry is {entry.get_status_display().lower()}.")


def _zone_of(entry):
    """The specialist's clock; where anyone will do, that of who is offered."""
    if entry.specialist:
        return entry.specialist.time_zone
    return entry.offers[0].specialist.time_zone if entry.offers else timezone.get_default_timezone()
