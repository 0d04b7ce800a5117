"""Feedback goes out only: it comes to be by `feedback.services`, from the booking's client."""

from coachbot.sheets.cells import in_utc
from coachbot.sheets.sheet import Sheet
from feedback.models import Feedback


class FeedbackSheet(Sheet):
    name = "feedback"
    model = Feedback
    columns = {
        "id": lambda feedback: str(feedback.pk),
        "booking_reference": lambda feedback: feedback.booking.reference,
        "specialist_id": lambda feedback: str(feedback.specialist_id),
        "specialist": lambda feedback: feedback.specialist.name,
        "rating": lambda feedback: feedback.rating,
        "comment": lambda feedback: feedback.comment,
        "reply": lambda feedback: feedback.reply,
        "author": lambda feedback: feedback.author,
        "is_hidden": lambda feedback: feedback.is_hidden,
        "created_at_utc": lambda feedback: in_utc(feedback.created_at),
        "updated_at_utc": lambda feedback: in_utc(feedback.updated_at),
    }

    def prepared(self, rows):
        alone = rows.select_related(None).prefetch_related(None)
        return alone.prefetch_related("specialist", "booking")
