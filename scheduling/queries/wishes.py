"""What somebody wants from a specialist, and on what terms."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import timedelta, tzinfo
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from django.conf import settings

from coachbot.errors import Reason
from scheduling.errors import DurationNotAllowed
from scheduling.models import Booking, Service, Specialist
from scheduling.models.specialist import LONGEST_MINUTES
from scheduling.queries import rows
from scheduling.queries.seconds import floor
from scheduling.slots import DAY, Terms

INACTIVE = Reason("inactive", "The specialist or the service takes no bookings at present.")
NOT_OFFERED = Reason("service_not_offered", "The specialist does not offer this service.")


class Wish(NamedTuple):
    """What somebody wants from a specialist: a service, or plain time of a length."""

    specialist: Specialist
    service: Service | None = None
    duration_minutes: int | None = None


def standing_refusals(wish: Wish) -> list[Reason]:
    """What refuses every time, whatever the hours."""
    specialist, service, _ = wish
    is_offered = service is None or rows.is_offered(service.pk, specialist.pk)
    return standing_refusals_if(wish, is_offered=is_offered)


def standing_refusals_if(wish: Wish, *, is_offered: bool) -> list[Reason]:
    """The same, where it is known already whether the specialist offers the service."""
    specialist, service, _ = wish
    closed = not specialist.is_active or specialist.is_deleted
    reasons = []
    if closed or (service is not None and (not service.is_active or service.is_deleted)):
        reasons.append(INACTIVE)
    if service is not None and (specialist.is_deleted or not is_offered):
        reasons.append(NOT_OFFERED)
    return reasons


class Bookable(Protocol):
    """A specialist, as far as it matters when they are free."""

    @property
    def pk(self) -> UUID: ...

    @property
    def name(self) -> str: ...

    @property
    def time_zone(self) -> tzinfo: ...

    @property
    def default_duration_minutes(self) -> int: ...

    @property
    def is_active(self) -> bool: ...

    @property
    def is_deleted(self) -> bool: ...


P = TypeVar("P", bound=Bookable)


def able_to_take(specialists: Iterable[P], service: Service | None) -> list[P]:
    """Those of `specialists` who take bookings of `service` now."""
    taking = [person for person in specialists if person.is_active and not person.is_deleted]
    if service is None:
        return taking
    if not service.is_active or service.is_deleted:
        return []
    offering = set(service.specialists.values_list("pk", flat=True))
    return [person for person in taking if person.pk in offering]


def terms_of(wish: Wish) -> Terms:
    """How long, how often and how far ahead. Raises DurationNotAllowed."""
    specialist, service, minutes = wish
    return _terms(service, minutes, specialist.default_duration_minutes)


def terms_of_each(
    specialists: Collection[Bookable], service: Service | None, minutes: int | None = None
) -> dict[UUID, Terms]:
    """The same for many at once, who share them. Raises DurationNotAllowed."""
    defaults = {person.default_duration_minutes for person in specialists}
    known = {default: _terms(service, minutes, default) for default in defaults}
    return {person.pk: known[person.default_duration_minutes] for person in specialists}


def _terms(service: Service | None, minutes: int | None, default_minutes: int) -> Terms:
    if service is None:
        length = default_minutes if minutes is None else minutes
        if not 1 <= length <= LONGEST_MINUTES:
            raise DurationNotAllowed(f"A booking lasts from 1 to {LONGEST_MINUTES} minutes.")
        return Terms(
            duration=length * 60,
            step=length * 60,
            min_notice=settings.BOOKING_MIN_NOTICE_MINUTES * 60,
            max_advance=settings.BOOKING_MAX_ADVANCE_DAYS * DAY,
        )
    if minutes is not None:
        raise DurationNotAllowed("A service has its own duration: give one or the other.")
    return Terms(
        duration=service.duration_minutes * 60,
        step=(service.slot_step_minutes or service.duration_minutes) * 60,
        buffer_before=service.buffer_before_minutes * 60,
        buffer_after=service.buffer_after_minutes * 60,
        min_notice=60
        * _own_or_site(service.min_notice_minutes, settings.BOOKING_MIN_NOTICE_MINUTES),
        max_advance=DAY * _own_or_site(service.max_advance_days, settings.BOOKING_MAX_ADVANCE_DAYS),
    )


def terms_of_booking(booking: Booking) -> Terms:
    """On what terms `booking` can be moved: with the length and the buffers it was made with."""
    duration = floor(booking.ends_at) - floor(booking.starts_at)
    terms = replace(
        terms_of(Wish(booking.specialist, booking.service)),
        duration=duration,
        buffer_before=floor(booking.starts_at) - floor(booking.occupied_starts_at),
        buffer_after=floor(booking.occupied_ends_at) - floor(booking.ends_at),
    )
    return terms if booking.service else replace(terms, step=duration)


def cancellation_notice(booking: Booking) -> timedelta:
    """How long before the start a client may still cancel."""
    own = booking.service.cancellation_notice_minutes if booking.service else None
    return timedelta(minutes=_own_or_site(own, settings.BOOKING_CANCELLATION_NOTICE_MINUTES))


def _own_or_site(own: int | None, site: int) -> int:
    return site if own is None else own
