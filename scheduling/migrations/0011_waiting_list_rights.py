"""Who deals with clients deals with those who wait; auditors look. Holds are written by nobody."""

from django.db import migrations

from coachbot.db.rights import StaffRights, Table

RIGHTS = StaffRights(
    "scheduling",
    {
        "waitinglistentry": Table(
            "waiting list entry",
            {
                "Managers": "view add change delete",
                "Receptionists": "view add change delete",
                "Auditors": "view",
            },
        ),
        "hold": Table("hold", {"Managers": "view", "Receptionists": "view", "Auditors": "view"}),
    },
)
grant = RIGHTS.grant


class Migration(migrations.Migration):
    dependencies = [("coachbot", "0004_staff_groups"), ("scheduling", "0010_waiting_list")]
    operations = [RIGHTS.operation()]
