"""Managers and auditors see what was told to whom."""

from django.db import migrations

from coachbot.db.rights import StaffRights, Table

RIGHTS = StaffRights(
    "mail",
    {
        "mail": Table("mail", {"Managers": "view", "Auditors": "view"}),
    },
)
grant = RIGHTS.grant


class Migration(migrations.Migration):
    dependencies = [("coachbot", "0006_feedback_rights"), ("mail", "0001_mail")]
    operations = [RIGHTS.operation()]
