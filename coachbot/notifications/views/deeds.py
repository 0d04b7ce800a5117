"""What may be done with a booking by a link, and how refusals are put to who has no account."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy

from coachbot.notifications.forms import DeedForm, FeedbackForm, MoveForm, ReasonForm
from feedback.models import Feedback
from feedback.services import give_feedback
from scheduling import services
from scheduling.models import BookingStatus

REFUSALS = {
    "slot_taken": gettext_lazy("Somebody else has just taken this time. Choose another one."),
    "slot_unavailable": gettext_lazy("This time cannot be booked any more. Choose another one."),
    "too_late_to_change": gettext_lazy(
        "It is too late to change this appointment here: please contact us."
    ),
    "version_mismatch": gettext_lazy(
        "This appointment has changed since you opened the page. This is how it is now."
    ),
    "state_conflict": gettext_lazy("This is not possible any more. This is how it is now."),
    "offer_expired": gettext_lazy("This offer is over."),
    "limit_reached": gettext_lazy("You have as many appointments as one may have at a time."),
    "already_rated": gettext_lazy("You have said how it was already: thank you."),
}
OTHERWISE = gettext_lazy("This is not possible.")


class Deed(NamedTuple):
    form: type[forms.Form]
    act: Callable[..., Any]
    done: Any


def _confirm(visit, now, *, version):
    services.confirm(booking=visit.booking, actor=visit.actor, now=now, version=version)


def _cancel(visit, now, **words):
    services.cancel(booking=visit.booking, actor=visit.actor, now=now, **words)


def _move(visit, now, **words):
    services.reschedule(booking=visit.booking, actor=visit.actor, now=now, **words)


def _rate(visit, now, *, version, **words):
    give_feedback(booking=visit.booking, actor=visit.actor, now=now, **words)


DEEDS = {
    "confirm": Deed(DeedForm, _confirm, gettext_lazy("The appointment is confirmed.")),
    "cancel": Deed(ReasonForm, _cancel, gettext_lazy("The appointment is cancelled.")),
    "move": Deed(MoveForm, _move, gettext_lazy("The appointment has its new time.")),
    "feedback": Deed(FeedbackForm, _rate, gettext_lazy("Thank you for saying how it was.")),
}


def possible(visit, now):
    """The names of the deeds that there are for this visitor as the booking is now."""
    booking = visit.booking
    if not visit.may_act:
        return []
    if not visit.is_specialist and booking.status == BookingStatus.COMPLETED:
        own = booking.client_id is not None and booking.client_id == booking.specialist.user_id
        return [] if own or Feedback.objects.filter(booking=booking).exists() else ["feedback"]
    if booking.ends_at <= now or booking.status not in (
        *(BookingStatus.PENDING, BookingStatus.CONFIRMED),
    ):
        return []
    first = ["confirm"] if visit.is_specialist and booking.status == BookingStatus.PENDING else []
    return [*first, "move", "cancel"]
