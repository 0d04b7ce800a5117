"""One booking of the calendar: its facts, and what can be done with it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from coachbot.admin.bulk import refusal_of
from coachbot.errors import DomainError
from scheduling import queries, services
from scheduling.admin.calendar_book import calendar_address
from scheduling.admin.calendar_forms import (
    CalendarForm,
    HandOverForm,
    MoveForm,
    ReasonForm,
    VersionForm,
)
from scheduling.admin.calendar_grid import bounds
from scheduling.admin.wall_clock import in_zone
from scheduling.errors import SlotTaken, SlotUnavailable
from scheduling.models import Booking, BookingStatus
from scheduling.models.booking import MOVES
from scheduling.slots import Refusal

MOVE_DAYS = 7


class Verb(NamedTuple):
    service: Callable[..., Booking]
    to: BookingStatus
    label: str
    done: str
    form: type[Form] = VersionForm


VERBS = {
    "confirm": Verb(services.confirm, BookingStatus.CONFIRMED, "Confirm", "confirmed"),
    "complete": Verb(services.complete, BookingStatus.COMPLETED, "Took place", "completed"),
    "no-show": Verb(
        services.mark_no_show, BookingStatus.NO_SHOW, "Did not come", "marked as no-show"
    ),
    "cancel": Verb(services.cancel, BookingStatus.CANCELLED, "Cancel", "cancelled", ReasonForm),
}


class ChangePages:
    def show_view(self, request, pk):
        return self._facts(request, _booking(pk), ReasonForm())

    def verb_view(self, request, pk, verb):
        """Back to the calendar when it is done, else to the booking with the refusal."""
        if verb not in VERBS:
            raise Http404
        booking, act = _booking(pk), VERBS[verb]
        form = act.form(request.POST)
        if not form.is_valid():
            return self._facts(request, booking, form)
        try:
            act.service(
                booking=booking, actor=request.user, now=timezone.now(), **form.cleaned_data
            )
        except DomainError as refusal:
            self.message_user(request, f"{booking.reference}: {refusal}", messages.ERROR)
            return HttpResponseRedirect(self._address(request, "show", booking))
        self.message_user(request, f"{booking.reference}: {act.done}.", messages.SUCCESS)
        return HttpResponseRedirect(calendar_address(request))

    def hand_over_view(self, request, pk):
        """To somebody who is free at its time, with a reason."""
        booking, now = _booking(pk), timezone.now()
        form = HandOverForm(request.POST, others=_others(booking, now))
        if not form.is_valid():
            return self._facts(request, booking, ReasonForm(), hand_over=form)
        try:
            services.hand_over(booking=booking, actor=request.user, now=now, **form.cleaned_data)
        except DomainError as refusal:
            self.message_user(request, f"Not handed over. {refusal}", messages.ERROR)
            return HttpResponseRedirect(self._address(request, "show", booking))
        other = form.cleaned_data["specialist"]
        text = f"{booking.reference}: handed over to {other}."
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(calendar_address(request))

    def move_view(self, request, pk):
        """To a slot of the same length, or with a reason to any time that is not taken."""
        booking, now = _booking(pk), timezone.now()
        if request.method != "POST":
            initial = {"version": booking.version}
            form = MoveForm(initial=initial, specialist=booking.specialist)
            return self._choices(request, booking, form, now)
        form = MoveForm(request.POST, specialist=booking.specialist)
        if not form.is_valid():
            return self._choices(request, booking, form, now)
        given = form.cleaned_data
        if not given["anyway"] and queries.why_not_move(booking, given["at"], now=now):
            return self._choices(request, booking, form, now, at=given["at"])
        try:
            moved = _move(booking, given, request.user, now)
        except (SlotTaken, SlotUnavailable) as refusal:
            self.message_user(request, f"Not moved. {refusal}", messages.ERROR)
            return self._choices(request, booking, form, now, at=given["at"])
        except DomainError as refusal:
            self.message_user(request, f"Not moved. {refusal}", messages.ERROR)
            return HttpResponseRedirect(self._address(request, "show", booking))
        begin, zone = in_zone(moved.starts_at, moved.specialist.time_zone)
        self.message_user(
            request, f"{moved.reference}: moved to {begin} ({zone}).", messages.SUCCESS
        )
        return HttpResponseRedirect(calendar_address(request, moved.starts_at))

    def _facts(self, request, booking, form, *, hand_over=None):
        zone, here = booking.specialist.time_zone, request.user.time_zone
        may_change = request.user.has_perm("scheduling.change_booking")
        is_open = may_change and BookingStatus.CANCELLED in MOVES[booking.status]
        if is_open and hand_over is None:
            hand_over = HandOverForm(others=_others(booking, timezone.now()))
        return self.show(
            request,
            "calendar_show",
            title=f"Booking {booking.reference}",
            actions=_actions(booking, self._address, request) if may_change else [],
            back_to=calendar_address(request),
            begin=in_zone(booking.starts_at, zone),
            booking=booking,
            cancel=self._address(request, "verb", booking, verb="cancel"),
            end=in_zone(booking.ends_at, zone),
            form=form,
            here=in_zone(booking.starts_at, here) if _differ(booking, here) else None,
            history=[
                (event, in_zone(event.at, here), in_zone(event.to_starts_at, zone))
                for event in booking.events.with_people().select_related("actor")
            ],
            hand_over=hand_over,
            hand_over_to=self._address(request, "hand_over", booking),
            may_cancel=is_open,
            move=self._address(request, "move", booking),
        )

    def _choices(self, request, booking, form, now, *, at=None):
        zone = booking.specialist.time_zone
        chosen = CalendarForm({"date": request.GET.get("date")})
        chosen.is_valid()
        first = chosen.cleaned_data.get("date") or booking.starts_at.astimezone(zone).date()
        days = [first + timedelta(days=n) for n in range(MOVE_DAYS)]
        reasons = queries.why_not_move(booking, at, now=now) if at else []
        taken = any(reason.code == Refusal.TAKEN for reason in reasons)
        nearest = queries.nearest_slots_for_move(booking, at, now=now) if reasons else []
        step = timedelta(days=MOVE_DAYS)
        return self.show(
            request,
            "calendar_move",
            title=f"Move {booking.reference}",
            address=request.get_full_path(),
            alternatives=[(slot.starts_at, *in_zone(slot.starts_at, zone)) for slot in nearest],
            back=request.GET.get("back", ""),
            back_to=self._address(request, "show", booking),
            begin=in_zone(booking.starts_at, zone),
            booking=booking,
            day=CalendarForm(initial={"date": first})["date"],
            days=_days_of(booking, days, now),
            form=form.without_local() if taken else form,
            may_overrule=bool(reasons) and not taken,
            next=self._address(request, "move", booking, date=first + step),
            previous=self._address(request, "move", booking, date=first - step),
            reasons=reasons,
        )

    @staticmethod
    def _address(request, name, booking, *, verb=None, **more):
        kwargs = {"pk": booking.pk} | ({"verb": verb} if verb else {})
        query = urlencode({"back": request.GET.get("back", ""), **more})
        return f"{reverse(f'admin:scheduling_booking_calendar_{name}', kwargs=kwargs)}?{query}"


def _booking(pk):
    return get_object_or_404(Booking.objects.with_people(), pk=pk)


def _others(booking, now):
    return queries.free_to_take([booking], now=now)[booking.pk]


def _move(booking, given, actor, now):
    return services.reschedule(
        booking=booking,
        starts_at=given["at"],
        actor=actor,
        now=now,
        reason=given["reason"],
        version=given["version"],
    )


def _actions(booking, address, request):
    """What can be done now by a button alone."""
    now = timezone.now()
    return [
        (verb.label, address(request, "verb", booking, verb=name))
        for name, verb in VERBS.items()
        if verb.form is VersionForm
        and not refusal_of(services.require_possible, booking, verb.to, now=now)
    ]


def _days_of(booking, days, now):
    """The slots of each day of the specialist's, with the wall-clock time of each."""
    zone = booking.specialist.time_zone
    ends = bounds(zone, days[0]).start, bounds(zone, days[-1]).end
    start, end = (datetime.fromtimestamp(at, UTC) for at in ends)
    by_day = {day: [] for day in days}
    for slot in queries.free_slots_for_move(booking, start=start, end=end, now=now):
        local = slot.starts_at.astimezone(zone)
        by_day[local.date()].append((slot.starts_at, f"{local:%H:%M}"))
    return list(by_day.items())


def _differ(booking, zone):
    there = booking.starts_at.astimezone(booking.specialist.time_zone)
    return there.utcoffset() != booking.starts_at.astimezone(zone).utcoffset()
