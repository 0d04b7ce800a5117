"""What holds between feedback and other tables, whoever writes: triggers on both engines.

Feedback is about a completed booking, and names that booking's specialist. What is visible is
counted into the specialist's `rating_sum` and `rating_count`. PostgreSQL's triggers are made by a
migration, and named alike.
"""

from coachbot.db.guards import Guard

TABLE = "feedback_feedback"
# PostgreSQL's.
TRIGGERS = ("feedback_about_its_booking", "feedback_counted")

_ABOUT = """
BEFORE {event} ON feedback_feedback
BEGIN
  SELECT RAISE(ABORT, 'feedback_about_its_booking') WHERE NOT EXISTS (
    SELECT 1 FROM scheduling_booking booking WHERE booking.id = NEW.booking_id
      AND booking.specialist_id = NEW.specialist_id AND booking.status = 'completed');
END"""

_ABOUT_SEARCH = """
SELECT feedback.id FROM feedback_feedback feedback
JOIN scheduling_booking booking ON booking.id = feedback.booking_id
WHERE booking.specialist_id <> feedback.specialist_id OR booking.status <> 'completed'"""

_ADD = """
  UPDATE scheduling_specialist
  SET rating_sum = rating_sum + NEW.rating, rating_count = rating_count + 1
  WHERE id = NEW.specialist_id AND NEW.hidden_at IS NULL;"""

_TAKE = """
  UPDATE scheduling_specialist
  SET rating_sum = rating_sum - OLD.rating, rating_count = rating_count - 1
  WHERE id = OLD.specialist_id AND OLD.hidden_at IS NULL;"""

# Specialists whose figures are not those of their feedback.
MISCOUNTED = """
SELECT specialist.id FROM scheduling_specialist specialist LEFT JOIN (
  SELECT specialist_id, SUM(rating) AS total, COUNT(*) AS number
  FROM feedback_feedback WHERE hidden_at IS NULL GROUP BY specialist_id) counted
ON counted.specialist_id = specialist.id
WHERE specialist.rating_sum <> COALESCE(counted.total, 0)
   OR specialist.rating_count <> COALESCE(counted.number, 0)"""


def _counted(event: str, on: str, statements: str) -> Guard:
    body = f"AFTER {on} ON feedback_feedback BEGIN{statements}\nEND"
    return Guard(f"feedback_counted_{event}", TABLE, body, MISCOUNTED)


GUARDS = (
    *(
        Guard(
            f"feedback_about_its_booking_{name}", TABLE, _ABOUT.format(event=event), _ABOUT_SEARCH
        )
        for name, event in (("insert", "INSERT"), ("update", "UPDATE OF booking_id, specialist_id"))
    ),
    _counted("insert", "INSERT", _ADD),
    _counted("update", "UPDATE OF rating, hidden_at, specialist_id", _TAKE + _ADD),
    _counted("delete", "DELETE", _TAKE),
)
