"""No more mails of one topic to one address: by one click in a mail program (RFC 8058), or here."""

from django.shortcuts import render
from django.utils import translation

from coachbot.notifications import services
from coachbot.notifications.links import unsubscribed_by
from coachbot.notifications.views.page import LinkedPage


class UnsubscribePage(LinkedPage):
    def get(self, request):
        return self._answer(request)

    def post(self, request):
        """What mail programs send has no member `again`."""
        recipient, topic = unsubscribed_by(request.GET.get("token", ""))
        change = services.subscribe if "again" in request.POST else services.unsubscribe
        change(email=recipient.email, topic=topic)
        return self._answer(request)

    def _answer(self, request):
        recipient, topic = unsubscribed_by(request.GET.get("token", ""))
        context = {
            "email": recipient.email,
            "topic": topic,
            "unsubscribed": services.is_unsubscribed(recipient.email, topic),
        }
        with translation.override(recipient.language):
            return render(request, "notifications/unsubscribe.html", context)
