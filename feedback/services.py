"""The one way to write feedback. API, admin, commands and the bot call these."""

from collections.abc import Iterator
from copy import copy
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from audit import services as audit
from coachbot.db.faults import retrying
from coachbot.db.violations import violates
from coachbot.jobs.topics import announce
from feedback.errors import (
    AlreadyHidden,
    AlreadyRated,
    NotCompleted,
    NotHidden,
    ReasonRequired,
    SelfRating,
    TooLateToEdit,
)
from feedback.models import Feedback
from scheduling.errors import ClientInactive
from scheduling.models import Booking, BookingStatus, Specialist
from scheduling.services import SELF_SERVICE, role_in


@retrying
def give_feedback(
    *, booking: Booking, actor: User | None, rating: int, comment: str = "", now: datetime
) -> Feedback:
    """What `actor`, who is the booking's client (None for its guest), thinks of it.

    Raises NotCompleted, AlreadyRated, SelfRating or ClientInactive.
    """
    try:
        with transaction.atomic():
            booking = _lock_booking(booking)
            _require_ratable(booking, actor)
            feedback = Feedback.objects.create(
                booking=booking,
                specialist=booking.specialist,
                rating=rating,
                comment=comment.strip(),
                author=public_name(booking),
                created_at=now,
            )
            announce("feedback.created", feedback=str(feedback.pk))
            _log("feedback.created", None, feedback, actor)
            return feedback
    except IntegrityError as error:
        if violates(error, "feedback_one_per_booking", "feedback_feedback.booking_id"):
            raise AlreadyRated from error
        raise


@retrying
def change_feedback(
    *, feedback: Feedback, actor: User | None, now: datetime, **words: Any
) -> Feedback:
    """Write another `rating` or `comment` for its author. Raises TooLateToEdit."""
    with transaction.atomic():
        feedback = _lock(feedback)
        if now > feedback.editable_until:
            raise TooLateToEdit(
                f"Feedback can be changed until {feedback.editable_until:%Y-%m-%d %H:%M} UTC."
            )
        before = copy(feedback)
        feedback = _write(feedback, **words)
        _log("feedback.changed", before, feedback, actor)
        return feedback


@retrying
def reply(*, feedback: Feedback, actor: User, text: str) -> Feedback:
    """What the specialist answers, or staff for them; empty takes it back."""
    with transaction.atomic():
        feedback = _lock(feedback)
        before = copy(feedback)
        feedback = _write(feedback, reply=text)
        audit.record_change("feedback.replied", before, feedback, actor=actor)
        return feedback


def hide(*, feedback: Feedback, actor: User, reason: str, now: datetime) -> Feedback:
    """Take it from the public and from the specialist's rating. For staff, who say why. Raises
    AlreadyHidden or ReasonRequired."""
    return _set_hidden(feedback, actor, reason, now)


def unhide(*, feedback: Feedback, actor: User, reason: str) -> Feedback:
    """Show and count it again. For staff, who say why. Raises NotHidden or ReasonRequired."""
    return _set_hidden(feedback, actor, reason, None)


def require_visible(feedback: Feedback) -> None:
    """Raises AlreadyHidden."""
    if feedback.is_hidden:
        raise AlreadyHidden


def require_hidden(feedback: Feedback) -> None:
    """Raises NotHidden."""
    if not feedback.is_hidden:
        raise NotHidden


def erase_feedback(*, user: User) -> None:
    """Take name and words from what `user` said, as a client, and what was replied to them, which
    may name them; the ratings stay.

    Safe only in a transaction that has locked the user and their bookings.
    """
    theirs = Feedback.objects.filter(booking__in=Booking.objects.filter(client=user))
    theirs.update(author="", comment="", reply="", updated_at=timezone.now())


def recount_ratings() -> Iterator[tuple[Specialist, Specialist]]:
    """Put right the figures that are not those of the feedback: each specialist as they are now
    and as they were, by name."""
    visible = Q(feedback__hidden_at=None)
    counted = Specialist.everything.annotate(
        total=Coalesce(Sum("feedback__rating", filter=visible), 0),
        number=Count("feedback", filter=visible),
    )
    wrong = ~Q(rating_sum=F("total")) | ~Q(rating_count=F("number"))
    for found in counted.filter(wrong).order_by("name", "pk"):
        yield _recount(found), found


def _recount(specialist: Specialist) -> Specialist:
    """Locked, nobody's feedback is counted meanwhile."""
    with transaction.atomic():
        specialist = Specialist.everything.lock(specialist.pk)
        counted = Feedback.objects.visible().filter(specialist=specialist)
        found = counted.aggregate(total=Coalesce(Sum("rating"), 0), number=Count("pk"))
        specialist.rating_sum, specialist.rating_count = found["total"], found["number"]
        specialist.save(update_fields=["rating_sum", "rating_count"])
    return specialist


def public_name(booking: Booking) -> str:
    """The first name and an initial of the booking's client; empty if they gave no name."""
    if booking.client is None:
        given, *others = booking.client_name.split() or [""]
        family = others[-1] if others else ""
    else:
        given, *_ = booking.client.first_name.split() or [""]
        family = booking.client.last_name.strip()
    if "@" in given:
        return ""  # an address is nobody's to publish
    return f"{given} {family[:1].upper()}.".strip() if family else given


@retrying
def _set_hidden(
    feedback: Feedback, actor: User, reason: str, hidden_at: datetime | None
) -> Feedback:
    if not reason.strip():
        raise ReasonRequired
    with transaction.atomic():
        feedback = _lock(feedback)
        require_hidden(feedback) if hidden_at is None else require_visible(feedback)
        before = copy(feedback)
        feedback = _write(feedback, hidden_at=hidden_at)
        action = "feedback.hidden" if hidden_at else "feedback.unhidden"
        changes = audit.difference(before, feedback)
        audit.record(action, feedback, changes=changes, reason=reason.strip(), actor=actor)
        return feedback


def _log(action: str, before: Feedback | None, after: Feedback, actor: User | None) -> None:
    """Clients' own doings are theirs; those of staff are in the log, when they are clients too."""
    if role_in(after.booking, actor) not in SELF_SERVICE and (
        changes := audit.difference(before, after)
    ):
        audit.record(action, after, changes=changes, actor=actor)


def _lock_booking(booking: Booking) -> Booking:
    """The row as it is now, locked after its specialist as all do who change bookings: who is
    erased meanwhile leaves nothing behind."""
    Specialist.everything.lock(booking.specialist_id)
    rows = Booking.objects.with_people()
    return rows.select_for_update(of=("self",), no_key=True).get(pk=booking.pk)


def _require_ratable(booking: Booking, actor: User | None) -> None:
    if booking.client and not booking.client.is_active:
        raise ClientInactive
    # Signed in, with a guest's token in hand, it is still their own work.
    if booking.specialist.user_id in {booking.client_id, actor and actor.pk} - {None}:
        raise SelfRating
    if booking.status != BookingStatus.COMPLETED:
        state = booking.get_status_display().lower()
        raise NotCompleted(f"This booking is {state}: only a completed one can be rated.")
    if Feedback.objects.filter(booking=booking).exists():
        raise AlreadyRated


def _lock(feedback: Feedback) -> Feedback:
    rows = Feedback.objects.with_booking()
    return rows.select_for_update(of=("self",), no_key=True).get(pk=feedback.pk)


def _write(feedback: Feedback, **values: Any) -> Feedback:
    for name, value in values.items():
        setattr(feedback, name, value.strip() if isinstance(value, str) else value)
    feedback.save(update_fields=[*values, "updated_at"])
    return feedback
