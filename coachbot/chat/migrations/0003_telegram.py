import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import coachbot.ids


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0002_staff_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TelegramReply",
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
                ("telegram_id", models.BigIntegerField()),
                ("text", models.TextField()),
                (
                    "buttons",
                    models.JSONField(
                        blank=True, default=list, help_text="Rows of label and value."
                    ),
                ),
                (
                    "callback_id",
                    models.CharField(
                        blank=True, help_text="The tap on a button that it answers.", max_length=64
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_try_at", models.DateTimeField()),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["telegram_id", "id"], name="telegram_reply_conversation"),
                    models.Index(fields=["next_try_at"], name="telegram_reply_due"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TelegramUpdate",
            fields=[
                ("update_id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["created_at"], name="telegram_update_age")],
            },
        ),
        migrations.CreateModel(
            name="TelegramLink",
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
                ("telegram_id", models.BigIntegerField(blank=True, null=True)),
                ("linked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "password_hash",
                    models.CharField(
                        blank=True,
                        help_text="SHA-256 of what was kept of the password.",
                        max_length=64,
                    ),
                ),
                ("code_hash", models.CharField(blank=True, max_length=64)),
                ("code_expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "chat",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="chat.chat",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="telegram_link",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("telegram_id",), name="telegram_link_one_user"),
                    models.UniqueConstraint(
                        condition=models.Q(("code_hash", ""), _negated=True),
                        fields=("code_hash",),
                        name="telegram_link_one_code",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("linked_at", None), ("telegram_id", None)),
                            models.Q(("linked_at__isnull", False), ("telegram_id__isnull", False)),
                            _connector="OR",
                        ),
                        name="telegram_link_dated",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("code_hash", ""), ("code_expires_at__isnull", False), _connector="OR"
                        ),
                        name="telegram_link_code_expires",
                    ),
                ],
            },
        ),
    ]
