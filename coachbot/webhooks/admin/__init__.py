"""The back office of webhooks."""

from coachbot.admin import panels
from coachbot.webhooks.admin.deliveries import WebhookDeliveryAdmin
from coachbot.webhooks.admin.endpoints import WebhookEndpointAdmin
from coachbot.webhooks.admin.start_panel import start_panel

panels.on_start_page(start_panel)

__all__ = ["WebhookDeliveryAdmin", "WebhookEndpointAdmin"]
