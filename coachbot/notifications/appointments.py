"""A booking as a mail tells of it: as an event left it, or as it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduling.models import Booking, BookingEvent, BookingStatus, Specialist

# Which rules staff set aside stands behind their reason, and is for the history.
SET_ASIDE = re.compile(r" ?\(set aside: [\w, ]+\)\Z")


@dataclass(frozen=True)
class Appointment:
    booking: Booking
    specialist: Specialist
    starts_at: datetime
    ends_at: datetime
    status: str
    old_starts_at: datetime | None = None
    former_specialist: Specialist | None = None
    reason: str = ""
    # Of an offer: where it is answered, and until when.
    link: str = ""
    until: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status in (BookingStatus.PENDING, BookingStatus.CONFIRMED)


def as_it_is(booking: Booking) -> Appointment:
    return Appointment(
        booking, booking.specialist, booking.starts_at, booking.ends_at, booking.status
    )


def as_left_by(event: BookingEvent) -> Appointment:
    """The booking right after `event`, whatever became of it since; its length never changes."""
    booking = event.booking
    return Appointment(
        booking=booking,
        specialist=event.specialist_then(),
        starts_at=event.to_starts_at,
        ends_at=event.to_starts_at + (booking.ends_at - booking.starts_at),
        status=event.to_status,
        old_starts_at=event.from_starts_at,
        former_specialist=event.from_specialist,
        reason=SET_ASIDE.sub("", event.reason),
    )


def was_ahead(events: Sequence[BookingEvent], version: int) -> bool:
    """Whether the time that the booking had in `version` was still to come when it was given that
    time. What is written down afterwards is nobody's news. `events` are all there are, in order."""
    given = [each for each in events if each.version <= version and _gives_time(each)]
    return bool(given) and given[-1].at < given[-1].to_starts_at


def _gives_time(event: BookingEvent) -> bool:
    return event.from_starts_at != event.to_starts_at
