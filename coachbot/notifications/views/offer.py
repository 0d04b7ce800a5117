"""What is offered to who waits: taken or let pass."""

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from coachbot.errors import DomainError
from coachbot.notifications import moments
from coachbot.notifications.links import offer_by
from coachbot.notifications.people import may_act
from coachbot.notifications.views.deeds import OTHERWISE, REFUSALS
from coachbot.notifications.views.page import LinkedPage
from scheduling import services

DEEDS = {
    "accept": (services.accept_offer, gettext_lazy("It is yours: another mail confirms it.")),
    "decline": (services.decline_offer, gettext_lazy("You wait on, for another time.")),
}


class OfferPage(LinkedPage):
    def get(self, request):
        hold, recipient = offer_by(request.GET.get("token", ""))
        _, notice = DEEDS.get(request.GET.get("done", ""), (None, ""))
        with translation.override(recipient.language):
            return self._answer(hold, recipient, notice=notice)

    def post(self, request):
        hold, recipient = offer_by(request.GET.get("token", ""))
        name = request.POST.get("deed", "")
        with translation.override(recipient.language):
            if name not in DEEDS or not _is_open(hold):
                return self._answer(hold, recipient, error=REFUSALS["offer_expired"], status=409)
            try:
                DEEDS[name][0](entry=hold.entry, actor=hold.entry.client, now=timezone.now())
            except DomainError as refusal:
                words = REFUSALS.get(refusal.code, OTHERWISE)
                return self._answer(hold, recipient, error=words, status=409)
        asked = urlencode({"token": request.GET["token"], "done": name})
        return HttpResponseRedirect(f"{request.path}?{asked}", status=303)

    def _answer(self, hold, recipient, *, notice="", error="", status=200):
        zone, is_open = recipient.zone, _is_open(hold)
        context = {
            "hold": hold,
            "when": moments.when(hold.starts_at, hold.ends_at, zone),
            "until": moments.when(hold.expires_at, hold.expires_at, zone),
            "notice": notice,
            "error": error or ("" if is_open or notice else REFUSALS["offer_expired"]),
            "is_open": is_open and not notice,
        }
        return render(self.request, "notifications/offer.html", context, status=status)


def _is_open(hold):
    """Whether it can be answered here: a link never acts for staff."""
    client = hold.entry.client
    return (
        hold.released_at is None
        and hold.expires_at > timezone.now()
        and (client is None or may_act(client))
    )
