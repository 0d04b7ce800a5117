import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
import timezone_field.fields
from django.conf import settings
from django.db import migrations, models

import coachbot.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Chat",
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
                ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("title", models.CharField(blank=True, max_length=100)),
                (
                    "time_zone",
                    timezone_field.fields.TimeZoneField(
                        choices_display="STANDARD",
                        default="UTC",
                        help_text="Whose clock the bot speaks of.",
                    ),
                ),
                (
                    "state",
                    models.JSONField(
                        blank=True, default=dict, help_text="What the dialog remembers."
                    ),
                ),
                (
                    "length",
                    models.PositiveIntegerField(
                        default=0, help_text="How many messages there are."
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chats",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-updated_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Message",
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
                ("position", models.PositiveIntegerField()),
                (
                    "role",
                    models.CharField(choices=[("user", "User"), ("bot", "Bot")], max_length=4),
                ),
                ("content", models.TextField()),
                (
                    "payload",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="What the bot speaks of, as data: slots, bookings.",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "chat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="chat.chat",
                    ),
                ),
            ],
            options={
                "ordering": ["chat", "position"],
            },
        ),
        migrations.AddIndex(
            model_name="chat",
            index=models.Index(fields=["user", "-updated_at", "-id"], name="chat_of_user"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("chat", "position"), name="message_one_per_turn"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["user", "bot"])), name="message_role_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("role", "user"), _negated=True),
                    django.db.models.lookups.LessThanOrEqual(
                        django.db.models.functions.text.Length(models.F("content")), 2000
                    ),
                    _connector="OR",
                ),
                name="message_of_user_not_too_long",
            ),
        ),
    ]
