from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Lets PostgreSQL hold "same specialist, overlapping time" in one constraint."""

    initial = True
    dependencies = []
    operations = [BtreeGistExtension()]
