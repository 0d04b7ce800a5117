"""Managers see tasks and have them tried again, auditors see them."""

from django.db import migrations

from coachbot.db.rights import StaffRights, Table

RIGHTS = StaffRights(
    "jobs",
    {
        "task": Table("task", {"Managers": "view change", "Auditors": "view"}),
    },
)
grant = RIGHTS.grant


class Migration(migrations.Migration):
    dependencies = [("coachbot", "0006_feedback_rights"), ("jobs", "0001_tasks")]
    operations = [RIGHTS.operation()]
