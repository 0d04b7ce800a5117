"""Managers write mails of their own, auditors read them."""

from django.db import migrations

RIGHTS = {"Managers": ("view", "add", "change", "delete"), "Auditors": ("view",)}


def permission(apps, using, right):
    """The row that Django itself would make, but only after the last migration."""
    types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    content_type, _ = types.get_or_create(app_label="notifications", model="mailtemplate")
    rows = apps.get_model("auth", "Permission").objects.using(using)
    row, _ = rows.get_or_create(
        content_type=content_type,
        codename=f"{right}_mailtemplate",
        defaults={"name": f"Can {right} mail template"},
    )
    return row


def each(apps, using):
    groups = apps.get_model("auth", "Group").objects.using(using)
    for group in groups.filter(name__in=RIGHTS):
        yield group, [permission(apps, using, right) for right in RIGHTS[group.name]]


def grant(apps, using):
    for group, rights in each(apps, using):
        group.permissions.add(*rights)


def forwards(apps, schema_editor):
    grant(apps, schema_editor.connection.alias)


def backwards(apps, schema_editor):
    for group, rights in each(apps, schema_editor.connection.alias):
        group.permissions.remove(*rights)


class Migration(migrations.Migration):
    dependencies = [
        ("coachbot", "0006_feedback_rights"),
        ("notifications", "0001_mail_templates_and_reminders"),
    ]
    operations = [migrations.RunPython(forwards, backwards)]
