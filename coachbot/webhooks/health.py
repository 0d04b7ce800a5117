"""How an endpoint fares, and what becomes of one that nobody answers at for days."""

from copy import copy
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from audit import services as audit
from coachbot.mail import outbox
from coachbot.webhooks.models import WebhookEndpoint

# So long nothing was taken, when a delivery is given up.
PATIENCE = timedelta(days=3)

TEXT = """The webhook {name} is switched off. {why}

What happens while it is off is not kept for it. When its receiver is well again, switch it on in
the back office (Webhook endpoints), and replay what has failed (Webhook deliveries).
"""
IT_IS_GONE = "It answered 410: it wants to be told of nothing any more."


def note_success(endpoint: WebhookEndpoint, now: datetime) -> None:
    """What an endpoint is stays as it is: who edits it meanwhile loses nothing."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(last_success_at=now, failing_since=None)


def note_failure(endpoint: WebhookEndpoint, now: datetime, *, is_last: bool, is_gone: bool) -> None:
    """`is_last`: the delivery is given up. `is_gone`: the endpoint wants no more."""
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    rows.filter(failing_since=None).update(failing_since=now)
    if is_gone:
        switch_off(endpoint, IT_IS_GONE, now=now)
    elif is_last and rows.filter(failing_since__lte=now - PATIENCE).exists():
        switch_off(endpoint, f"Nothing was taken for {PATIENCE.days} days or more.", now=now)


def switch_off(endpoint: WebhookEndpoint, why: str, *, now: datetime) -> None:
    """Nothing is sent there until staff say so, who are told. Nobody did it, so the system did."""
    locked = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if not locked.is_active:
        return
    before = copy(locked)
    locked.is_active, locked.off_because = False, why
    locked.save(update_fields=["is_active", "off_because", "updated_at"])
    _tell(locked, now)
    audit.record_change("webhook.switched_off", before, locked)


def _tell(endpoint: WebhookEndpoint, now: datetime) -> None:
    """Whoever registered it, if they still see to webhooks. All who do find it on the start page,
    too."""
    user, name = endpoint.created_by, " ".join(endpoint.name.split())
    if user is None or not user.is_staff_with("webhooks.view_webhookendpoint"):
        return
    message = EmailMultiAlternatives(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}The webhook {name} is switched off",
        TEXT.format(name=name, why=endpoint.off_because),
        to=[user.email],
    )
    outbox.put(message, key=f"webhook off {endpoint.pk} {now.isoformat()}", about=endpoint.pk)
