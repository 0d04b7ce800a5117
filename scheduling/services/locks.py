"""What every writer of somebody's time queues up on."""

from uuid import UUID

from scheduling.errors import SpecialistDeleted
from scheduling.models import Specialist


def lock_specialist(pk: UUID) -> Specialist:
    """The row as it is now, locked until the transaction ends. Raises SpecialistDeleted."""
    specialist = Specialist.everything.lock(pk)
    if specialist.is_deleted:
        raise SpecialistDeleted
    return specialist
