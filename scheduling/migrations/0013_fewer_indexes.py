from django.conf import settings
from django.db import migrations, models
from django.db.models import PROTECT

# Django would make the tables of SQLite anew for this, row by row.
INDEXES = {
    "scheduling_booking_client_id_bfd9941f": "scheduling_booking (client_id)",
    "scheduling_booking_specialist_id_a38b4e32": "scheduling_booking (specialist_id)",
    "scheduling_bookingevent_booking_id_e977319e": "scheduling_bookingevent (booking_id)",
}


class Migration(migrations.Migration):
    """Every booking was written into indexes that others begin with."""

    dependencies = [
        ("scheduling", "0012_booking_language"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(f"DROP INDEX {name}", f"CREATE INDEX {name} ON {columns}")
                for name, columns in INDEXES.items()
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="booking",
                    name="client",
                    field=models.ForeignKey(
                        settings.AUTH_USER_MODEL,
                        PROTECT,
                        related_name="bookings",
                        blank=True,
                        null=True,
                        db_index=False,
                    ),
                ),
                migrations.AlterField(
                    model_name="booking",
                    name="specialist",
                    field=models.ForeignKey(
                        "scheduling.specialist", PROTECT, related_name="bookings", db_index=False
                    ),
                ),
                migrations.AlterField(
                    model_name="bookingevent",
                    name="booking",
                    field=models.ForeignKey(
                        "scheduling.booking", PROTECT, related_name="events", db_index=False
                    ),
                ),
            ],
        )
    ]
