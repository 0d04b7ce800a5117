"""A mail: the words of its kind, filled in for one recipient."""

from collections.abc import Iterator

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from coachbot.notifications import moments
from coachbot.notifications.appointments import Appointment
from coachbot.notifications.kinds import Kind
from coachbot.notifications.links import link_to, unsubscribe_link
from coachbot.notifications.models import Topic
from coachbot.notifications.people import Recipient, may_act
from coachbot.notifications.placeholders import Block, Values, as_html, fill, fill_html
from coachbot.notifications.texts import Words, words_of
from scheduling.calendars import clean
from scheduling.models import BookingStatus

TOPICS = {Kind.CLIENT_REMINDER: Topic.REMINDER, Kind.CLIENT_FEEDBACK: Topic.FEEDBACK}
LINK_LABELS = {
    Kind.CLIENT_FEEDBACK: gettext_lazy("Say how it was"),
    Kind.CLIENT_OFFER: gettext_lazy("Take it or let it pass"),
}
LONGEST_SUBJECT = 150


def compose(
    kind: Kind, recipient: Recipient, appointment: Appointment, *, words: Words | None = None
) -> EmailMultiAlternatives:
    """The mail of `kind` in the language of `recipient`, with the `words` given or else those of
    the site. Two queries at most."""
    with translation.override(recipient.language):
        words = words or words_of(kind, recipient.language)
        values = _values(kind, recipient, appointment)
        return _message(kind, recipient, appointment, words, values)


def _message(
    kind: Kind, recipient: Recipient, appointment: Appointment, words: Words, values: Values
) -> EmailMultiAlternatives:
    subject = " ".join(fill(words.subject, values).split())[:LONGEST_SUBJECT]
    topic = TOPICS.get(kind)
    unsubscribe = unsubscribe_link(appointment.booking, topic) if topic else ""
    context = {
        "subject": subject,
        "site_name": settings.SITE_NAME,
        "language": recipient.language,
        "unsubscribe": unsubscribe,
        "text": fill(words.text, values),
        "content": fill_html(words.html, values) if words.html else as_html(words.text, values),
    }
    message = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string("notifications/mail.txt", context).strip() + "\n",
        to=[recipient.email],
        headers=_headers(unsubscribe),
    )
    message.attach_alternative(render_to_string("notifications/mail.html", context), "text/html")
    return message


def _headers(unsubscribe: str) -> dict[str, str]:
    """Nobody's absence is answered to us (RFC 3834); one click unsubscribes (RFC 8058)."""
    headers = {"Auto-Submitted": "auto-generated"}
    if unsubscribe:
        headers["List-Unsubscribe"] = f"<{unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _values(kind: Kind, recipient: Recipient, appointment: Appointment) -> Values:
    booking, zone = appointment.booking, recipient.zone
    length = appointment.ends_at - appointment.starts_at
    old, former = appointment.old_starts_at, appointment.former_specialist
    until = appointment.until
    names = {
        "client_name": recipient.name if kind.is_for_client else booking.client_name,
        "specialist_name": appointment.specialist.name,
        "former_specialist_name": former.name if former else "",
        "service": booking.service.name if booking.service else gettext("Appointment"),
        "starts": moments.starts(appointment.starts_at, zone),
        "when": moments.when(appointment.starts_at, appointment.ends_at, zone),
        "old_when": moments.when(old, old + length, zone) if old else "",
        "location": appointment.specialist.location,
        "reference": booking.reference,
        "until": moments.when(until, until, zone) if until else "",
        "site_name": settings.SITE_NAME,
    }
    return {
        **{name: _one_line(value) for name, value in names.items()},
        "reason": _reason(appointment),
        "details": _details(list(_rows(kind, recipient, appointment))),
        "link": _link(kind, recipient, appointment),
    }


def _rows(kind: Kind, recipient: Recipient, appointment: Appointment) -> Iterator[tuple[str, str]]:
    booking = appointment.booking
    yield gettext("What"), booking.service.name if booking.service else gettext("Appointment")
    yield gettext("When"), moments.when(appointment.starts_at, appointment.ends_at, recipient.zone)
    if kind.is_for_client:
        yield gettext("With"), appointment.specialist.name
        yield gettext("Where"), appointment.specialist.location
        yield gettext("Price"), f"{booking.price} {booking.currency}" if booking.price else ""
    else:
        yield gettext("Client"), booking.client_name
        yield gettext("Phone"), booking.client_phone
        yield gettext("Mail address"), booking.client_email
        yield gettext("Notes"), booking.notes
    yield gettext("Reference"), booking.reference


def _details(rows: list[tuple[str, str]]) -> Block:
    """What is empty is left out."""
    shown = [(label, clean(value)) for label, value in rows if value]
    text = "\n".join(f"{label}: {value}" for label, value in shown)
    return Block(text, render_to_string("notifications/details.html", {"rows": shown}))


def _reason(appointment: Appointment) -> Block:
    reason = clean(appointment.reason)
    if not reason:
        return Block("", SafeString())
    label = gettext("Reason")
    return Block(
        f"{label}: {reason}",
        render_to_string("notifications/reason.html", {"label": label, "reason": reason}),
    )


def _link(kind: Kind, recipient: Recipient, appointment: Appointment) -> Block:
    label = _link_label(kind, recipient, appointment)
    booking = appointment.booking
    address = (appointment.link or link_to(booking, recipient)) if label else ""
    context = {"label": label, "address": address}
    text = f"{label}:\n{address}" if address else ""
    return Block(text, render_to_string("notifications/link.html", context))


def _link_label(kind: Kind, recipient: Recipient, appointment: Appointment) -> str:
    """What the link is for; empty where there is nothing to be done."""
    if kind in LINK_LABELS:
        return str(LINK_LABELS[kind])
    specialist = recipient.specialist
    if not appointment.is_open or specialist not in (None, appointment.specialist):
        return ""
    if specialist is None:
        return gettext("Look at it, move it or cancel it")
    if not may_act(specialist.user):
        return ""
    if appointment.status == BookingStatus.PENDING:
        return gettext("Confirm it, move it or decline it")
    return gettext("Look at it, move it or cancel it")


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())
