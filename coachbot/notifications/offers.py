"""Who waits is told that time has come free, and is kept for them."""

from datetime import datetime
from uuid import UUID

from coachbot.mail import outbox
from coachbot.notifications.appointments import Appointment
from coachbot.notifications.composing import compose
from coachbot.notifications.kinds import Kind
from coachbot.notifications.links import OFFERED, offer_link
from coachbot.notifications.people import Recipient, client_of
from scheduling.models import Booking, BookingStatus, Hold


def tell_of_offer(*, entry: str, now: datetime) -> None:
    """Put the mail of what is offered now into the outbox, once. None for what is over already."""
    rows = Hold.objects.unreleased().select_related(*OFFERED)
    hold = rows.filter(entry__id=UUID(entry), expires_at__gt=now).first()
    recipient = client_of(hold.entry, hold.specialist) if hold else None
    if hold is None or recipient is None:
        return
    message = compose(Kind.CLIENT_OFFER, recipient, _appointment(hold, recipient))
    outbox.put(message, key=f"{hold.pk}:client", about=hold.entry_id)


def _appointment(hold: Hold, recipient: Recipient) -> Appointment:
    """As the booking that there would be."""
    entry = hold.entry
    booking = Booking(
        reference="", service=entry.service, client=entry.client, client_name=entry.client_name
    )
    return Appointment(
        booking=booking,
        specialist=hold.specialist,
        starts_at=hold.starts_at,
        ends_at=hold.ends_at,
        status=BookingStatus.PENDING,
        link=offer_link(hold, recipient),
        until=hold.expires_at,
    )
