"""Managers see to webhooks, auditors read what was sent where."""

from django.db import migrations

RIGHTS = {
    "webhookendpoint": ("webhook endpoint", {"Managers": "view add change", "Auditors": "view"}),
    "webhookdelivery": ("webhook delivery", {"Managers": "view", "Auditors": "view"}),
}


def permission(apps, using, table, right, name):
    """The row that Django itself would make, but only after the last migration."""
    types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    content_type, _ = types.get_or_create(app_label="webhooks", model=table)
    rows = apps.get_model("auth", "Permission").objects.using(using)
    row, _ = rows.get_or_create(
        content_type=content_type,
        codename=f"{right}_{table}",
        defaults={"name": f"Can {right} {name}"},
    )
    return row


def each(apps, using):
    groups = apps.get_model("auth", "Group").objects.using(using)
    for table, (name, rights) in RIGHTS.items():
        for group in groups.filter(name__in=rights):
            words = rights[group.name].split()
            yield group, [permission(apps, using, table, right, name) for right in words]


def grant(apps, using):
    for group, rights in each(apps, using):
        group.permissions.add(*rights)


def forwards(apps, schema_editor):
    grant(apps, schema_editor.connection.alias)


def backwards(apps, schema_editor):
    for group, rights in each(apps, schema_editor.connection.alias):
        group.permissions.remove(*rights)


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_webhooks"), ("coachbot", "0006_feedback_rights")]
    operations = [migrations.RunPython(forwards, backwards)]
