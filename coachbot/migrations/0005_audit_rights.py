"""Managers and auditors read the log."""

from django.db import migrations

READERS = ("Managers", "Auditors")


def permission(apps, using):
    """The row that Django itself would make, but only after the last migration."""
    types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    content_type, _ = types.get_or_create(app_label="audit", model="adminlog")
    rows = apps.get_model("auth", "Permission").objects.using(using)
    row, _ = rows.get_or_create(
        content_type=content_type,
        codename="view_adminlog",
        defaults={"name": "Can view log entry"},
    )
    return row


def grant(apps, using):
    for group in apps.get_model("auth", "Group").objects.using(using).filter(name__in=READERS):
        group.permissions.add(permission(apps, using))


def forwards(apps, schema_editor):
    grant(apps, schema_editor.connection.alias)


def backwards(apps, schema_editor):
    using = schema_editor.connection.alias
    for group in apps.get_model("auth", "Group").objects.using(using).filter(name__in=READERS):
        group.permissions.remove(permission(apps, using))


class Migration(migrations.Migration):
    dependencies = [("coachbot", "0004_staff_groups"), ("audit", "0002_append_only")]
    operations = [migrations.RunPython(forwards, backwards)]
