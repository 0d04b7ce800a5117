"""The one way to write bookings and hours. API, admin, commands and the bot call these."""

from scheduling.services.bookings import (
    Booked,
    Contact,
    Order,
    book,
    book_anyone,
    book_outside_hours,
    insert_if_free,
)
from scheduling.services.catalogue import (
    change_service,
    change_specialist,
    change_specialist_anyway,
    create_service,
    create_specialist,
    delete_service,
    delete_specialist,
    restore,
)
from scheduling.services.changes import (
    cancel,
    change_details,
    complete,
    confirm,
    hand_over,
    mark_no_show,
    reschedule,
)
from scheduling.services.erasure import erase_person
from scheduling.services.events import SELF_SERVICE, role_in
from scheduling.services.hours import (
    HoursRow,
    change_hours,
    change_hours_anyway,
    change_hours_if_kept,
)
from scheduling.services.settling import Outcome, Settlement, change_hours_and_settle

__all__ = [
    "SELF_SERVICE",
    "Booked",
    "Contact",
    "HoursRow",
    "Order",
    "Outcome",
    "Settlement",
    "book",
    "book_anyone",
    "book_outside_hours",
    "cancel",
    "change_details",
    "change_hours",
    "change_hours_and_settle",
    "change_hours_anyway",
    "change_hours_if_kept",
    "change_service",
    "change_specialist",
    "change_specialist_anyway",
    "complete",
    "confirm",
    "create_service",
    "create_specialist",
    "delete_service",
    "delete_specialist",
    "erase_person",
    "hand_over",
    "insert_if_free",
    "mark_no_show",
    "reschedule",
    "restore",
    "role_in",
]
