"""Questions across the tables of scheduling. One engine answers what is free, for all callers."""

from scheduling.queries.earliest import able_in_brief, earliest_slots
from scheduling.queries.free import (
    Plan,
    Slot,
    free_slots,
    free_slots_for_move,
    least_busy,
    nearest_slots,
    nearest_slots_for_move,
    nearest_slots_of_anyone,
    plans,
)
from scheduling.queries.holds import (
    HELD,
    held_for,
    holds_at,
    is_taken,
    why_not_but_for,
    why_not_for_staff,
)
from scheduling.queries.hours import (
    hours_by_specialist,
    hours_of,
    in_open_time,
    open_hours_by_specialist,
)
from scheduling.queries.refusals import why_not, why_not_hand_over, why_not_move
from scheduling.queries.seconds import start_of_day
from scheduling.queries.waiting import (
    FreeTime,
    free_for,
    free_time,
    let_pass_by,
    offer_until,
    terms_for,
    who_could_see,
)
from scheduling.queries.ways_out import free_to_take, nearest_moves
from scheduling.queries.wishes import (
    INACTIVE,
    NOT_OFFERED,
    Wish,
    able_to_take,
    cancellation_notice,
    standing_refusals,
    terms_of,
)

__all__ = [
    "HELD",
    "INACTIVE",
    "NOT_OFFERED",
    "FreeTime",
    "Plan",
    "Slot",
    "Wish",
    "able_in_brief",
    "able_to_take",
    "cancellation_notice",
    "earliest_slots",
    "free_for",
    "free_slots",
    "free_slots_for_move",
    "free_time",
    "free_to_take",
    "held_for",
    "holds_at",
    "hours_by_specialist",
    "hours_of",
    "in_open_time",
    "is_taken",
    "least_busy",
    "let_pass_by",
    "nearest_moves",
    "nearest_slots",
    "nearest_slots_for_move",
    "nearest_slots_of_anyone",
    "offer_until",
    "open_hours_by_specialist",
    "plans",
    "standing_refusals",
    "start_of_day",
    "terms_for",
    "terms_of",
    "who_could_see",
    "why_not",
    "why_not_but_for",
    "why_not_for_staff",
    "why_not_hand_over",
    "why_not_move",
]
