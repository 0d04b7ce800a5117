"""One booking, for its client or its specialist."""

from datetime import date, timedelta
from itertools import groupby

from django.conf import settings
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext

from coachbot.errors import DomainError
from coachbot.notifications import moments
from coachbot.notifications.links import visit_by
from coachbot.notifications.views.deeds import DEEDS, OTHERWISE, REFUSALS, possible
from coachbot.notifications.views.page import LinkedPage
from scheduling import queries, services

DAYS = 7
FURTHEST = timedelta(days=settings.BOOKING_MAX_ADVANCE_DAYS)


class BookingPage(LinkedPage):
    """Looking changes nothing, whoever looks: programs that check mails follow their links."""

    def get(self, request):
        now = timezone.now()
        visit = visit_by(request.GET.get("token", ""), now=now)
        with translation.override(visit.recipient.language):
            deed = DEEDS.get(request.GET.get("done", ""))
            return self._answer(visit, now, notice=deed.done if deed else "")

    def post(self, request):
        now = timezone.now()
        visit = visit_by(request.GET.get("token", ""), now=now)
        with translation.override(visit.recipient.language):
            return self._act(visit, now, request.POST.get("deed", ""))

    def _act(self, visit, now, name):
        if name not in possible(visit, now):
            return self._answer(visit, now, error=REFUSALS["state_conflict"], status=409)
        deed = DEEDS[name]
        form = deed.form(self.request.POST, is_specialist=visit.is_specialist)
        if not form.is_valid():
            return self._answer(visit, now, forms={name: form}, status=400)
        try:
            deed.act(visit, now, **form.cleaned_data)
        except DomainError as refusal:
            visit = visit_by(self.request.GET.get("token", ""), now=now)
            words = REFUSALS.get(refusal.code, OTHERWISE)
            return self._answer(visit, now, error=words, status=409)
        asked = urlencode({"token": self.request.GET["token"], "done": name})
        return HttpResponseRedirect(f"{self.request.path}?{asked}", status=303)

    def _answer(self, visit, now, *, forms=None, notice="", error="", status=200):
        booking, zone = visit.booking, visit.recipient.zone
        names = possible(visit, now)
        refusal = _standing_refusal(visit, now) if "cancel" in names else ""
        names = [name for name in names if not (refusal and name in ("move", "cancel"))]
        context = {
            "visit": visit,
            "booking": booking,
            "token": self.request.GET["token"],
            "when": moments.when(booking.starts_at, booking.ends_at, zone),
            "status": _status(booking),
            "forms": {name: (forms or {}).get(name) or _form(name, visit) for name in names},
            "notice": notice,
            "error": error or refusal,
            "has_mistakes": bool(forms),
        }
        if "move" in names:
            context |= self._offer(visit, now)
        return render(self.request, "notifications/booking.html", context, status=status)

    def _offer(self, visit, now):
        """The free times of a week, day by day. Which week is asked for by its first day."""
        zone = visit.recipient.zone
        today = now.astimezone(zone).date()
        asked = self.request.GET.get("from")
        first = min(max(_date(asked) or today, today), today + FURTHEST)
        slots = queries.free_slots_for_move(
            visit.booking,
            start=max(queries.start_of_day(first, zone), now),
            end=queries.start_of_day(first + timedelta(days=DAYS), zone),
            now=now,
        )
        days = groupby(slots, key=lambda slot: moments.day(slot.starts_at, zone))
        offered = [
            (
                day,
                [(each.starts_at.isoformat(), moments.clock(each.starts_at, zone)) for each in of],
            )
            for day, of in days
        ]
        later = first + timedelta(days=DAYS)
        return {
            "asked": asked is not None or self.request.POST.get("deed") == "move",
            "days": offered,
            "first": first.isoformat(),
            "earlier": max(first - timedelta(days=DAYS), today).isoformat()
            if first > today
            else "",
            "later": later.isoformat() if later <= today + FURTHEST else "",
        }


def _standing_refusal(visit, now):
    try:
        services.require_changeable(visit.booking, visit.actor, now=now)
    except DomainError as refusal:
        return REFUSALS.get(refusal.code, OTHERWISE)
    return ""


def _form(name, visit):
    initial = {"version": visit.booking.version}
    return DEEDS[name].form(initial=initial, is_specialist=visit.is_specialist, prefix=None)


def _status(booking):
    return {
        "pending": gettext("waits for confirmation"),
        "confirmed": gettext("confirmed"),
        "cancelled": gettext("cancelled"),
        "completed": gettext("completed"),
        "no_show": gettext("did not take place"),
    }[booking.status]


def _date(text):
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
