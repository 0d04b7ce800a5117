"""Staff see who has an address for calendars; managers give it to specialists without an account."""

from django.db import migrations

from coachbot.db.rights import StaffRights, Table

RIGHTS = StaffRights(
    "feeds",
    {
        "calendarfeed": Table(
            "calendar feed",
            {"Managers": "view change", "Receptionists": "view", "Auditors": "view"},
        ),
    },
)
grant = RIGHTS.grant


class Migration(migrations.Migration):
    dependencies = [("coachbot", "0005_audit_rights"), ("feeds", "0001_calendar_feeds")]
    operations = [RIGHTS.operation()]
