"""When a specialist works: every write takes the lock that bookings take."""

from django.db import transaction

from scheduling.errors import DuplicateDayOff, OverlappingSchedule
from scheduling.models import Availability, DayOff, Schedule
from scheduling.services.locks import lock_specialist


def save_schedule(*, schedule: Schedule) -> Schedule:
    """Create or change a weekly window. Raises OverlappingSchedule."""
    with transaction.atomic():
        lock_specialist(schedule.specialist_id)
        if schedule.is_active and Schedule.objects.overlapping(schedule).exists():
            raise OverlappingSchedule
        schedule.save()
    return schedule


def save_day_off(*, day_off: DayOff) -> DayOff:
    """Create or change a day off. Raises DuplicateDayOff."""
    with transaction.atomic():
        lock_specialist(day_off.specialist_id)
        others = DayOff.objects.active().exclude(pk=day_off.pk)
        if (
            day_off.is_active
            and others.filter(specialist=day_off.specialist_id, date=day_off.date).exists()
        ):
            raise DuplicateDayOff
        day_off.save()
    return day_off


def save_availability(*, availability: Availability) -> Availability:
    """Create or change a one-off window."""
    with transaction.atomic():
        lock_specialist(availability.specialist_id)
        availability.save()
    return availability


def remove_hours(*, row: Schedule | DayOff | Availability) -> None:
    """Delete a weekly window, a day off or a one-off window."""
    with transaction.atomic():
        lock_specialist(row.specialist_id)
        row.delete()
