"""What all pages behind a mail's link have in common."""

from django.shortcuts import render
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import get_language_from_request
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from coachbot.notifications.links import LinkInvalid

HEADERS = {
    "Cache-Control": "no-store",
    # The address is a secret.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


@method_decorator(csrf_exempt, name="dispatch")
class LinkedPage(View):
    """GET looks, POST acts. No cookie gives any rights here, so there is none to be abused from
    another site; and without a referrer, Django's check would refuse its own pages."""

    def dispatch(self, request, *args, **kwargs):
        try:
            response = super().dispatch(request, *args, **kwargs)
        except LinkInvalid:
            with translation.override(get_language_from_request(request)):
                response = render(request, "notifications/invalid.html", status=404)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response
