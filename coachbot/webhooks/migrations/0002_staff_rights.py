"""Managers see to webhooks, auditors read what was sent where."""

from django.db import migrations

from coachbot.db.rights import StaffRights, Table

RIGHTS = StaffRights(
    "webhooks",
    {
        "webhookendpoint": Table(
            "webhook endpoint", {"Managers": "view add change", "Auditors": "view"}
        ),
        "webhookdelivery": Table("webhook delivery", {"Managers": "view", "Auditors": "view"}),
    },
)
grant = RIGHTS.grant


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_webhooks"), ("coachbot", "0006_feedback_rights")]
    operations = [RIGHTS.operation()]
