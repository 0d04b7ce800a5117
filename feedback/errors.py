"""The refusals of feedback, one class per rule."""

from coachbot.errors import Conflict, Invalid


class AlreadyRated(Conflict):
    code = "already_rated"
    message = "There is feedback on this booking already: change that."


class NotCompleted(Conflict):
    code = "not_completed"


class SelfRating(Conflict):
    code = "self_rating"
    message = "Specialists do not rate their own work."


class TooLateToEdit(Conflict):
    code = "too_late_to_edit"


class AlreadyHidden(Conflict):
    code = "already_hidden"
    message = "This feedback is hidden already."


class NotHidden(Conflict):
    code = "not_hidden"
    message = "This feedback is not hidden."


class ReasonRequired(Invalid):
    code = "required"
    field = "reason"
    message = "Say why: it stands in the log."
