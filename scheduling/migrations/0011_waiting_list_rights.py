"""Who deals with clients deals with those who wait; auditors look. Holds are written by nobody."""

from django.db import migrations

RIGHTS = {
    "waitinglistentry": {
        "Managers": "view add change delete",
        "Receptionists": "view add change delete",
        "Auditors": "view",
    },
    "hold": {"Managers": "view", "Receptionists": "view", "Auditors": "view"},
}
NAMES = {"waitinglistentry": "waiting list entry", "hold": "hold"}


def permission(apps, using, table, right):
    """The row that Django itself would make, but only after the last migration."""
    types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    content_type, _ = types.get_or_create(app_label="scheduling", model=table)
    rows = apps.get_model("auth", "Permission").objects.using(using)
    row, _ = rows.get_or_create(
        content_type=content_type,
        codename=f"{right}_{table}",
        defaults={"name": f"Can {right} {NAMES[table]}"},
    )
    return row


def each(apps, using):
    groups = apps.get_model("auth", "Group").objects.using(using)
    for table, rights in RIGHTS.items():
        for group in groups.filter(name__in=rights):
            for right in rights[group.name].split():
                yield group, permission(apps, using, table, right)


def grant(apps, using):
    for group, row in each(apps, using):
        group.permissions.add(row)


def forwards(apps, schema_editor):
    grant(apps, schema_editor.connection.alias)


def backwards(apps, schema_editor):
    for group, row in each(apps, schema_editor.connection.alias):
        group.permissions.remove(row)


class Migration(migrations.Migration):
    dependencies = [
        ("coachbot", "0004_staff_groups"),
        ("scheduling", "0010_waiting_list"),
    ]
    operations = [migrations.RunPython(forwards, backwards)]
