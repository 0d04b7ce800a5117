"""Which mails a change of a booking makes, and to whom."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from coachbot.mail import outbox
from coachbot.notifications.appointments import Appointment, as_left_by, was_ahead
from coachbot.notifications.composing import compose
from coachbot.notifications.kinds import Kind
from coachbot.notifications.models import Topic
from coachbot.notifications.people import Recipient, client_of, specialist_as_recipient
from coachbot.notifications.services import is_unsubscribed
from feedback.models import Feedback
from scheduling.calendars import invitation, method_of
from scheduling.models import BookingEvent, BookingStatus, Role, Specialist

# What happened, by the event's state before and after.
KINDS: dict[tuple[str, str], tuple[Kind, ...]] = {
    ("", BookingStatus.CONFIRMED): (Kind.CLIENT_BOOKED, Kind.SPECIALIST_BOOKED),
    ("", BookingStatus.PENDING): (Kind.CLIENT_REQUESTED, Kind.SPECIALIST_REQUESTED),
    (BookingStatus.PENDING, BookingStatus.CONFIRMED): (
        *(Kind.CLIENT_CONFIRMED, Kind.SPECIALIST_CONFIRMED),
    ),
    (BookingStatus.PENDING, BookingStatus.CANCELLED): (
        *(Kind.CLIENT_CANCELLED, Kind.SPECIALIST_CANCELLED),
    ),
    (BookingStatus.CONFIRMED, BookingStatus.CANCELLED): (
        *(Kind.CLIENT_CANCELLED, Kind.SPECIALIST_CANCELLED),
    ),
    (BookingStatus.CONFIRMED, BookingStatus.COMPLETED): (Kind.CLIENT_FEEDBACK,),
}
MOVED = (Kind.CLIENT_MOVED, Kind.SPECIALIST_MOVED)
HANDED_OVER = (Kind.CLIENT_HANDED_OVER, Kind.SPECIALIST_ASSIGNED, Kind.SPECIALIST_RELEASED)
# Nobody remembers a visit for ever.
FEEDBACK_WITHIN = timedelta(days=14)
IN_CALENDARS = frozenset({BookingStatus.CONFIRMED, BookingStatus.CANCELLED})
PEOPLE = (
    *("booking__specialist__user", "booking__service", "booking__client"),
    *("from_specialist__user", "to_specialist__user"),
)


def tell(*, event: str, now: datetime) -> None:
    """Put the mails of this change into the outbox, once, however often it is announced.

    They show the booking as the change left it. None are made where nobody can do anything with
    them: the time was past when it was written down, or is by now.
    """
    found = BookingEvent.objects.select_related(*PEOPLE).get(pk=event)
    appointment = as_left_by(found)
    if not _is_news(found, appointment, now):
        return
    for kind, recipient in _letters(found, appointment):
        message = compose(kind, recipient, appointment)
        if found.to_status in IN_CALENDARS:
            _invite(message, found, recipient)
        outbox.put(message, key=f"{event}:{_role(kind)}", about=found.booking_id)


def kinds_of(event: BookingEvent) -> tuple[Kind, ...]:
    if event.is_hand_over:
        return HANDED_OVER
    if event.is_move:
        return MOVED
    return KINDS.get((event.from_status, event.to_status), ())


def _is_news(event: BookingEvent, appointment: Appointment, now: datetime) -> bool:
    if not was_ahead(list(event.booking.events.all()), event.version):
        return False
    if event.to_status == BookingStatus.COMPLETED:
        return now < event.at + FEEDBACK_WITHIN
    return max(now, event.at) < appointment.ends_at


def _letters(event: BookingEvent, appointment: Appointment) -> Iterator[tuple[Kind, Recipient]]:
    for kind in kinds_of(event):
        recipient = _recipient(kind, event, appointment)
        if recipient and (kind != Kind.CLIENT_FEEDBACK or _may_rate(event, recipient)):
            yield kind, recipient


def _recipient(kind: Kind, event: BookingEvent, appointment: Appointment) -> Recipient | None:
    """Clients are told of what they did themselves, as a proof; specialists are not."""
    if kind.is_for_client:
        return client_of(event.booking, appointment.specialist)
    specialist = _specialist(kind, event, appointment)
    if specialist is None or _did_it(specialist, event):
        return None
    return specialist_as_recipient(specialist)


def _specialist(kind: Kind, event: BookingEvent, appointment: Appointment) -> Specialist | None:
    released = kind == Kind.SPECIALIST_RELEASED
    return event.from_specialist if released else appointment.specialist


def _did_it(specialist: Specialist, event: BookingEvent) -> bool:
    own = specialist.user_id is not None and event.actor_id == specialist.user_id
    return own or (event.by == Role.SPECIALIST and not event.is_hand_over)


def _may_rate(event: BookingEvent, recipient: Recipient) -> bool:
    booking = event.booking
    is_own_work = booking.client_id is not None and booking.client_id == booking.specialist.user_id
    return not (
        is_own_work
        or is_unsubscribed(recipient.email, Topic.FEEDBACK)
        or Feedback.objects.filter(booking=booking).exists()
    )


def _invite(message: EmailMultiAlternatives, event: BookingEvent, recipient: Recipient) -> None:
    """As an alternative for calendars that look for invitations, as a file for all others."""
    specialist = recipient.specialist
    content = invitation(
        event,
        attendee_name=recipient.name or recipient.email,
        attendee_email=recipient.email,
        organizer_name=settings.SITE_NAME,
        organizer_email=parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        specialist=specialist,
    )
    method = method_of(event, specialist=specialist)
    message.attach_alternative(content.decode(), f"text/calendar; method={method}")
    message.attach("invite.ics", content, "application/ics")


def _role(kind: Kind) -> str:
    if kind == Kind.SPECIALIST_RELEASED:
        return "former-specialist"
    return "client" if kind.is_for_client else "specialist"
