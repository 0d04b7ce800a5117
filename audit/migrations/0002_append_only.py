from django.db import migrations

MAKE = """
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_append_only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_append_only_row BEFORE UPDATE OR DELETE ON audit_adminlog
  FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_append_only_truncate BEFORE TRUNCATE ON audit_adminlog
  FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
-- Also in sessions that say they are replicas.
ALTER TABLE audit_adminlog ENABLE ALWAYS TRIGGER audit_append_only_row;
ALTER TABLE audit_adminlog ENABLE ALWAYS TRIGGER audit_append_only_truncate;
"""
DROP = """
DROP TRIGGER audit_append_only_truncate ON audit_adminlog;
DROP TRIGGER audit_append_only_row ON audit_adminlog;
DROP FUNCTION audit_append_only();
"""


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(MAKE)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    """PostgreSQL's triggers; SQLite's are made after every migration, as it forgets them."""

    dependencies = [("audit", "0001_admin_log")]
    operations = [migrations.RunPython(make, drop)]
