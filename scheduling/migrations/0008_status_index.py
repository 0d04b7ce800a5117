from django.db import migrations, models


class Migration(migrations.Migration):
    """The first of the bookings that wait are found without reading those that do not."""

    dependencies = [("scheduling", "0007_search")]
    operations = [
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(fields=["status", "starts_at", "id"], name="booking_status_start"),
        ),
        migrations.AlterField(
            model_name="booking",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "Pending"),
                    ("confirmed", "Confirmed"),
                    ("cancelled", "Cancelled"),
                    ("completed", "Completed"),
                    ("no_show", "No-show"),
                ],
                default="confirmed",
                max_length=10,
            ),
        ),
    ]
