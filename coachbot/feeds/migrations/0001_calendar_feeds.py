import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import coachbot.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("scheduling", "0008_status_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=coachbot.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        auto_now=True, db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
                ("secret_hash", models.CharField(editable=False, max_length=64)),
                ("sealed_secret", models.TextField(editable=False)),
                ("rotated_at", models.DateTimeField(blank=True, null=True)),
                ("last_read_at", models.DateTimeField(blank=True, null=True)),
                (
                    "specialist",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_feed",
                        to="scheduling.specialist",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_feed",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("secret_hash",), name="calendar_feed_one_per_secret"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("specialist__isnull", False), ("user", None)),
                            models.Q(("specialist", None), ("user__isnull", False)),
                            _connector="OR",
                        ),
                        name="calendar_feed_one_owner",
                    ),
                ],
            },
        ),
    ]
