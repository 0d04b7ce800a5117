"""The one way to write bookings and hours. API, admin, commands and the bot call these."""

from scheduling.services.bookings import (
    Booked,
    Contact,
    Role,
    book,
    cancel,
    complete,
    confirm,
    insert_if_free,
    mark_no_show,
    role_in,
)
from scheduling.services.catalogue import delete_service, delete_specialist, restore
from scheduling.services.hours import (
    remove_hours,
    save_availability,
    save_day_off,
    save_schedule,
)

__all__ = [
    "Booked",
    "Contact",
    "Role",
    "book",
    "cancel",
    "complete",
    "confirm",
    "delete_service",
    "delete_specialist",
    "insert_if_free",
    "mark_no_show",
    "remove_hours",
    "restore",
    "role_in",
    "save_availability",
    "save_day_off",
    "save_schedule",
]
