"""The page on which staff say what becomes of bookings that a change would hit."""

from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from coachbot.admin.pages import AsShownMixin
from coachbot.errors import DomainError
from scheduling import services
from scheduling.admin.calendar_forms import REASON_LENGTH
from scheduling.admin.wall_clock import in_zone
from scheduling.models import Specialist
from scheduling.models.hours import EARLIEST, LATEST
from scheduling.services import Outcome, Settlement

BEFORE, SEEN = "settle-", "settle_seen-"
ALL, REASON = "settle_all", "settle_reason"
OURS = (ALL, REASON, "csrfmiddlewaretoken")
# What says which rows an action is for; those that are shown say it better.
CHOSEN = (ACTION_CHECKBOX_NAME, "select_across")
KEEP, CANCEL = ("keep", "Keep as is"), ("cancel", "Cancel")


class Unsettled(DomainError):
    """Nothing is changed: somebody has to say first what becomes of the bookings of `ways_out`."""

    def __init__(self, ways_out, refusal):
        super().__init__(str(refusal))
        self.ways_out = ways_out


class OddReason(DomainError):
    """A reason that nobody could store."""


class SettlesMixin(AsShownMixin):
    """Changes that hit bookings ask what becomes of them, whoever may change bookings."""

    def settle(self, request, change):
        """Make `change`, with what staff have said of bookings if they have. Raises Unsettled."""
        now, may_settle = timezone.now(), self._may_settle(request)
        try:
            settlements, reason = read(request) if may_settle else ({}, "")
            services.settle(
                change, settlements=settlements, actor=request.user, reason=reason, now=now
            )
        except DomainError as refusal:
            if may_settle and (ways_out := services.ways_out(change, now=now)):
                raise Unsettled(ways_out, refusal) from refusal
            raise

    def hit_by(self, request, change):
        """The bookings that `change` would hit, each with its ways out. Refused at once to who may
        not change bookings."""
        found = services.ways_out(change, now=timezone.now())
        if found and not self._may_settle(request):
            self.settle(request, change)
        return found

    @staticmethod
    def _may_settle(request):
        return request.user.has_perm("scheduling.change_booking")

    def ask(self, request, ways_out, *, refusal=None, removed=()):
        """Which bookings are hit, and a choice for each; all else that was sent is sent again."""
        form = SettlingForm(ways_out, request.POST if asked(request) else None)
        context = {
            **self.admin_site.each_context(request),
            "again": _again(request, removed),
            "bookings": len(ways_out),
            "form": form,
            "opts": self.opts,
            "refusal": refusal,
            "removed": removed,
            "seen": [(f"{SEEN}{each.booking.pk}", each.booking.version) for each in ways_out],
            "title": "Bookings are hit" if ways_out else "Remove",
        }
        return TemplateResponse(request, "admin/scheduling/settle_bookings.html", context)

    def _refuse(self, request, refusal):
        if isinstance(refusal, Unsettled):
            return self.ask(request, refusal.ways_out, refusal=refusal)
        return super()._refuse(request, refusal)


class ReasonField(forms.CharField):
    def __init__(self, **kwargs):
        super().__init__(
            label="Reason",
            required=False,
            max_length=REASON_LENGTH,
            help_text="Clients hear it. Needed unless everything is kept.",
            **kwargs,
        )


class SettlingForm(forms.Form):
    """A choice for each booking, one for all of them, and the reason that their clients hear."""

    def __init__(self, ways_out, data=None):
        super().__init__(data)
        several = len(ways_out) > 1
        if several:
            self._add(
                ALL, "All of them", _choices_for_all(ways_out), "Unless chosen otherwise below."
            )
        for each in ways_out:
            choices = [("", "As chosen for all"), *_choices(each)] if several else _choices(each)
            self._add(f"{BEFORE}{each.booking.pk}", name_of(each.booking), choices)
        self.fields[REASON] = ReasonField(
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}) if ways_out else forms.HiddenInput,
        )

    def _add(self, name, label, choices, help_text=""):
        self.fields[name] = forms.ChoiceField(
            choices=choices,
            help_text=help_text,
            label=label,
            required=False,
            widget=UnfoldAdminSelectWidget,
        )


