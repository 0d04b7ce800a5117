"""What is dead and what runs is found among millions that are done.

The table is the library's, so the index is in none of our models: a migration of the library's
that makes the table anew on SQLite would lose it, and a test would say so.
"""

from django.db import migrations

CREATE = """
    CREATE INDEX IF NOT EXISTS jobs_task_status
    ON django_tasks_database_dbtaskresult (status, id)
"""
DROP = "DROP INDEX IF EXISTS jobs_task_status"


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_staff_rights")]
    operations = [migrations.RunSQL(CREATE, DROP)]
