from django.db import migrations

MAKE = """
CREATE FUNCTION feedback_about_its_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM scheduling_booking booking WHERE booking.id = NEW.booking_id
      AND booking.specialist_id = NEW.specialist_id AND booking.status = 'completed')
  THEN
    RAISE EXCEPTION 'feedback_about_its_booking'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'feedback_about_its_booking';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION feedback_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE scheduling_specialist
    SET rating_sum = rating_sum - OLD.rating, rating_count = rating_count - 1
    WHERE id = OLD.specialist_id AND OLD.hidden_at IS NULL;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE scheduling_specialist
    SET rating_sum = rating_sum + NEW.rating, rating_count = rating_count + 1
    WHERE id = NEW.specialist_id AND NEW.hidden_at IS NULL;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER feedback_about_its_booking
  BEFORE INSERT OR UPDATE OF booking_id, specialist_id ON feedback_feedback
  FOR EACH ROW EXECUTE FUNCTION feedback_about_its_booking();
CREATE TRIGGER feedback_counted
  AFTER INSERT OR DELETE OR UPDATE OF rating, hidden_at, specialist_id ON feedback_feedback
  FOR EACH ROW EXECUTE FUNCTION feedback_counted();
-- Also in sessions that say they are replicas.
ALTER TABLE feedback_feedback ENABLE ALWAYS TRIGGER feedback_about_its_booking;
ALTER TABLE feedback_feedback ENABLE ALWAYS TRIGGER feedback_counted;
"""
DROP = """
DROP TRIGGER feedback_counted ON feedback_feedback;
DROP TRIGGER feedback_about_its_booking ON feedback_feedback;
DROP FUNCTION feedback_counted();
DROP FUNCTION feedback_about_its_booking();
"""


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(MAKE)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    """PostgreSQL's triggers; SQLite's are made after every migration, as it forgets them."""

    dependencies = [("feedback", "0001_feedback")]
    operations = [migrations.RunPython(make, drop)]
