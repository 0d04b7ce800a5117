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
from scheduling.services.catalogue import delete_service, delete_specialist, restore
from scheduling.services.changes import (
    cancel,
    change_details,
    complete,
    confirm,
    mark_no_show,
    reschedule,
)
from scheduling.services.events import role_in
from scheduling.services.hours import (
    remove_hours,
    save_availability,
    save_day_off,
    save_schedule,
)

__all__ = [
    "Booked",
    "Contact",
    "Order",
    "book",
    "book_anyone",
    "book_outside_hours",
    "cancel",
    "change_details",
    "complete",
    "confirm",
    "delete_service",
    "delete_specialist",
    "insert_if_free",
    "mark_no_show",
    "remove_hours",
    "reschedule",
    "restore",
    "role_in",
    "save_availability",
    "save_day_off",
    "save_schedule",
]
