"""Bookings as the bot finds, says and shows them: those alone that the user may see."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from coachbot.chat.bot.scene import Scene, numbered
from coachbot.chat.dialog import FindBookings, Option
from scheduling.models import Booking
from scheduling.models.booking import BookingQuerySet
from scheduling.serializers import BookingSerializer
from scheduling.services import SELF_SERVICE, role_in

MOST_BOOKINGS = 10


def visible_booking(scene: Scene, option: Option) -> Booking | None:
    """The booking that was shown as `option`, as it is now; None if it is not theirs to see."""
    return _rows(scene).filter(pk=option.key).first()


def visible_bookings(scene: Scene, options: Iterable[Option]) -> list[Booking]:
    """The same of several, in their order."""
    keys = [option.key for option in options]
    found = {str(row.pk): row for row in _rows(scene).filter(pk__in=keys)}
    return [found[key] for key in keys if key in found]


def find_bookings(scene: Scene, asked: FindBookings) -> list[Booking]:
    """One that is named by its reference, or what fits of the user's own to come."""
    if asked.reference:
        return list(_rows(scene).filter(reference=asked.reference))
    own = Q(client=scene.user) | Q(specialist__user=scene.user)
    rows = _rows(scene).active().filter(own, starts_at__gt=scene.now)
    for column, value in {
        "service_id": asked.service,
        "specialist_id": asked.specialist,
        "specialist__specialization": asked.specialization,
    }.items():
        rows = rows.filter(**{column: value}) if value else rows
    if asked.when:
        spans = asked.when.spans(scene.zone)
        times = (Q(starts_at__gte=start, starts_at__lt=end) for start, end in spans)
        rows = rows.filter(reduce(or_, times, Q(pk=None)))
    return list(rows.order_by("starts_at", "id")[: 1 if asked.next_only else MOST_BOOKINGS])


def option_of(booking: Booking, scene: Scene) -> Option:
    return Option(
        key=str(booking.pk),
        starts_at=booking.starts_at,
        specialist=booking.specialist.name,
        service=booking.service.name if booking.service else "",
        reference=booking.reference,
        needs_reason=role_in(booking, scene.user) not in SELF_SERVICE,
    )


def words_for(booking: Booking, scene: Scene) -> dict[str, str]:
    """What sentences say of a booking."""
    theirs = booking.specialist.user_id == scene.user.pk and booking.client_id != scene.user.pk
    return {
        "what": scene.what(booking.service, booking.duration_minutes),
        "who": booking.client_name if theirs else booking.specialist.name,
        "moment": scene.moment(booking.starts_at),
        "reference": booking.reference,
        "status": scene.say(booking.status),
    }


def lines(bookings: Iterable[Booking], scene: Scene) -> str:
    """One numbered line for each, as clients pick them."""
    return numbered(scene.say("booking", **words_for(booking, scene)) for booking in bookings)


def document_of(booking: Booking) -> dict[str, Any]:
    """As the API shows it."""
    return dict(BookingSerializer(booking).data)


def documents(bookings: Iterable[Booking]) -> dict[str, Any]:
    return {"bookings": [document_of(each) for each in bookings]}


def _rows(scene: Scene) -> BookingQuerySet:
    rows = Booking.objects.with_people().visible_to(scene.user)
    return rows if scene.may("view") else rows.none()
