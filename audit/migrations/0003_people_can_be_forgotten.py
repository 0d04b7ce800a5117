from django.db import migrations, models

import audit.personal


class Migration(migrations.Migration):
    """Entries that are there already stay as they are: in clear."""

    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="PersonKey",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                (
                    "key",
                    models.CharField(
                        default=audit.personal.make_key, editable=False, max_length=44
                    ),
                ),
            ],
            options={"default_permissions": ()},
        ),
        migrations.AddField(
            model_name="adminlog",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=models.DO_NOTHING,
                related_name="+",
                to="audit.personkey",
            ),
        ),
    ]
