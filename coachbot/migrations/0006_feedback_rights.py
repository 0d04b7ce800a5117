"""All staff read feedback, those who deal with clients may rate their own visits, managers hide."""

from django.db import migrations

RIGHTS = {"Managers": "view add change", "Receptionists": "view add", "Auditors": "view"}


def permission(apps, using, right):
    """The row that Django itself would make, but only after the last migration."""
    types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    content_type, _ = types.get_or_create(app_label="feedback", model="feedback")
    rows = apps.get_model("auth", "Permission").objects.using(using)
    row, _ = rows.get_or_create(
        content_type=content_type,
        codename=f"{right}_feedback",
        defaults={"name": f"Can {right} feedback"},
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
    dependencies = [("coachbot", "0005_audit_rights"), ("feedback", "0001_feedback")]
    operations = [migrations.RunPython(forwards, backwards)]