def _again(request, removed):
    """What was sent, to be sent again; of rows that are removed those that are shown, no others."""
    left_out = (*OURS, *CHOSEN) if removed else OURS
    sent = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if not name.startswith((BEFORE, SEEN)) and name not in left_out
    ]
    return [*sent, *((ACTION_CHECKBOX_NAME, row.pk) for row in removed)]


def name_of(booking):
    local, zone = in_zone(booking.starts_at, booking.specialist.time_zone)
    service = f", {booking.service}" if booking.service else ""
    who = f"{booking.specialist}{service}, {booking.client_name}"
    return f"{booking.reference}: {local} ({zone}), {who}"


def _choices(way_out):
    """What can become of a booking: a value that `read` understands, and its words."""
    zone = way_out.booking.specialist.time_zone
    moves = [
        (f"move {slot.starts_at.isoformat()}", in_zone(slot.starts_at, zone)[0])
        for slot in way_out.moves
    ]
    groups = [("Move to", moves), ("Hand over to", _hand_over(way_out.others))]
    return [*_plain(way_out), *[group for group in groups if group[1]]]


def _choices_for_all(ways_out):
    """What can become of every one of them."""
    free = set.intersection(*(set(each.others) for each in ways_out))
    others = [other for other in ways_out[0].others if other in free]
    return [*_plain(ways_out[0]), *([("Hand over to", _hand_over(others))] if others else [])]


def _plain(way_out):
    return [KEEP, CANCEL] if way_out.may_stay else [CANCEL]


def _hand_over(others):
    return [(f"hand_over {other.pk}", other.name) for other in others]


def asked(request):
    """Whether somebody has said what becomes of the bookings."""
    return REASON in request.POST


def read(request):
    """The settlements by booking, and the reason, of a form that was sent. What cannot be meant
    is left out, so that the service says that this booking is not settled."""
    for_all = request.POST.get(ALL, "")
    chosen = {
        name.removeprefix(BEFORE): value or for_all
        for name, value in request.POST.items()
        if name.startswith(BEFORE)
    }
    people = _people(chosen.values())
    found = {key: _settlement(value, people) for key, value in chosen.items() if _is_uuid(key)}
    settlements = {
        UUID(key): each._replace(version=_version(request.POST.get(f"{SEEN}{key}", "")))
        for key, each in found.items()
        if each
    }
    return settlements, _reason(request.POST.get(REASON, ""))


def _reason(text):
    try:
        return ReasonField().clean(text)
    except ValidationError as error:
        raise OddReason(f"Reason: {' '.join(error.messages)}") from error


def _people(values):
    """To whom bookings are handed over, by their ids: one query, however many there are."""
    pairs = (value.partition(" ") for value in values)
    keys = {key for outcome, _, key in pairs if outcome == Outcome.HAND_OVER and _is_uuid(key)}
    return Specialist.objects.in_bulk(list(map(UUID, keys)))


def _settlement(value, people):
    outcome, _, detail = value.partition(" ")
    if outcome in (Outcome.KEEP, Outcome.CANCEL):
        return Settlement(Outcome(outcome))
    if outcome == Outcome.MOVE and (starts_at := _instant(detail)):
        return Settlement(Outcome.MOVE, starts_at=starts_at)
    if outcome == Outcome.HAND_OVER and _is_uuid(detail):
        other = people.get(UUID(detail))
        return Settlement(Outcome.HAND_OVER, specialist=other) if other else None
    return None


def _version(text):
    """That of the booking which was shown. What is no number is no booking's: 0."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _instant(text):
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo and EARLIEST <= found <= LATEST else None


def _is_uuid(text):
    try:
        UUID(text)
    except ValueError:
        return False
    return True
