"""The refusals of scheduling, one class per rule."""

from coachbot.errors import Conflict, Invalid, Stale


class SlotTaken(Conflict):
    """Another booking is there. `extra["alternatives"]` has up to five slots nearby."""

    code = "slot_taken"
    message = "This time is taken."


class SlotUnavailable(Conflict):
    """Not a slot, for the `reasons` given."""

    code = "slot_unavailable"
    message = "This time cannot be booked."


class StateConflict(Conflict):
    code = "state_conflict"


class TooLateToChange(Conflict):
    code = "too_late_to_change"


class ClientInactive(Conflict):
    code = "client_inactive"
    message = "This client's account is closed."


class LimitReached(Conflict):
    """The client has as many active future bookings as one may have."""

    code = "limit_reached"


class AlreadyWaiting(Conflict):
    code = "already_waiting"
    message = "This client waits for that already: one entry at a time."


class SlotFreeNow(Conflict):
    """Nobody need wait: `extra["alternatives"]` has up to five slots that suit."""

    code = "slot_free_now"
    message = "There is free time that suits: book it instead of waiting."


class OfferExpired(Conflict):
    code = "offer_expired"
    message = "This offer is over: whoever is next in line may have it now."


class NothingToOffer(Conflict):
    code = "nothing_to_offer"
    message = "Nothing that suits is free."


class VersionMismatch(Stale):
    code = "version_mismatch"
    message = "This booking has changed since you read it: read it again."


class HasFutureBookings(Conflict):
    code = "has_future_bookings"


class SpecialistDeleted(Conflict):
    code = "specialist_deleted"
    message = "This specialist has been deleted: restore them first."


class ServiceDeleted(Conflict):
    code = "service_deleted"
    message = "This service has been deleted: restore it first."


class NotDeleted(Conflict):
    code = "not_deleted"
    message = "It is not deleted, so there is nothing to restore."


class OverlappingSchedule(Conflict):
    code = "overlapping_schedule"
    message = "Another active window of this weekday has some of the same time."


class DuplicateDayOff(Conflict):
    code = "duplicate_day_off"
    message = "This specialist has that day off already."


class HoursChanged(Conflict):
    code = "hours_changed"
    message = "These hours have changed since they were read: try again."


class AffectsBookings(Conflict):
    """Bookings to come would lie outside open time: `extra["bookings"]` are those."""

    code = "affects_bookings"


class DurationNotAllowed(Invalid):
    code = "duration_not_allowed"
    field = "duration_minutes"


class OutOfRange(Invalid):
    code = "out_of_range"
    field = "starts_at"
    message = "A booking ends by the end of the year 2100."


class RangeTooLong(Invalid):
    code = "range_too_long"
    field = "latest"
    message = "A wait spans at most 62 days: give a `latest` closer to `earliest`."


class RangeOver(Invalid):
    code = "range_over"
    field = "latest"
    message = "That time is over: give a `latest` to come."


class ReasonRequired(Invalid):
    code = "required"
    field = "reason"
    message = "Specialists and staff give a reason when they cancel or move a booking."


class ContactRequired(Invalid):
    code = "required"
