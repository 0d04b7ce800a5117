"""Managers and auditors read chats. Nobody changes them but the services."""

from django.db import migrations

READERS = ("Managers", "Auditors")
TABLES = ("chat", "message")


def permissions(apps, using):
    """The rows that Django itself would make, but only after the last migration."""
    types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    rows = apps.get_model("auth", "Permission").objects.using(using)
    for table in TABLES:
        content_type, _ = types.get_or_create(app_label="chat", model=table)
        row, _ = rows.get_or_create(
            content_type=content_type,
            codename=f"view_{table}",
            defaults={"name": f"Can view {table}"},
        )
        yield row


def grant(apps, using):
    for group in apps.get_model("auth", "Group").objects.using(using).filter(name__in=READERS):
        group.permissions.add(*permissions(apps, using))


def forwards(apps, schema_editor):
    grant(apps, schema_editor.connection.alias)


def backwards(apps, schema_editor):
    using = schema_editor.connection.alias
    for group in apps.get_model("auth", "Group").objects.using(using).filter(name__in=READERS):
        group.permissions.remove(*permissions(apps, using))


class Migration(migrations.Migration):
    dependencies = [("chat", "0001_chats"), ("coachbot", "0005_audit_rights")]
    operations = [migrations.RunPython(forwards, backwards)]
