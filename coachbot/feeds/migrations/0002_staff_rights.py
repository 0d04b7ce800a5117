"""Staff see who has an address for calendars; managers give it to specialists without an account."""

from django.db import migrations

RIGHTS = {"Managers": "view change", "Receptionists": "view", "Auditors": "view"}


def permission(apps, using, right):
    """The row that Django itself would make, but only after the last migration."""
    types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    content_type, _ = types.get_or_create(app_label="feeds", model="calendarfeed")
    rows = apps.get_model("auth", "Permission").objects.using(using)
    row, _ = rows.get_or_create(
        content_type=content_type,
        codename=f"{right}_calendarfeed",
        defaults={"name": f"Can {right} calendar feed"},
    )
    return row


def each(apps, using):
    groups = apps.get_model("auth", "Group").objects.using(using)
    for group in groups.filter(name__in=RIGHTS):
        yield group, [permission(apps, using, right) for right in RIGHTS[group.name].split()]


def grant(apps, using):
    for group, rights in each(apps, using):
        group.permissions.add(*rights)


def forwards(apps, schema_editor):
    grant(apps, schema_editor.connection.alias)


def backwards(apps, schema_editor):
    for group, rights in each(apps, schema_editor.connection.alias):
        group.permissions.remove(*rights)


class Migration(migrations.Migration):
    dependencies = [("coachbot", "0005_audit_rights"), ("feeds", "0001_calendar_feeds")]
    operations = [migrations.RunPython(forwards, backwards)]
