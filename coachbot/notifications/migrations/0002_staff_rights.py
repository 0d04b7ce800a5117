"""Managers write mails of their own, auditors read them."""

from django.db import migrations

from coachbot.db.rights import StaffRights, Table

RIGHTS = StaffRights(
    "notifications",
    {
        "mailtemplate": Table(
            "mail template", {"Managers": "view add change delete", "Auditors": "view"}
        ),
    },
)
grant = RIGHTS.grant


class Migration(migrations.Migration):
    dependencies = [
        ("coachbot", "0006_feedback_rights"),
        ("notifications", "0001_mail_templates_and_reminders"),
    ]
    operations = [RIGHTS.operation()]
