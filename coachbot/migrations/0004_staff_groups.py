"""The groups that staff join: what each may do with each table, as a site starts out."""

from django.db import migrations

GROUPS = ("Managers", "Receptionists", "Auditors")
RIGHTS = {
    ("scheduling", "specialist"): ("view add change delete", "view", "view"),
    ("scheduling", "service"): ("view add change delete", "view", "view"),
    ("scheduling", "schedule"): ("view add change delete", "view add change delete", "view"),
    ("scheduling", "dayoff"): ("view add change delete", "view add change delete", "view"),
    ("scheduling", "availability"): ("view add change delete", "view add change delete", "view"),
    ("scheduling", "booking"): ("view add change delete", "view add change", "view"),
    ("scheduling", "bookingevent"): ("view", "view", "view"),
    ("accounts", "user"): ("view add change change_specialist", "view add change", "view"),
    ("accounts", "usersession"): ("view", "", "view"),
}


def make_groups(apps, using):
    """Make those that are missing. A group that a site has under such a name stays as it is."""
    groups = apps.get_model("auth", "Group").objects.using(using)
    for column, name in enumerate(GROUPS):
        group, is_new = groups.get_or_create(name=name)
        if is_new:
            group.permissions.set(
                permission(apps, using, table, right)
                for table, rights in RIGHTS.items()
                for right in rights[column].split()
            )


def permission(apps, using, table, right):
    """The row that Django itself would make, but only after the last migration."""
    app_label, model = table
    types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    content_type, _ = types.get_or_create(app_label=app_label, model=model)
    meta, codename = apps.get_model(app_label, model)._meta, f"{right}_{model}"
    named = dict(meta.permissions).get(codename, f"Can {right} {meta.verbose_name_raw}")
    row, _ = (
        apps.get_model("auth", "Permission")
        .objects.using(using)
        .get_or_create(
            content_type=content_type,
            codename=codename,
            defaults={"name": named},
        )
    )
    return row


def forwards(apps, schema_editor):
    make_groups(apps, schema_editor.connection.alias)


def backwards(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    groups.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("coachbot", "0003_cache_table"),
        ("scheduling", "0003_booking_events"),
        ("accounts", "0003_specialist_accounts"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
