"""What is told of an event. Receivers rely on it (docs/webhooks.md): members may be added, none is
taken away or changes its meaning."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from coachbot.webhooks.models import TEST, WebhookDelivery
from feedback.models import Feedback
from scheduling.models import Booking, BookingEvent, Service, Specialist

Data = dict[str, Any]


class Gone(Exception):
    """What it was about is not there any more."""


def body_of(delivery: WebhookDelivery) -> bytes:
    """As it is sent. Raises Gone."""
    document = document_of(delivery)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def document_of(delivery: WebhookDelivery) -> Data:
    """Raises Gone."""
    at, data = _tell(delivery)(delivery.event_id, delivery.endpoint.includes_personal_data)
    return {
        "type": delivery.type,
        "timestamp": rfc3339(at or delivery.created_at),
        "data": {"event_id": str(delivery.event_id), **data},
    }


def _tell(delivery: WebhookDelivery) -> Callable[[UUID, bool], tuple[datetime | None, Data]]:
    if delivery.type == TEST:
        return _test
    return _feedback if delivery.type.startswith("feedback.") else _booking


def _test(event_id: UUID, personal: bool) -> tuple[None, Data]:
    return None, {"message": "This is a test: nothing has happened."}


def _feedback(event_id: UUID, personal: bool) -> tuple[datetime, Data]:
    rows = Feedback.objects.select_related("specialist", "booking")
    feedback = rows.filter(pk=event_id).first()
    if feedback is None:
        raise Gone
    told: Data = {
        "id": str(feedback.pk),
        "booking": {"id": str(feedback.booking_id), "reference": feedback.booking.reference},
        "specialist": _named(feedback.specialist),
        "rating": feedback.rating,
        "created_at": rfc3339(feedback.created_at),
    }
    if personal:
        told |= {"author": feedback.author, "comment": feedback.comment}
    return feedback.created_at, {"feedback": told}


def _booking(event_id: UUID, personal: bool) -> tuple[datetime, Data]:
    rows = BookingEvent.objects.select_related("booking__service", "from_specialist")
    event = rows.filter(pk=event_id).first()
    if event is None:
        raise Gone
    change: Data = {
        "by": event.by,
        "from_status": event.from_status or None,
        "from_starts_at": rfc3339(event.from_starts_at) if event.from_starts_at else None,
        "from_specialist": _named(event.from_specialist),
    }
    told = booking_as_of(event)
    if personal:
        change["reason"] = event.reason
        told |= _personal(event.booking)
    return event.at, {"booking": told, "change": change}


def booking_as_of(event: BookingEvent) -> Data:
    """The booking as the event left it, whatever has become of it since."""
    booking = event.booking
    return {
        "id": str(booking.pk),
        "reference": booking.reference,
        "specialist": _named(_specialist_after(event)),
        "service": _named(booking.service),
        "client": str(booking.client_id) if booking.client_id else None,
        "starts_at": rfc3339(event.to_starts_at),
        "ends_at": rfc3339(event.to_starts_at + (booking.ends_at - booking.starts_at)),
        "duration_minutes": booking.duration_minutes,
        "status": event.to_status,
        "price": str(booking.price),
        "currency": booking.currency,
        "version": event.version,
        "created_at": rfc3339(booking.created_at),
    }


def _specialist_after(event: BookingEvent) -> Specialist:
    """Who saw to the booking then: whom the next hand-over took it from."""
    later = BookingEvent.objects.filter(
        booking=event.booking_id, version__gt=event.version, from_specialist__isnull=False
    )
    next_one = later.select_related("from_specialist").order_by("version").first()
    if next_one is not None and next_one.from_specialist is not None:
        return next_one.from_specialist
    return event.booking.specialist


def _personal(booking: Booking) -> Data:
    return {
        "client_name": booking.client_name,
        "client_email": booking.client_email,
        "client_phone": booking.client_phone,
        "notes": booking.notes,
    }


def _named(row: Specialist | Service | None) -> Data | None:
    return {"id": str(row.pk), "name": row.name} if row else None


def rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
