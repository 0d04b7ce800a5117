from django.db import migrations

from coachbot.db.operations import BtreeGist


class Migration(migrations.Migration):
    """Lets PostgreSQL hold "same specialist, overlapping time" in one constraint."""

    initial = True
    dependencies = []
    operations = [BtreeGist()]
