"""The page on which staff say what becomes of bookings that a change of hours would hit."""

from datetime import datetime
from uuid import UUID

from django import forms
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from scheduling import queries
from scheduling.admin.wall_clock import in_zone
from scheduling.models import Booking, Specialist
from scheduling.services import Outcome, Settlement

BEFORE = "settle-"
REASON = "settle_reason"
MOST_OTHERS = 20


class SettlingForm(forms.Form):
    """A choice for each booking, and the reason that their clients hear."""

    def __init__(self, bookings, data=None):
        super().__init__(data)
        self.bookings = bookings
        now = timezone.now()
        for booking in bookings:
            self.fields[f"{BEFORE}{booking.pk}"] = forms.ChoiceField(
                choices=choices_for(booking, now), label=name_of(booking),
                widget=UnfoldAdminSelectWidget,
            )  # fmt: skip
        self.fields[REASON] = forms.CharField(
            label="Reason", max_length=400, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
        )


def name_of(booking):
    local, zone = in_zone(booking.starts_at, booking.specialist.time_zone)
    return f"{booking.reference}: {local} ({zone}), {booking.client_name}"


def choices_for(booking, now):
    """What can become of `booking`: a value that `read` understands, and its words."""
    moves = [
        (f"move {slot.starts_at.isoformat()}", in_zone(slot.starts_at, zone)[0])
        for zone in [booking.specialist.time_zone]
        for slot in queries.nearest_slots_for_move(booking, booking.starts_at, now=now)
    ]
    others = [
        (f"hand_over {other.pk}", other.name)
        for other in queries.free_to_take(booking, now=now)[:MOST_OTHERS]
    ]
    groups = [("Move to", moves), ("Hand over to", others)]
    return [
        ("keep", "Keep it, outside open hours"),
        ("cancel", "Cancel it"),
        *[group for group in groups if group[1]],
    ]


def asked(request):
    """Whether somebody has said what becomes of the bookings."""
    return REASON in request.POST


def read(request):
    """The settlements by booking, and the reason, of a form that was sent. What cannot be meant
    is left out, so that the service says that this booking is not settled."""
    chosen = {
        name.removeprefix(BEFORE): value
        for name, value in request.POST.items()
        if name.startswith(BEFORE)
    }
    found = {UUID(key): _settlement(value) for key, value in chosen.items() if _is_uuid(key)}
    return {key: each for key, each in found.items() if each}, request.POST.get(REASON, "")


def page(request, site, refusal, *, title):
    """Which bookings are hit, and a choice for each; all else that was sent is sent again."""
    hit = {booking["id"] for booking in refusal.extra.get("bookings", ())}
    rows = Booking.objects.with_people().filter(pk__in=hit | read(request)[0].keys())
    rows = rows.order_by("starts_at", "id")
    given = request.POST if asked(request) else None
    again = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if not name.startswith(BEFORE) and name not in (REASON, "csrfmiddlewaretoken")
    ]
    context = {
        **site.each_context(request),
        "again": again,
        "form": SettlingForm(list(rows), given),
        "refusal": refusal,
        "title": title,
    }
    return TemplateResponse(request, "admin/scheduling/settle_bookings.html", context)


def _settlement(value):
    outcome, _, detail = value.partition(" ")
    if outcome in (Outcome.KEEP, Outcome.CANCEL):
        return Settlement(Outcome(outcome))
    if outcome == Outcome.MOVE and (starts_at := _instant(detail)):
        return Settlement(Outcome.MOVE, starts_at=starts_at)
    if outcome == Outcome.HAND_OVER and _is_uuid(detail):
        other = Specialist.objects.filter(pk=detail).first()
        return Settlement(Outcome.HAND_OVER, specialist=other) if other else None
    return None


def _instant(text):
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _is_uuid(text):
    try:
        UUID(text)
    except ValueError:
        return False
    return True
