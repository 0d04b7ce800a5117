"""What the start page shows of webhooks: those that somebody has to look at, and else nothing."""

from django.urls import reverse

from coachbot.admin.panels import Panel
from coachbot.webhooks.models import WebhookEndpoint


def start_panel(request):
    """For whoever may see them."""
    if not request.user.has_perm("webhooks.view_webhookendpoint"):
        return None
    lines = [line_of(each) for each in WebhookEndpoint.objects.in_trouble()]
    return Panel("admin/webhooks/start_panel.html", lines, is_urgent=True) if lines else None


def line_of(endpoint):
    return {
        "name": endpoint.name,
        "link": reverse("admin:webhooks_webhookendpoint_change", args=[endpoint.pk]),
        "what": _trouble_of(endpoint),
    }


def _trouble_of(endpoint):
    if endpoint.off_because:
        return f"Switched off. {endpoint.off_because}"
    return f"Nothing was taken since {endpoint.failing_since:%d %b, %H:%M} UTC; we go on trying."
